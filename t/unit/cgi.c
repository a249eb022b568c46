/*
 * What CGI makes of paths, requests and answers: tables of good and malformed ones, and
 * every head cut at every byte.
 */
#include "net/cgi.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define LONG64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *in;
	int status;
	const char *out;
} paths[] = {
	{ "/", 200, "/" },
	{ "/a/b", 200, "/a/b" },
	{ "/a//b/", 200, "/a//b/" },
	{ "/a%20b", 200, "/a b" },
	{ "/%C3%bC", 200, "/\xc3\xbc" },
	{ "/%41%2e", 200, "/A." },
	{ "/a;b=c,d&e", 200, "/a;b=c,d&e" },
	{ "/.hidden", 200, "/.hidden" },
	{ "/...", 200, "/..." },
	{ "/a%25", 200, "/a%" },
	{ "/a%2525", 200, "/a%25" },
	{ "/\\..\\a", 200, "/\\..\\a" },
	{ "*", 404, "" },
	{ "", 404, "" },
	{ "/a%2fb", 404, "/a/b" },
	{ "/a%2Fb", 404, "/a/b" },
	{ "/%", 400, "" },
	{ "/%4", 400, "" },
	{ "/%4g", 400, "" },
	{ "/%-1", 400, "" },
	{ "/a%00b", 400, "" },
	{ "/a%0ab", 400, "" },
	{ "/a%7f", 400, "" },
	{ "/..", 400, "" },
	{ "/.", 400, "" },
	{ "/a/../b", 400, "" },
	{ "/a/./b", 400, "" },
	{ "/a/..", 400, "" },
	{ "/%2e%2e/b", 400, "" },
	{ "/.%2e/b", 400, "" },
	{ "/a/%2E", 400, "" },
	{ "/..%2fa", 400, "" },
};

static void test_paths(void)
{
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		unsigned char room[64];
		struct builder b;
		int status;

		builder_init(&b, room, sizeof room);
		status = cgi_path(span_str(paths[i].in), &b);
		check(status == paths[i].status && (status != 200 || span_is(builder_span(&b), paths[i].out)),
		      "path %s is %d", paths[i].in, paths[i].status);
	}
}

static void test_path_room(void)
{
	unsigned char room[4];
	struct builder b;

	builder_init(&b, room, sizeof room);
	check(cgi_path(span_str("/abcd"), &b) == 400, "a path without room is refused");
	builder_init(&b, room, sizeof room);
	check(cgi_path(span_str("/%61%62c"), &b) == 200, "what counts is the decoded length");
}

static void test_segments(void)
{
	static const struct {
		const char *path;
		size_t ends[4];
		bool whole;
	} table[] = {
		{ "/", { 0 }, false },
		{ "/a", { 2 }, true },
		{ "/a/", { 2 }, false },
		{ "/a/bc", { 2, 5 }, true },
		{ "/a//b", { 2 }, false },
		{ "//a", { 0 }, false },
		{ "/.a", { 0 }, false },
		{ "/a/.b/c", { 2 }, false },
		{ "/a./b", { 3, 5 }, true },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct span path = span_str(table[i].path);
		size_t at = 0, end, n = 0;
		bool good = true;

		while (at < path.len && cgi_segment(path, at, &end)) {
			good = good && n < 4 && end == table[i].ends[n];
			n++;
			at = end;
		}
		check(good && (n == 4 || table[i].ends[n] == 0) && (at == path.len) == table[i].whole,
		      "segments of %s", table[i].path);
	}
}

/* The variables a request becomes, a line each, in the order they came. */
static const char *environment(const char *head, bool authorization)
{
	static unsigned char text[CGI_ENV_MAX + 1];
	static struct http_request request;
	struct cgi_facts facts = { .remote_addr = span_str("192.0.2.1"), .remote_port = 4711,
		                       .server_addr = span_str("2001:db8::1"), .server_port = 8080,
		                       .id = span_str("1.2"), .authorization = authorization };
	size_t scanned = 0, used;
	struct builder b;

	if (http_request_parse(span_str(head), &scanned, &request, &used) != 200)
		return "refused";
	builder_init(&b, text, CGI_ENV_MAX);
	cgi_environment(&b, &request, &facts);
	if (!builder_ok(&b))
		return "overflow";
	for (size_t i = 0; i < b.len; i++)
		if (text[i] == 0)
			text[i] = '\n';
	text[b.len] = 0;
	return (const char *)text;
}

