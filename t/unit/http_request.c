/* What a request that was taken says: forms of targets, hosts, bodies, connections. */
#include <string.h>

#include "net/http.h"
#include "tap.h"

static struct http_request r;

static bool parse(const char *text)
{
	size_t scanned = 0, used;

	return http_request_parse(span_str(text), &scanned, &r, &used) == 200 &&
	       used == strlen(text);
}

static void targets(void)
{
	static const struct {
		const char *line, *host, *path, *query;
		unsigned int port;
		bool is_address;
	} forms[] = {
		{ "GET / ", "a.test", "/", "", 81, false },
		{ "GET /b/c?d=e&f ", "a.test", "/b/c", "?d=e&f", 81, false },
		{ "GET /b?c?d ", "a.test", "/b", "?c?d", 81, false },
		{ "GET /? ", "a.test", "/", "?", 81, false },
		{ "GET /%2e%2E/%00 ", "a.test", "/%2e%2E/%00", "", 81, false },
		{ "GET //x.test/http://y ", "a.test", "//x.test/http://y", "", 81, false },
		{ "OPTIONS * ", "a.test", "*", "", 81, false },
		{ "GET http://b.test/c?d ", "b.test", "/c", "?d", 0, false },
		{ "GET http://B.test ", "B.test", "/", "", 0, false },
		{ "GET hTTp://b.test?c/d ", "b.test", "/", "?c/d", 0, false },
		{ "GET http://b.test:8080/c ", "b.test", "/c", "", 8080, false },
		{ "GET http://b.test:/c ", "b.test", "/c", "", 0, false },
		{ "GET http://192.0.2.1:1 ", "192.0.2.1", "/", "", 1, true },
		{ "GET http://[2001:db8::1]:443/c ", "2001:db8::1", "/c", "", 443, true },
		{ "GET http://[::1]?q ", "::1", "/", "?q", 0, true },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		char text[200];

		snprintf(text, sizeof text, "%sHTTP/1.1\r\nHost: a.test:81\r\n\r\n", forms[i].line);
		check(parse(text) && span_is(r.host, forms[i].host) &&
		              span_is(r.path, forms[i].path) && span_is(r.query, forms[i].query) &&
		              r.port == forms[i].port && r.host_is_address == forms[i].is_address,
		      "%s", forms[i].line);
		check(span_starts(span_str(forms[i].line + r.method.len + 1), "") &&
		              span_eq(r.target, span_head(span_str(forms[i].line + r.method.len + 1),
		                                          r.target.len)) &&
		              forms[i].line[r.method.len + 1 + r.target.len] == ' ',
		      "... target as it came");
	}
}

static void connections(void)
{
	static const struct {
		const char *text;
		int minor;
		bool keep;
	} cases[] = {
		{ "1.1\r\nHost: a\r\n", 1, true },
		{ "1.7\r\nHost: a\r\n", 1, true },
		{ "1.0\r\n", 0, false },
		{ "1.0\r\nConnection: Keep-Alive\r\n", 0, true },
		{ "1.0\r\nConnection: keep-alive, close\r\n", 0, false },
		{ "1.0\r\nConnection: keep-alivex\r\n", 0, false },
		{ "1.1\r\nHost: a\r\nConnection: close\r\n", 1, false },
		{ "1.1\r\nHost: a\r\nconnection: CLOSE\r\n", 1, false },
		{ "1.1\r\nHost: a\r\nConnection: te , close\t, x\r\n", 1, false },
		{ "1.1\r\nHost: a\r\nConnection: upgrade\r\nConnection: close\r\n", 1, false },
		{ "1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n", 1, false },
		{ "1.1\r\nHost: a\r\nConnection: \"close\"\r\n", 1, true },
		{ "1.1\r\nHost: a\r\nConnection: closed\r\n", 1, true },
		{ "1.1\r\nHost: a\r\nConnectio: close\r\nProxyConnection: close\r\n", 1, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[200];

		snprintf(text, sizeof text, "GET / HTTP/%s\r\n", cases[i].text);
		check(parse(text) && r.minor == cases[i].minor && r.keep_alive == cases[i].keep,
		      "connection case %zu", i);
	}
}

static void bodies(void)
{
	static const struct {
		const char *fields;
		enum http_body body;
		uint64_t len;
		bool expect;
	} cases[] = {
		{ "Host: a\r\n", HTTP_BODY_NONE, 0, false },
		{ "Host: a\r\nContent-Length: 0\r\n", HTTP_BODY_LENGTH, 0, false },
		{ "Host: a\r\ncontent-length:  0012 \r\n", HTTP_BODY_LENGTH, 12, false },
		{ "Host: a\r\nContent-Length: 12\r\nContent-Length: 012\r\n", HTTP_BODY_LENGTH, 12, false },
		{ "Host: a\r\nTransfer-Encoding: chunked\r\n", HTTP_BODY_CHUNKED, 0, false },
		{ "Host: a\r\nExpect: 100-continue\r\n", HTTP_BODY_NONE, 0, false },
		{ "Host: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n", HTTP_BODY_LENGTH, 1, true },
		{ "Host: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n", HTTP_BODY_LENGTH, 0, false },
		{ "Host: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n", HTTP_BODY_CHUNKED, 0, true },
		{ "Host: a\r\nExpect: 200-ok\r\nContent-Length: 1\r\n", HTTP_BODY_LENGTH, 1, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[200];

		snprintf(text, sizeof text, "PUT / HTTP/1.1\r\n%s\r\n", cases[i].fields);
		check(parse(text) && r.body == cases[i].body && r.body_len == cases[i].len &&
		              r.expect_continue == cases[i].expect,
		      "body case %zu", i);
	}
	check(parse("PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n") &&
	              !r.expect_continue && r.host.len == 0 && r.port == 0,
	      "nothing is expected by HTTP/1.0");
}

static void fields(void)
{
	struct span value;

	check(parse("GET / HTTP/1.1\r\nHost: a\r\nX-A:  b  c \t\r\nx-a: d\r\nE:\r\n\r\n") &&
	              r.n_fields == 4,
	      "four fields");
	check(http_request_field(&r, "X-A", &value) && span_is(value, "b  c"),
	      "the first of a name, without the white space around it");
	check(http_request_field(&r, "e", &value) && value.len == 0, "an empty value");
	check(!http_request_field(&r, "X", &value), "no such field");
	check(span_is(r.field[2].name, "x-a") && span_is(r.field[2].value, "d"), "names stay");
	check(http_has_token(span_str("a,B , ,c"), "b"), "a token among others");
	check(http_has_token(span_str("\tb\t"), "B"), "a token alone");
	check(!http_has_token(span_str("a b,bb,b;q=1"), "b"), "not part of a member");
	check(!http_has_token(span_str(""), "b"), "nothing in nothing");
	check(!http_has_token(span_of(NULL, 0), "b"), "nothing in no storage");
}

int main(void)
{
	targets();
	connections();
	bodies();
	fields();
	return tap_end();
}
