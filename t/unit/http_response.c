/* Which heads of answers are taken, in one piece and in many, and what they say. */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "tap.h"

static struct http_response r;

enum { SHORT = 4096 };

#define TEXT(s) s, sizeof s - 1
#define OK "HTTP/1.1 200 OK\r\n"

struct head {
	int result;
	const char *about;
	const char *text;
	size_t len;
};

static const struct head heads[] = {
	{ 200, "an answer", TEXT(OK "Content-Length: 0\r\n\r\n") },
	{ 200, "no fields", TEXT(OK "\r\n") },
	{ 200, "an empty reason", TEXT("HTTP/1.1 200 \r\n\r\n") },
	{ 200, "no reason and no space", TEXT("HTTP/1.1 200\r\n\r\n") },
	{ 200, "a reason of many words and bytes", TEXT("HTTP/1.1 200 \xc3\xa9t\xc3\xa9 : so be\tit \r\n\r\n") },
	{ 200, "status 100", TEXT("HTTP/1.1 100 Continue\r\n\r\n") },
	{ 200, "status 599", TEXT("HTTP/1.1 599 x\r\n\r\n") },
	{ 200, "HTTP/1.0", TEXT("HTTP/1.0 200 OK\r\n\r\n") },
	{ 200, "HTTP/1.9", TEXT("HTTP/1.9 200 OK\r\n\r\n") },
	{ 400, "status 099", TEXT("HTTP/1.1 099 x\r\n\r\n") },
	{ 400, "status 600", TEXT("HTTP/1.1 600 x\r\n\r\n") },
	{ 400, "a status of two digits", TEXT("HTTP/1.1 20 OK\r\n\r\n") },
	{ 400, "a status of two digits alone", TEXT("HTTP/1.1 20\r\n\r\n") },
	{ 400, "a status of four digits", TEXT("HTTP/1.1 2000 OK\r\n\r\n") },
	{ 400, "a status with a sign", TEXT("HTTP/1.1 +20 OK\r\n\r\n") },
	{ 400, "a status in letters", TEXT("HTTP/1.1 2OO OK\r\n\r\n") },
	{ 400, "no status", TEXT("HTTP/1.1\r\n\r\n") },
	{ 400, "tab before the status", TEXT("HTTP/1.1\t200 OK\r\n\r\n") },
	{ 400, "two spaces before the status", TEXT("HTTP/1.1  200 OK\r\n\r\n") },
	{ 400, "tab before the reason", TEXT("HTTP/1.1 200\tOK\r\n\r\n") },
	{ 400, "NUL in the reason", TEXT("HTTP/1.1 200 O\0K\r\n\r\n") },
	{ 400, "ESC in the reason", TEXT("HTTP/1.1 200 \x1b[2J\r\n\r\n") },
	{ 400, "a bare CR in the reason", TEXT("HTTP/1.1 200 O\rK\r\n\r\n") },
	{ 400, "a status line with bare LF", TEXT("HTTP/1.1 200 OK\n\r\n") },
	{ 400, "an empty line in front", TEXT("\r\n" OK "\r\n") },
	{ 400, "space in front", TEXT(" " OK "\r\n") },
	{ 400, "HTTP/2.0", TEXT("HTTP/2.0 200 OK\r\n\r\n") },
	{ 400, "HTTP/2", TEXT("HTTP/2 200 OK\r\n\r\n") },
	{ 400, "HTTP/0.9", TEXT("HTTP/0.9 200 OK\r\n\r\n") },
	{ 400, "http/1.1", TEXT("http/1.1 200 OK\r\n\r\n") },
	{ 400, "ICY", TEXT("ICY 200 OK\r\n\r\n") },
	{ 400, "a request", TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n") },
	{ 400, "HTML", TEXT("<html>\r\n<body>\r\n") },
	{ 400, "a bare LF", TEXT("\n") },
	{ 400, "a TLS alert and a line", TEXT("\x15\x03\x01\x00\x02\x02\x28\n") },

	{ 400, "a field without a colon", TEXT(OK "A b\r\n\r\n") },
	{ 400, "space before the colon", TEXT(OK "Content-Length : 1\r\n\r\n") },
	{ 400, "a folded field", TEXT(OK "A: b\r\n c\r\n\r\n") },
	{ 400, "NUL in a value", TEXT(OK "A: b\0c\r\n\r\n") },
	{ 400, "fields with bare LF", TEXT(OK "A: b\nC: d\r\n\r\n") },
	{ 400, "lengths that differ", TEXT(OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n") },
	{ 200, "lengths that are the same", TEXT(OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\n") },
	{ 400, "a list of lengths", TEXT(OK "Content-Length: 1, 1\r\n\r\n") },
	{ 400, "a length with a sign", TEXT(OK "Content-Length: +1\r\n\r\n") },
	{ 400, "a negative length", TEXT(OK "Content-Length: -1\r\n\r\n") },
	{ 400, "an empty length", TEXT(OK "Content-Length:\r\n\r\n") },
	{ 200, "the largest length", TEXT(OK "Content-Length: 9223372036854775807\r\n\r\n") },
	{ 400, "a larger length", TEXT(OK "Content-Length: 9223372036854775808\r\n\r\n") },
	{ 400, "a length and a coding", TEXT(OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ 400, "another coding", TEXT(OK "Transfer-Encoding: gzip, chunked\r\n\r\n") },
	{ 400, "no real coding", TEXT(OK "Transfer-Encoding: identity\r\n\r\n") },
	{ 400, "chunked twice", TEXT(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ 400, "a coding in HTTP/1.0", TEXT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") },
	{ 400, "a bad length, even where there is no body", TEXT("HTTP/1.1 204 x\r\nContent-Length: x\r\n\r\n") },
};

/* In pieces of `step` bytes, each in storage of exactly its size. */
static int dripped(struct span text, size_t step, size_t *used)
{
	size_t scanned = 0, n = 0;
	int result = 0;

	while (result == 0 && n < text.len) {
		unsigned char *copy;

		n = n + step < text.len ? n + step : text.len;
		copy = malloc(n);
		if (!copy)
			abort();
		memcpy(copy, text.p, n);
		result = http_response_parse(span_of(copy, n), false, &scanned, &r, used);
		free(copy);
	}
	return result;
}

static void test_heads(void)
{
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		const struct head *h = &heads[i];
		struct span text = span_of(h->text, h->len);
		size_t scanned = 0, used = 0, used_in_pieces = 0, early = 0;
		int result = http_response_parse(text, false, &scanned, &r, &used);

		check(result == h->result && (result != 200 || used == h->len), "%s", h->about);
		check(dripped(text, 1, &used_in_pieces) == result &&
		              (result != 200 || used_in_pieces == used),
		      "... in pieces");
		for (size_t n = 0; n < text.len; n++) {
			scanned = 0;
			if (http_response_parse(span_head(text, n), false, &scanned, &r, &used) == 200)
				early++;
		}
		check(early == 0, "... never before it is whole");
	}
}

static bool parse(const char *text, bool to_head)
{
	size_t scanned = 0, used;

	return http_response_parse(span_str(text), to_head, &scanned, &r, &used) == 200 &&
	       used == strlen(text);
}

static void test_bodies(void)
{
	static const struct {
		const char *text;
		bool to_head;
		enum http_body body;
		uint64_t len;
		bool keep;
	} cases[] = {
		{ "1.1 200 OK\r\nContent-Length: 0\r\n", false, HTTP_BODY_LENGTH, 0, true },
		{ "1.1 200 OK\r\ncontent-length: 0012 \r\n", false, HTTP_BODY_LENGTH, 12, true },
		{ "1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n", false, HTTP_BODY_CHUNKED, 0, true },
		{ "1.1 200 OK\r\n", false, HTTP_BODY_CLOSE, 0, false },
		{ "1.0 200 OK\r\nConnection: keep-alive\r\n", false, HTTP_BODY_CLOSE, 0, false },
		{ "1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n", false, HTTP_BODY_LENGTH, 1, true },
		{ "1.0 200 OK\r\nContent-Length: 1\r\n", false, HTTP_BODY_LENGTH, 1, false },
		{ "1.1 200 OK\r\nContent-Length: 1\r\nConnection: x, Close\r\n", false, HTTP_BODY_LENGTH, 1, false },
		{ "1.1 200 OK\r\nContent-Length: 5\r\n", true, HTTP_BODY_NONE, 0, true },
		{ "1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", true, HTTP_BODY_NONE, 0, true },
		{ "1.1 200 OK\r\n", true, HTTP_BODY_NONE, 0, true },
		{ "1.1 204 No Content\r\n", false, HTTP_BODY_NONE, 0, true },
		{ "1.1 204 No Content\r\nContent-Length: 5\r\n", false, HTTP_BODY_NONE, 0, true },
		{ "1.1 304 x\r\nContent-Length: 5\r\n", false, HTTP_BODY_NONE, 0, true },
		{ "1.1 100 x\r\n", false, HTTP_BODY_NONE, 0, true },
		{ "1.1 199 x\r\nContent-Length: 5\r\n", false, HTTP_BODY_NONE, 0, true },
		{ "1.1 205 x\r\nContent-Length: 5\r\n", false, HTTP_BODY_LENGTH, 5, true },
		{ "1.1 503 x\r\nContent-Length: 5\r\n", false, HTTP_BODY_LENGTH, 5, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[200];

		snprintf(text, sizeof text, "HTTP/%s\r\n", cases[i].text);
		check(parse(text, cases[i].to_head) && r.body == cases[i].body &&
		              r.body_len == cases[i].len && r.keep_alive == cases[i].keep,
		      "body case %zu", i);
	}
}

static void test_fields(void)
{
	struct span value;

	check(parse("HTTP/1.1 429 Slow down\r\nX-A:  b  c \t\r\nx-a: d\r\nE:\r\n\r\n", false) &&
	              r.status == 429 && r.minor == 1 && r.n_fields == 3,
	      "a status and three fields");
	check(http_response_field(&r, "X-A", 0, &value) && span_is(value, "b  c"), "the first");
	check(http_response_field(&r, "X-A", 1, &value) && span_is(value, "d"), "the second");
	check(!http_response_field(&r, "X-A", 2, &value), "no third");
	check(http_response_field(&r, "e", 0, &value) && value.len == 0, "an empty value");
	check(!http_response_field(&r, "X", 0, &value), "no such field");
}

/* A head of `fields` short fields, and `extra` bytes in one more. */
static int large(size_t fields, size_t extra)
{
	static unsigned char storage[2 * HTTP_HEAD_MAX];
	struct builder b;
	size_t scanned = 0, used;

	builder_init(&b, storage, sizeof storage);
	builder_str(&b, OK);
	for (size_t i = 0; i < fields; i++)
		builder_str(&b, "A: b\r\n");
	if (extra > 0) {
		builder_str(&b, "C: ");
		memset(builder_take(&b, extra), 'x', extra);
		builder_str(&b, "\r\n");
	}
	builder_str(&b, "\r\n");
	return http_response_parse(builder_span(&b), false, &scanned, &r, &used);
}

static void test_limits(void)
{
	size_t around = strlen(OK) + strlen("C: \r\n") + strlen("\r\n");

	check(large(HTTP_FIELDS_MAX, 0) == 200 && r.n_fields == HTTP_FIELDS_MAX, "100 fields");
	check(large(HTTP_FIELDS_MAX + 1, 0) == 400, "101 fields");
	check(large(0, HTTP_HEAD_MAX - around) == 200, "a head of 16 KiB");
	check(large(0, HTTP_HEAD_MAX - around + 1) == 400, "a larger one");
}

static void test_retry_after(void)
{
	static const struct {
		const char *fields;
		int64_t seconds; /* -1: none */
	} cases[] = {
		{ "Retry-After: 120\r\n", 120 },
		{ "retry-after:0\r\n", 0 },
		{ "Retry-After: 9223372036854775807\r\n", INT64_MAX },
		{ "Retry-After: 9223372036854775808\r\n", -1 },
		{ "Retry-After: -1\r\n", -1 },
		{ "Retry-After: 1.5\r\n", -1 },
		{ "Retry-After: 12 s\r\n", -1 },
		{ "Retry-After:\r\n", -1 },
		{ "", -1 },
		{ "Retry-After: 5\r\nRetry-After: 6\r\n", 5 },
		{ "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 777 },
		{ "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		  "Date: Sun, 06 Nov 1994 08:49:07 GMT\r\n", 30 },
		{ "Retry-After: Sun Nov  6 08:49:37 1994\r\n"
		  "Date: Sunday, 06-Nov-94 08:48:37 GMT\r\n", 60 },
		{ "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: tomorrow\r\n", 777 },
		{ "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		  "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n", 0 },
		{ "Retry-After: Sun, 06 Nov 0000 08:49:37 GMT\r\n", 0 },
		{ "Retry-After: soon\r\n", -1 },
		{ "Retry-After: Sun, 06 Nov 1994 08:49:37 CET\r\n", -1 },
	};
	int64_t seconds;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[300];
		bool found;

		snprintf(text, sizeof text, OK "%s\r\n", cases[i].fields);
		found = parse(text, false) && http_retry_after(&r, 784111777 - 777, &seconds);
		check(found == (cases[i].seconds >= 0) && (!found || seconds == cases[i].seconds),
		      "retry case %zu", i);
	}
	check(parse(OK "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", false) &&
	              http_retry_after(&r, INT64_MIN, &seconds) && seconds == INT64_MAX,
	      "whatever the clock says");
}

int main(void)
{
	test_heads();
	test_bodies();
	test_fields();
	test_limits();
	test_retry_after();
	return tap_end();
}