#define FIXED "GATEWAY_INTERFACE=CGI/1.1\nSERVER_SOFTWARE=postern\n"
#define FACTS "REMOTE_ADDR=192.0.2.1\nREMOTE_PORT=4711\nUNIQUE_ID=1.2\n"
#define COMMON11 FIXED "SERVER_PROTOCOL=HTTP/1.1\nSERVER_NAME=h\nSERVER_PORT=8080\n" FACTS
#define GET11 COMMON11 "REQUEST_METHOD=GET\nREQUEST_URI=/\nQUERY_STRING=\n"

static const struct {
	const char *what, *fields, *out;
} header_cases[] = {
	{ "a field becomes a variable", "Accept: a/b\r\n", "HTTP_ACCEPT=a/b\n" },
	{ "hyphens become underscores, letters capitals", "x-Forwarded-fOr9: 1\r\n", "HTTP_X_FORWARDED_FOR9=1\n" },
	{ "Proxy is never passed on", "Proxy: http://evil.test\r\nPROXY: b\r\n", "" },
	{ "a name with an underscore is none of ours", "X_A: 1\r\nX-A: 2\r\nPro_xy: 3\r\n", "HTTP_X_A=2\n" },
	{ "a name with other bytes neither", "x.y: 1\r\nx!: 2\r\n~: 3\r\n", "" },
	{ "fields of one name are joined", "A: 1\r\nB: 2\r\na: 3\r\n", "HTTP_A=1, 3\nHTTP_B=2\n" },
	{ "cookies are joined as cookies", "Cookie: a=1\r\nCookie: b=2\r\n", "HTTP_COOKIE=a=1; b=2\n" },
	{ "what is for the hop stays", "Connection: x-hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
	  "Upgrade: h2c\r\nExpect: 100-continue\r\nProxy-Authorization: x\r\nTrailer: a\r\n", "" },
	{ "Authorization stays too", "Authorization: Bearer x\r\n", "" },
	{ "an empty value is a value", "A:\r\n", "HTTP_A=\n" },
	{ "what shells take for their own does no harm", "A: () { :; }; x\r\n", "HTTP_A=() { :; }; x\n" },
};

static void test_fields(void)
{
	for (size_t i = 0; i < sizeof header_cases / sizeof *header_cases; i++) {
		char head[1024], wanted[1024];
		const char *got;

		snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", header_cases[i].fields);
		snprintf(wanted, sizeof wanted, GET11 "HTTP_HOST=h\n%s", header_cases[i].out);
		got = environment(head, false);
		if (!check(strcmp(got, wanted) == 0, "%s", header_cases[i].what))
			printf("# got %s\n", got);
	}
	check(strstr(environment("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n\r\n", true),
	             "HTTP_AUTHORIZATION=Bearer x\n"), "Authorization goes along when asked for");
}

static void test_request(void)
{
	const char *got;

	got = environment("POST /a%20b/c?x=%20&y=?z HTTP/1.1\r\nHost: h:99\r\nContent-Length: 5\r\nContent-Type: a/b\r\n\r\n", false);
	check(strcmp(got, COMMON11 "REQUEST_METHOD=POST\nREQUEST_URI=/a%20b/c?x=%20&y=?z\nQUERY_STRING=x=%20&y=?z\n"
	             "CONTENT_LENGTH=5\nCONTENT_TYPE=a/b\nHTTP_HOST=h:99\n") == 0, "a POST");
	got = environment("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", false);
	check(!strstr(got, "CONTENT_LENGTH") && !strstr(got, "HTTP_TRANSFER"), "a chunked body has no length");
	got = environment("GET / HTTP/1.0\r\n\r\n", false);
	check(strstr(got, "SERVER_NAME=[2001:db8::1]\n") && strstr(got, "SERVER_PROTOCOL=HTTP/1.0\n"),
	      "without a host the server's address is its name");
	got = environment("GET http://a.test:9/x HTTP/1.1\r\nHost: b.test\r\n\r\n", false);
	check(strstr(got, "SERVER_NAME=a.test\n") && strstr(got, "REQUEST_URI=http://a.test:9/x\n"),
	      "the target's host goes before the field's");
	got = environment("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", false);
	check(strstr(got, "SERVER_NAME=[::1]\n") != NULL, "an IPv6 host keeps its brackets");
}

