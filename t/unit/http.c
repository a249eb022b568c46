/* Which request heads are taken and which are refused, in one piece and in many. */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "tap.h"

static struct http_request request;

struct head {
	int status;
	const char *about;
	const char *text;
	size_t len;
};

enum { SHORT = 4096 };

#define TEXT(s) s, sizeof s - 1
#define H "Host: a.test\r\n"
#define END H "\r\n"
#define GET "GET / HTTP/1.1\r\n"

static const struct head heads[] = {
	{ 200, "a request", TEXT(GET END) },
	{ 200, "one empty line in front", TEXT("\r\n" GET END) },
	{ 200, "two empty lines in front", TEXT("\r\n\r\n" GET END) },
	{ 400, "three empty lines in front", TEXT("\r\n\r\n\r\n" GET END) },
	{ 400, "an empty line with bare LF in front", TEXT("\n" GET END) },
	{ 400, "a bare CR in front", TEXT("\r" GET END) },
	{ 400, "space in front", TEXT(" " GET END) },
	{ 400, "a TLS ClientHello", TEXT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") },
	{ 400, "an SSH greeting", TEXT("SSH-2.0-client\r\n") },
	{ 505, "the preface of HTTP/2", TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") },

	{ 200, "a method not known", TEXT("BREW / HTTP/1.1\r\n" END) },
	{ 200, "a method of any tchar", TEXT("!#$%&'*+-.^_`|~09 / HTTP/1.1\r\n" END) },
	{ 200, "a method of 32 bytes", TEXT("ABCDEFGHABCDEFGHABCDEFGHABCDEFGH / HTTP/1.1\r\n" END) },
	{ 501, "a method of 33 bytes", TEXT("ABCDEFGHABCDEFGHABCDEFGHABCDEFGHI / HTTP/1.1\r\n" END) },
	{ 501, "33 bytes and a bare LF", TEXT("ABCDEFGHABCDEFGHABCDEFGHABCDEFGHI\n") },
	{ 400, "a method that is no token", TEXT("GE(T / HTTP/1.1\r\n" END) },
	{ 400, "a high byte in the method", TEXT("G\xc3\x89T / HTTP/1.1\r\n" END) },
	{ 400, "tab after the method", TEXT("GET\t/ HTTP/1.1\r\n" END) },
	{ 400, "two spaces after the method", TEXT("GET  / HTTP/1.1\r\n" END) },
	{ 400, "a method alone", TEXT("GET\r\n\r\n") },
	{ 501, "CONNECT", TEXT("CONNECT a.test:443 HTTP/1.1\r\n" END) },
	{ 501, "CONNECT with a path", TEXT("CONNECT / HTTP/1.1\r\n" END) },

	{ 400, "no target", TEXT("GET HTTP/1.1\r\n" END) },
	{ 400, "an empty target", TEXT("GET  HTTP/1.1\r\n" END) },
	{ 400, "a path without slash", TEXT("GET a HTTP/1.1\r\n" END) },
	{ 400, "a space in the target", TEXT("GET /a b HTTP/1.1\r\n" END) },
	{ 400, "a tab in the target", TEXT("GET /a\tb HTTP/1.1\r\n" END) },
	{ 400, "NUL in the target", TEXT("GET /a\0b HTTP/1.1\r\n" END) },
	{ 400, "DEL in the target", TEXT("GET /a\x7f HTTP/1.1\r\n" END) },
	{ 400, "a high byte in the target", TEXT("GET /\xc3\xa9 HTTP/1.1\r\n" END) },
	{ 400, "a bare CR in the target", TEXT("GET /a\rb HTTP/1.1\r\n" END) },
	{ 400, "a bare LF in the target", TEXT("GET /a\nb HTTP/1.1\r\n" END) },
	{ 400, "a fragment", TEXT("GET /a#b HTTP/1.1\r\n" END) },
	{ 400, "a fragment alone", TEXT("GET # HTTP/1.1\r\n" END) },
	{ 200, "any other visible ASCII in the target", TEXT("GET /\"<>[\\]^`{|}%zz HTTP/1.1\r\n" END) },
	{ 200, "two slashes", TEXT("GET //b.test/ HTTP/1.1\r\n" END) },
	{ 200, "OPTIONS *", TEXT("OPTIONS * HTTP/1.1\r\n" END) },
	{ 400, "GET *", TEXT("GET * HTTP/1.1\r\n" END) },
	{ 400, "options in lower case is another method", TEXT("options * HTTP/1.1\r\n" END) },
	{ 400, "OPTIONS *?a", TEXT("OPTIONS *?a HTTP/1.1\r\n" END) },
	{ 400, "a query alone", TEXT("GET ?a HTTP/1.1\r\n" END) },
	{ 400, "authority-form", TEXT("GET a.test:80 HTTP/1.1\r\n" END) },
	{ 200, "absolute-form", TEXT("GET http://a.test/b HTTP/1.1\r\n" END) },
	{ 200, "absolute-form, scheme in capitals", TEXT("GET HTTP://a.test HTTP/1.1\r\n" END) },
	{ 200, "absolute-form with a port", TEXT("GET http://a.test:8080/ HTTP/1.1\r\n" END) },
	{ 400, "absolute-form with port 65536", TEXT("GET http://a.test:65536/ HTTP/1.1\r\n" END) },
	{ 400, "absolute-form with userinfo", TEXT("GET http://u:p@a.test/ HTTP/1.1\r\n" END) },
	{ 400, "absolute-form with userinfo in brackets", TEXT("GET http://u@[::1]/ HTTP/1.1\r\n" END) },
	{ 400, "absolute-form without a host", TEXT("GET http:///b HTTP/1.1\r\n" END) },
	{ 400, "absolute-form with a port alone", TEXT("GET http://:80/ HTTP/1.1\r\n" END) },
	{ 400, "absolute-form that ends after the slashes", TEXT("GET http:// HTTP/1.1\r\n" END) },
	{ 400, "absolute-form with one slash", TEXT("GET http:/a.test HTTP/1.1\r\n" END) },
	{ 400, "https:", TEXT("GET https://a.test/ HTTP/1.1\r\n" END) },
	{ 400, "ftp:", TEXT("GET ftp://a.test/ HTTP/1.1\r\n" END) },
	{ 400, "absolute-form without Host", TEXT("GET http://a.test/ HTTP/1.1\r\n\r\n") },
	{ 400, "absolute-form beside a bad Host", TEXT("GET http://a.test/ HTTP/1.1\r\nHost: @\r\n\r\n") },

	{ 200, "HTTP/1.0 without Host", TEXT("GET / HTTP/1.0\r\n\r\n") },
	{ 200, "HTTP/1.9", TEXT("GET / HTTP/1.9\r\n" END) },
	{ 400, "HTTP/1.2 without Host", TEXT("GET / HTTP/1.2\r\n\r\n") },
	{ 505, "HTTP/2.0", TEXT("GET / HTTP/2.0\r\n" END) },
	{ 505, "HTTP/0.9", TEXT("GET / HTTP/0.9\r\n" END) },
	{ 505, "CONNECT with HTTP/3.0", TEXT("CONNECT a.test:1 HTTP/3.0\r\n" END) },
	{ 400, "no version", TEXT("GET /\r\n" END) },
	{ 400, "a space and no version", TEXT("GET / \r\n" END) },
	{ 400, "HTTP/1.10", TEXT("GET / HTTP/1.10\r\n" END) },
	{ 400, "HTTP/10.1", TEXT("GET / HTTP/10.1\r\n" END) },
	{ 400, "HTTP/11", TEXT("GET / HTTP/11\r\n" END) },
	{ 400, "HTTP/1", TEXT("GET / HTTP/1\r\n" END) },
	{ 400, "HTTP/1.", TEXT("GET / HTTP/1.\r\n" END) },
	{ 400, "HTTP/x.1", TEXT("GET / HTTP/x.1\r\n" END) },
	{ 400, "HTTP/1.x", TEXT("GET / HTTP/1.x\r\n" END) },
	{ 400, "http/1.1", TEXT("GET / http/1.1\r\n" END) },
	{ 400, "HTTPS/1.1", TEXT("GET / HTTPS/1.1\r\n" END) },
	{ 400, "space after the version", TEXT("GET / HTTP/1.1 \r\n" END) },
	{ 400, "two spaces before the version", TEXT("GET /  HTTP/1.1\r\n" END) },
	{ 400, "request line with bare LF", TEXT("GET / HTTP/1.1\n" END) },
	{ 400, "request line with space LF", TEXT("GET / HTTP/1.1 \n" END) },
	{ 400, "request line with CR CR LF", TEXT("GET / HTTP/1.1\r\r\n" END) },
	{ 400, "request line with NUL behind", TEXT("GET / HTTP/1.1\0\r\n" END) },

	{ 200, "an empty value", TEXT(GET "A:\r\n" END) },
	{ 200, "a value of white space", TEXT(GET "A: \t \r\n" END) },
	{ 200, "a tab in a value", TEXT(GET "A: b\tc\r\n" END) },
	{ 200, "high bytes in a value", TEXT(GET "A: \x80\xc3\xa9\xff\r\n" END) },
	{ 200, "colons in a value", TEXT(GET "A:::\r\n" END) },
	{ 400, "a field without a colon", TEXT(GET "A b\r\n" END) },
	{ 400, "a field without a name", TEXT(GET ": b\r\n" END) },
	{ 400, "space before the colon", TEXT(GET "A : b\r\n" END) },
	{ 400, "tab before the colon", TEXT(GET "A\t: b\r\n" END) },
	{ 400, "space before Host's colon", TEXT(GET "Host : a.test\r\n\r\n") },
	{ 400, "a high byte in a name", TEXT(GET "\xc3\xa9: b\r\n" END) },
	{ 400, "NUL in a name", TEXT(GET "A\0: b\r\n" END) },
	{ 400, "a slash in a name", TEXT(GET "A/B: b\r\n" END) },
	{ 400, "obs-fold with a space", TEXT(GET "A: b\r\n c\r\n" END) },
	{ 400, "obs-fold with a tab", TEXT(GET "A: b\r\n\tc\r\n" END) },
	{ 400, "obs-fold in the first field", TEXT(GET " A: b\r\n" END) },
	{ 400, "obs-fold of nothing but a space", TEXT(GET H " \r\n\r\n") },
	{ 400, "NUL in a value", TEXT(GET "A: b\0c\r\n" END) },
	{ 400, "NUL at the end of a value", TEXT(GET "A: b\0\r\n" END) },
	{ 400, "BEL in a value", TEXT(GET "A: \a\r\n" END) },
	{ 400, "ESC in a value", TEXT(GET "A: \x1b[2J\r\n" END) },
	{ 400, "form feed for white space", TEXT(GET "A:\fb\r\n" END) },
	{ 400, "DEL in a value", TEXT(GET "A: b\x7f\r\n" END) },
	{ 400, "a bare CR in a value", TEXT(GET "A: b\rc\r\n" END) },
	{ 400, "a bare LF between fields", TEXT(GET "A: b\nHost: c.test\r\n" END) },
	{ 400, "CR CR LF", TEXT(GET "A: b\r\r\n" END) },
	{ 400, "LF CR", TEXT(GET H "A: b\n\r\r\n\r\n") },
	{ 400, "a bare LF for the last line", TEXT(GET H "\n") },

	{ 400, "no Host", TEXT(GET "\r\n") },
	{ 400, "an empty Host", TEXT(GET "Host:\r\n\r\n") },
	{ 400, "a Host of white space", TEXT(GET "Host: \t\r\n\r\n") },
	{ 400, "two Hosts", TEXT(GET "Host: a.test\r\nHost: b.test\r\n\r\n") },
	{ 400, "the same Host twice", TEXT(GET H H "\r\n") },
	{ 400, "two Hosts in other letters", TEXT(GET "HOST: a.test\r\nhost: a.test\r\n\r\n") },
	{ 400, "two Hosts in HTTP/1.0", TEXT("GET / HTTP/1.0\r\n" H H "\r\n") },
	{ 400, "a list of Hosts", TEXT(GET "Host: a.test, b.test\r\n\r\n") },
	{ 400, "a path in Host", TEXT(GET "Host: a.test/b\r\n\r\n") },
	{ 400, "userinfo in Host", TEXT(GET "Host: u@a.test\r\n\r\n") },
	{ 400, "a high byte in Host", TEXT(GET "Host: \xc3\xa9.test\r\n\r\n") },
	{ 400, "Host with port 65536", TEXT(GET "Host: a.test:65536\r\n\r\n") },
	{ 200, "Host with port 65535", TEXT(GET "Host: a.test:65535\r\n\r\n") },
	{ 200, "Host without space before it", TEXT(GET "Host:a.test\r\n\r\n") },

	{ 200, "Content-Length", TEXT(GET "Content-Length: 5\r\n" END "hello") },
	{ 200, "Content-Length twice the same", TEXT(GET "Content-Length: 5\r\nContent-Length: 5\r\n" END) },
	{ 400, "Content-Length twice", TEXT(GET "Content-Length: 5\r\nContent-Length: 6\r\n" END) },
	{ 400, "Content-Length 0 and 6", TEXT(GET "Content-Length: 0\r\nContent-Length: 6\r\n" END) },
	{ 400, "Content-Length 1,1", TEXT(GET "Content-Length: 1,1\r\n" END) },
	{ 400, "Content-Length empty", TEXT(GET "Content-Length:\r\n" END) },
	{ 400, "Content-Length +1", TEXT(GET "Content-Length: +1\r\n" END) },
	{ 400, "Content-Length -1", TEXT(GET "Content-Length: -1\r\n" END) },
	{ 400, "Content-Length 0x1", TEXT(GET "Content-Length: 0x1\r\n" END) },
	{ 400, "Content-Length 1 1", TEXT(GET "Content-Length: 1 1\r\n" END) },
	{ 200, "Content-Length 2^63-1", TEXT(GET "Content-Length: 9223372036854775807\r\n" END) },
	{ 400, "Content-Length 2^63", TEXT(GET "Content-Length: 9223372036854775808\r\n" END) },
	{ 400, "Content-Length 2^64", TEXT(GET "Content-Length: 18446744073709551616\r\n" END) },
	{ 200, "chunked", TEXT(GET "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n") },
	{ 200, "Chunked in other letters", TEXT(GET "TRANSFER-ENCODING:ChunkeD\r\n" END) },
	{ 501, "gzip, chunked", TEXT(GET "Transfer-Encoding: gzip, chunked\r\n" END) },
	{ 501, "chunked twice", TEXT(GET "Transfer-Encoding: chunked, chunked\r\n" END) },
	{ 501, "chunked in two fields", TEXT(GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END) },
	{ 501, "identity", TEXT(GET "Transfer-Encoding: identity\r\n" END) },
	{ 501, "an empty coding", TEXT(GET "Transfer-Encoding:\r\n" END) },
	{ 501, "chunked with a parameter", TEXT(GET "Transfer-Encoding: chunked;a=b\r\n" END) },
	{ 501, "xchunked", TEXT(GET "Transfer-Encoding: xchunked\r\n" END) },
	{ 400, "chunked with a vertical tab", TEXT(GET "Transfer-Encoding: \vchunked\r\n" END) },
	{ 400, "length and chunked", TEXT(GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END) },
	{ 400, "chunked and length", TEXT(GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END) },
	{ 400, "gzip and length 0", TEXT(GET "Transfer-Encoding: gzip\r\nContent-Length: 0\r\n" END) },
	{ 400, "chunked in HTTP/1.0", TEXT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END) },
};

/* Parses the first `len` bytes, of a short text in a copy that ends where they end. */
static int parse(const char *text, size_t len, size_t *scanned, size_t *used)
{
	char *copy;
	int status;

	if (len > SHORT)
		return http_request_parse(span_of(text, len), scanned, &request, used);
	copy = malloc(len + 1);
	memcpy(copy + 1, text, len);
	status = http_request_parse(span_of(copy + 1, len), scanned, &request, used);
	free(copy);
	return status;
}

/* The answer when `step` more bytes come at a time, `*used` with it. */
static int drip(const char *text, size_t len, size_t step, size_t *used)
{
	size_t scanned = 0;
	int status = 0;

	for (size_t n = 0; status == 0 && n < len;) {
		n = n + step < len ? n + step : len;
		status = parse(text, n, &scanned, used);
	}
	return status;
}

/* Every beginning gives 0 or the answer of the whole. */
static bool beginnings_agree(const char *text, size_t len, int status)
{
	size_t step = len > SHORT ? 13 : 1;

	for (size_t n = 0; n < len; n += step) {
		size_t scanned = 0, used;
		int got = parse(text, n, &scanned, &used);

		if (got != 0 && got != status)
			return false;
	}
	return true;
}

static void expect(const char *text, size_t len, int status, const char *about)
{
	size_t scanned = 0, used = 0, used_one = 0, used_seven = 0;
	int got = parse(text, len, &scanned, &used);
	int one = drip(text, len, 1, &used_one), seven = drip(text, len, 7, &used_seven);

	check(got == status, "%d: %s (%d)", status, about, got);
	check(one == status && seven == status && used_one == used && used_seven == used,
	      "... in pieces (%d, %d)", one, seven);
	check(beginnings_agree(text, len, status), "... cut anywhere");
}

static char big[3 * HTTP_HEAD_MAX];

/* Two parts with `n` times `c` between them. */
static size_t fill(const char *before, char c, size_t n, const char *after)
{
	size_t a = strlen(before), b = strlen(after);

	memcpy(big, before, a);
	memset(big + a, c, n);
	memcpy(big + a + n, after, b);
	return a + n + b;
}

static void limits(void)
{
	static const char after[] = " HTTP/1.1\r\n" END, end[] = "\r\n\r\n";
	size_t room = HTTP_HEAD_MAX - strlen(GET H "A: ") - strlen(end), scanned = 0, used, n;

	expect(big, fill("GET /", 'a', HTTP_TARGET_MAX - 1, after), 200, "a target of 8192");
	expect(big, fill("GET /", 'a', HTTP_TARGET_MAX, after), 414, "a target of 8193");
	expect(big, fill("GET /", 'a', HTTP_TARGET_MAX, ""), 414, "... without its end");
	expect(big, fill("GET /", 'a', HTTP_TARGET_MAX, "\n"), 414, "... with a bare LF");
	expect(big, fill("GET /", 'a', HTTP_TARGET_MAX - 1, "\n"), 400, "8192 and a bare LF");
	expect(big, fill("GET /\t", 'a', HTTP_TARGET_MAX, after), 400, "a tab in a long target");
	expect(big, fill("GET / HTTP/1.1", 'a', HTTP_HEAD_MAX, ""), 431, "a long version");
	expect(big, fill(GET H "A: ", 'a', room, end), 200, "a head of 16384");
	expect(big, fill(GET H "A: ", 'a', room + 1, end), 431, "a head of 16385");
	expect(big, fill(GET H "A: ", 'a', 2 * room, ""), 431, "... without its end");
	expect(big, fill("\r\n\r\n" GET H "A: ", 'a', room - 3, end), 431, "... with empty lines");
	check(parse(big, HTTP_HEAD_MAX - 1, &scanned, &used) == 0, "16383 bytes may become a head");
	expect(big, fill(GET H "\xc3: ", 'a', 2 * room, ""), 431, "no end, whatever is in it");

	for (size_t fields = HTTP_FIELDS_MAX; fields < HTTP_FIELDS_MAX + 2; fields++) {
		n = fill(GET H, 0, 0, "");
		for (size_t i = 1; i < fields; i++, n += 4)
			memcpy(big + n, "A:\r\n", 4);
		memcpy(big + n, "\r\n", 2);
		expect(big, n + 2, fields > HTTP_FIELDS_MAX ? 431 : 200, "fields");
	}
	check(parse(big, n, &scanned, &used) == 0, "101 fields are refused when the head is whole");
}

static void pipelined(void)
{
	static const char two[] = GET H "\r\n" "POST /2 HTTP/1.1\r\n" H "\r\nrest";
	size_t first = strlen(GET H "\r\n"), used = 0;

	for (size_t step = 1; step < sizeof two; step++) {
		size_t scanned = 0, n = 0;
		int status = 0;

		while (status == 0 && n < strlen(two)) {
			n = n + step < strlen(two) ? n + step : strlen(two);
			status = parse(two, n, &scanned, &used);
		}
		if (status != 200 || used != first || scanned != 0)
			check(false, "the first of two in steps of %zu", step);
		status = parse(two + used, strlen(two) - used, &scanned, &used);
		if (status != 200 || used != strlen(two) - first - 4)
			check(false, "the second of two in steps of %zu", step);
	}
	check(used == strlen(two) - first - 4, "two requests in one piece are two requests");
}

int main(void)
{
	size_t scanned = 0, used = 77;

	check(http_request_parse(span_of(NULL, 0), &scanned, &request, &used) == 0, "nothing");
	check(used == 77, "nothing is used of a head that is not there");
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		expect(heads[i].text, heads[i].len, heads[i].status, heads[i].about);
	limits();
	pipelined();
	return tap_end();
}
