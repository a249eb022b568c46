/* Bodies in chunks: every split of every case. */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "tap.h"

struct body {
	const char *about, *text;
	size_t len;
	const char *data; /* of a body that is over; NULL: malformed */
	size_t rest;      /* bytes behind it */
};

#define TEXT(s) s, sizeof s - 1

static const struct body bodies[] = {
	{ "no data", TEXT("0\r\n\r\n"), "", 0 },
	{ "one chunk", TEXT("5\r\nhello\r\n0\r\n\r\n"), "hello", 0 },
	{ "two chunks", TEXT("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "hello world", 0 },
	{ "what follows stays", TEXT("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n"), "a", 16 },
	{ "hexadecimal in both cases", TEXT("a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n"),
	  "01234567890123456789a", 0 },
	{ "zeros in front", TEXT("0000000000000001\r\na\r\n0000000000000000\r\n\r\n"), "a", 0 },
	{ "CRLF in the data", TEXT("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n", 0 },
	{ "an extension", TEXT("1;a=b\r\na\r\n0;c\r\n\r\n"), "a", 0 },
	{ "an extension after white space", TEXT("1 \t; a=\"b c\"\r\na\r\n0\r\n\r\n"), "a", 0 },
	{ "trailers", TEXT("1\r\na\r\n0\r\nX-A: b\r\nC:\r\n\r\n"), "a", 0 },
	{ "an empty line for a size", TEXT("\r\n0\r\n\r\n"), NULL, 0 },
	{ "a letter for a size", TEXT("g\r\n"), NULL, 0 },
	{ "0x", TEXT("0x1\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "a sign", TEXT("+1\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "minus", TEXT("-1\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "space before the size", TEXT(" 1\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "space after the size", TEXT("1 \r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "a comma", TEXT("1,1\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "17 digits", TEXT("00000000000000001\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "2^64", TEXT("10000000000000000\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "a size with bare LF", TEXT("1\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "a size with bare CR", TEXT("1\ra\r\n0\r\n\r\n"), NULL, 0 },
	{ "an extension with bare LF", TEXT("1;a\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "a NUL in an extension", TEXT("1;a\0\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "data too long", TEXT("1\r\nab\r\n0\r\n\r\n"), NULL, 0 },
	{ "data too short", TEXT("2\r\na\r\n0\r\n\r\n"), NULL, 0 },
	{ "data with bare LF behind", TEXT("1\r\na\n0\r\n\r\n"), NULL, 0 },
	{ "the end with bare LF", TEXT("0\r\n\n"), NULL, 0 },
	{ "the end with CR CR", TEXT("0\r\n\r\r"), NULL, 0 },
	{ "a trailer without a colon", TEXT("0\r\nabc\r\n\r\n"), NULL, 0 },
	{ "a trailer without a name", TEXT("0\r\n:a\r\n\r\n"), NULL, 0 },
	{ "a folded trailer", TEXT("0\r\nA: b\r\n c\r\n\r\n"), NULL, 0 },
	{ "space before a trailer's colon", TEXT("0\r\nA : b\r\n\r\n"), NULL, 0 },
	{ "a control byte in a trailer", TEXT("0\r\nA: \x1b\r\n\r\n"), NULL, 0 },
	{ "a trailer with bare LF", TEXT("0\r\nA: b\n\r\n"), NULL, 0 },
};

/* A body as it is taken off in pieces. */
struct taken {
	struct http_chunks c;
	char data[64];
	size_t len, used;
	enum http_chunk_result last;
};

/* Feeds bytes from a copy that ends where they end; false once the body is over or bad. */
static bool feed(struct taken *t, const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	struct span rest;

	memcpy(copy + 1, text, len);
	rest = span_of(copy + 1, len);
	do {
		struct span data;
		size_t used;

		t->last = http_chunks_next(&t->c, rest, &used, &data);
		if (data.len > 0 && t->len + data.len <= sizeof t->data)
			memcpy(t->data + t->len, data.p, data.len);
		t->len += data.len;
		t->used += used;
		rest = span_from(rest, used);
	} while (t->last == HTTP_CHUNK_DATA);
	free(copy);
	return t->last == HTTP_CHUNK_MORE;
}

static bool as_told(const struct body *b, const struct taken *t)
{
	if (!b->data)
		return t->last == HTTP_CHUNK_BAD;
	return t->last == HTTP_CHUNK_DONE && t->used == b->len - b->rest &&
	       span_eq(span_of(t->data, t->len), span_str(b->data));
}

static void expect(const struct body *b)
{
	bool good = true, early = false;

	for (size_t i = 0; i <= b->len; i++)
		for (size_t j = i; j <= b->len; j++) {
			struct taken t = { 0 };

			if (feed(&t, b->text, i) && feed(&t, b->text + i, j - i))
				feed(&t, b->text + j, b->len - j);
			good = good && as_told(b, &t);
		}
	check(good, "%s, however it is split", b->about);
	for (size_t n = 0; b->data && n < b->len - b->rest; n++) {
		struct taken t = { 0 };

		early = early || !feed(&t, b->text, n);
	}
	check(!early, "... not over before its end");
}

/* Feeds `text` again and again: how many times until it is refused. */
static size_t rounds(const char *first, const char *text, size_t most)
{
	struct taken t = { 0 };
	size_t n = 0;

	feed(&t, first, strlen(first));
	while (n < most && feed(&t, text, strlen(text)))
		n++;
	return n;
}

int main(void)
{
	struct taken t = { 0 };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		expect(&bodies[i]);

	check(rounds("1;", "a", 20000) == 16383, "16 KiB of extensions, the semicolon counted");
	check(rounds("1", " ", 20000) == 16384, "16 KiB of white space");
	check(rounds("0\r\n", "A:b\r\n", 20000) == 16384 / 4, "16 KiB of trailers");
	check(rounds("", "1;a\r\nb\r\n", 20000) == 8192, "... over all of the chunks");
	check(rounds("", "1\r\na\r\n", 100000) == 100000, "any number of chunks");
	check(rounds("", "0001\r\na\r\n", 100000) == 100000, "... with zeros in front");

	feed(&t, "ffffffffffffffff\r\nabc", 21);
	check(t.last == HTTP_CHUNK_MORE && t.len == 3 && t.c.left == UINT64_MAX - 3,
	      "the largest size is only a promise");
	t = (struct taken){ 0 };
	feed(&t, "0\r\n\r\n", 5);
	check(!feed(&t, "5\r\n", 3) && t.last == HTTP_CHUNK_DONE && t.used == 5, "over is over");
	t = (struct taken){ 0 };
	feed(&t, "x", 1);
	check(!feed(&t, "0\r\n\r\n", 5) && t.last == HTTP_CHUNK_BAD, "bad stays bad");
	return tap_end();
}