/* The largest environment a head can become has room. */
static void test_room(void)
{
	static char head[HTTP_HEAD_MAX + 1];
	size_t len = 0;
	const char *got;

	len += (size_t)snprintf(head, sizeof head, "GET /?");
	memset(head + len, 'q', HTTP_TARGET_MAX - 2);
	len += HTTP_TARGET_MAX - 2;
	len += (size_t)snprintf(head + len, sizeof head - len, " HTTP/1.1\r\nHost: h\r\n");
	for (int i = 0; i < HTTP_FIELDS_MAX - 1; i++)
		len += (size_t)snprintf(head + len, sizeof head - len, "A%d: " LONG64 "\r\n", i);
	snprintf(head + len, sizeof head - len, "\r\n");
	got = environment(head, false);
	check(strstr(got, "HTTP_A98=" LONG64 "\n") != NULL, "the largest head has room");
}

static void test_again(void)
{
	static const char before[] = "SERVER_NAME=h\0REQUEST_METHOD=POST\0REQUEST_URI=/a\0QUERY_STRING=x\0"
		"CONTENT_LENGTH=5\0CONTENT_TYPE=a/b\0HTTP_HOST=h\0HTTP_CONTENT_LENGTHS=1";
	static const char after[] = "SERVER_NAME=h\0HTTP_HOST=h\0HTTP_CONTENT_LENGTHS=1\0REQUEST_METHOD=GET\0"
		"REQUEST_URI=/b?y=z\0QUERY_STRING=y=z";
	unsigned char room[512];
	struct builder b;

	builder_init(&b, room, sizeof room);
	cgi_environment_again(&b, span_of(before, sizeof before), span_str("/b?y=z"));
	check(span_eq(builder_span(&b), span_of(after, sizeof after)), "a local redirect is a GET of its target");
	builder_init(&b, room, 20);
	cgi_environment_again(&b, span_of(before, sizeof before), span_str("/b"));
	check(!builder_ok(&b), "one without room says so");
}

static void test_variables(void)
{
	static const char *const good[] = { "HTTP_A=", "HTTP_A_1=b=c", "CONTENT_LENGTH=1", "QUERY_STRING=",
		                                "REMOTE_PORT=1", "SERVER_NAME=\xff", "UNIQUE_ID=1.2", "REQUEST_URI=/" };
	static const char *const bad[] = { "", "=", "A", "HTTP_A", "HTTP_PROXY=x", "PATH=/", "LD_PRELOAD=x",
		                               "HTTP-A=1", "http_a=1", "SCRIPT_NAME=/x", "PATH_INFO=/", "BASH_FUNC_x%%=() {",
		                               "HTTP_A%%=1", "IFS= ", "QUERY_STRINGS=" , "HTTPS=on", "UNIQUE_IDS=1" };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		check(cgi_variable_ok(span_str(good[i])), "%s may be passed on", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!cgi_variable_ok(span_str(bad[i])), "'%s' may not", bad[i]);
	check(!cgi_variable_ok(span_of("HTTP_A=\0b", 9)), "a NUL may not");
}

static const struct {
	const char *what, *in;
	int result;
	enum cgi_kind kind;
	int status;
	size_t n_fields;
	int64_t length; /* -1: none */
} heads[] = {
	{ "a document", "Content-Type: text/plain\n\n", 200, CGI_DOCUMENT, 200, 1, -1 },
	{ "with CRLF", "Content-Type: text/plain\r\n\r\n", 200, CGI_DOCUMENT, 200, 1, -1 },
	{ "with both ends of lines", "Content-Type: a/b\r\nX: y\n\r\n", 200, CGI_DOCUMENT, 200, 2, -1 },
	{ "with a status", "Status: 404 Not Found\nContent-Type: a/b\n\n", 200, CGI_DOCUMENT, 404, 1, -1 },
	{ "a status alone", "Status: 204\n\n", 200, CGI_DOCUMENT, 204, 0, -1 },
	{ "names without case", "sTATUS: 500\ncontent-TYPE: a/b\n\n", 200, CGI_DOCUMENT, 500, 1, -1 },
	{ "a length", "Content-Type: a/b\nContent-Length: 5\n\n", 200, CGI_DOCUMENT, 200, 1, 5 },
	{ "the connection's fields are left out", "Content-Type: a/b\nConnection: close\nKeep-Alive: 1\nDate: x\n"
	  "Upgrade: a\nTrailer: b\nTE: c\nProxy-Connection: d\nX-CGI-Foo: e\nX-Cg: f\n\n", 200, CGI_DOCUMENT, 200, 2, -1 },
	{ "a redirect for the client", "Location: https://a.test/\n\n", 200, CGI_CLIENT, 302, 1, -1 },
	{ "with its own status", "Status: 303\nLocation: /x\n\n", 200, CGI_CLIENT, 303, 1, -1 },
	{ "and a document", "Location: https://a.test/\nStatus: 301\nContent-Type: a/b\n\n", 200, CGI_CLIENT, 301, 2, -1 },
	{ "to another host", "Location: //a.test/\n\n", 200, CGI_CLIENT, 302, 1, -1 },
	{ "a local redirect", "Location: /a/b?c\n\n", 200, CGI_LOCAL, 302, 1, -1 },
	{ "a local redirect with a document", "Location: /a\nContent-Type: a/b\n\n", 502, 0, 0, 0, 0 },
	{ "a local redirect with other fields", "Location: /a\nX: y\n\n", 502, 0, 0, 0, 0 },
	{ "a local redirect to no target", "Location: /a b\n\n", 502, 0, 0, 0, 0 },
	{ "a local redirect with a fragment", "Location: /a#b\n\n", 502, 0, 0, 0, 0 },
	{ "no field at all", "\n", 502, 0, 0, 0, 0 },
	{ "nor with CRLF", "\r\n", 502, 0, 0, 0, 0 },
	{ "none of the three", "X: y\n\n", 502, 0, 0, 0, 0 },
	{ "no field but text", "hello\n\n", 502, 0, 0, 0, 0 },
	{ "a head that is HTTP's", "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n", 502, 0, 0, 0, 0 },
	{ "two types", "Content-Type: a/b\nContent-Type: a/b\n\n", 502, 0, 0, 0, 0 },
	{ "two locations", "Location: /a\nLocation: /b\n\n", 502, 0, 0, 0, 0 },
	{ "two statuses", "Status: 200\nStatus: 200\n\n", 502, 0, 0, 0, 0 },
	{ "two lengths", "Status: 200\nContent-Length: 1\nContent-Length: 1\n\n", 502, 0, 0, 0, 0 },
	{ "a length that is none", "Status: 200\nContent-Length: 1x\n\n", 502, 0, 0, 0, 0 },
	{ "a list of lengths", "Status: 200\nContent-Length: 1, 1\n\n", 502, 0, 0, 0, 0 },
	{ "a negative length", "Status: 200\nContent-Length: -1\n\n", 502, 0, 0, 0, 0 },
	{ "a coding of its own", "Status: 200\nTransfer-Encoding: chunked\n\n", 502, 0, 0, 0, 0 },
	{ "an informational status", "Status: 100\nContent-Type: a/b\n\n", 502, 0, 0, 0, 0 },
	{ "101", "Status: 101\nUpgrade: x\n\n", 502, 0, 0, 0, 0 },
	{ "a status of four digits", "Status: 2000\n\n", 502, 0, 0, 0, 0 },
	{ "600", "Status: 600\n\n", 502, 0, 0, 0, 0 },
	{ "a status in words", "Status: OK\n\n", 502, 0, 0, 0, 0 },
	{ "an empty location", "Location:\n\n", 502, 0, 0, 0, 0 },
	{ "a space before the colon", "Status : 200\n\n", 502, 0, 0, 0, 0 },
	{ "a folded line", "Status: 200\n more\n\n", 502, 0, 0, 0, 0 },
	{ "a bare CR", "Content-Type: a\rb\n\n", 502, 0, 0, 0, 0 },
	{ "a control byte", "Content-Type: a\x01\n\n", 502, 0, 0, 0, 0 },
	{ "two CR", "Content-Type: a/b\r\r\n\n", 502, 0, 0, 0, 0 },
	{ "half a head", "Content-Type: a/b\n", 0, 0, 0, 0, 0 },
	{ "half a line", "Content-Ty", 0, 0, 0, 0, 0 },
	{ "nothing", "", 0, 0, 0, 0, 0 },
};

/* Shown byte after byte, from storage that ends where the bytes do. */
static int drip(struct span in, struct cgi_head *head, size_t *used)
{
	size_t scanned = 0;
	int r = 0;

	for (size_t n = 0; r == 0 && n <= in.len; n++) {
		unsigned char *copy = malloc(n + 1);

		if (n > 0)
			memcpy(copy, in.p, n);
		r = cgi_head_parse(span_of(copy, n), &scanned, head, used);
		free(copy);
	}
	return r;
}

static void test_heads(void)
{
	static struct cgi_head head, dripped;

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		char text[1024];
		size_t scanned = 0, used = 0, used_dripped = 0, len = strlen(heads[i].in);
		int r, with_body;

		r = cgi_head_parse(span_str(heads[i].in), &scanned, &head, &used);
		check(r == heads[i].result, "head: %s is %d", heads[i].what, r);
		check(drip(span_str(heads[i].in), &dripped, &used_dripped) == r && used == used_dripped,
		      "head: %s, byte after byte", heads[i].what);
		if (r != 200)
			continue;
		check(used == len && head.kind == heads[i].kind && head.status == heads[i].status &&
		      head.n_fields == heads[i].n_fields && head.has_length == (heads[i].length >= 0) &&
		      (!head.has_length || (int64_t)head.length == heads[i].length), "head: %s, its fields", heads[i].what);
		snprintf(text, sizeof text, "%s\n\nbody\n\n", heads[i].in);
		scanned = 0;
		with_body = cgi_head_parse(span_str(text), &scanned, &head, &used);
		check(with_body == 200 && used == len, "head: %s, a body behind it", heads[i].what);
	}
}

static void test_head_limits(void)
{
	static unsigned char text[HTTP_HEAD_MAX + 64];
	static struct cgi_head head;
	struct builder b;
	size_t scanned = 0, used;

	memset(text, 'a', sizeof text);
	check(cgi_head_parse(span_of(text, HTTP_HEAD_MAX - 1), &scanned, &head, &used) == 0 &&
	      cgi_head_parse(span_of(text, HTTP_HEAD_MAX), &scanned, &head, &used) == 502, "a head has a limit");
	builder_init(&b, text, sizeof text);
	for (int i = 0; i < HTTP_FIELDS_MAX; i++)
		builder_str(&b, "Status-A: b\n");
	builder_str(&b, "Status: 200\n\n");
	scanned = 0;
	check(cgi_head_parse(builder_span(&b), &scanned, &head, &used) == 200 && head.n_fields == HTTP_FIELDS_MAX,
	      "as many fields as there may be");
	b.len -= 1;
	builder_str(&b, "A: b\n\n");
	scanned = 0;
	check(cgi_head_parse(builder_span(&b), &scanned, &head, &used) == 502, "one more is too many");
}

int main(void)
{
	test_paths();
	test_path_room();
	test_segments();
	test_fields();
	test_request();
	test_room();
	test_again();
	test_variables();
	test_heads();
	test_head_limits();
	return tap_end();
}
