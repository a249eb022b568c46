/* Builders: what is written, and that overflow stays. */
#include "base/builder.h"

#include <string.h>

#include "tap.h"

static unsigned char storage[16];
static struct builder b;

static void start(size_t cap)
{
	memset(storage, '#', sizeof storage);
	builder_init(&b, storage, cap);
}

/* It holds `text`, and nothing behind it was touched. */
static bool holds(const char *text, size_t len)
{
	for (size_t i = len; i < sizeof storage; i++)
		if (storage[i] != '#')
			return false;
	return span_eq(builder_span(&b), span_of(text, len));
}

static void writing(void)
{
	start(16);
	check(builder_ok(&b) && holds("", 0), "empty");
	builder_str(&b, "ab");
	builder_byte(&b, 0xff);
	builder_add(&b, span_of("\0c", 2));
	builder_add(&b, span_of(NULL, 0));
	check(builder_ok(&b) && holds("ab\xff\0c", 5), "pieces in a row");

	start(6);
	builder_u16be(&b, 0x0102);
	builder_u32be(&b, 0x83848586);
	check(builder_ok(&b) && holds("\x01\x02\x83\x84\x85\x86", 6), "network order");
}

static void overflow(void)
{
	start(4);
	builder_str(&b, "abcd");
	check(builder_ok(&b) && holds("abcd", 4), "full is not over");
	builder_str(&b, "");
	check(builder_ok(&b), "nothing fits always");
	builder_byte(&b, 'e');
	check(!builder_ok(&b) && holds("abcd", 4), "one more is over");

	start(4);
	builder_str(&b, "abc");
	builder_str(&b, "de");
	check(!builder_ok(&b) && holds("abc", 3), "nothing of a piece that does not fit");
	builder_byte(&b, 'd');
	builder_str(&b, "");
	check(!builder_ok(&b) && holds("abc", 3), "nothing after it either");

	start(3);
	builder_u32be(&b, 1);
	check(!builder_ok(&b) && holds("", 0), "no half of an integer");

	start(4);
	check(!builder_take(&b, SIZE_MAX) && !builder_ok(&b), "no room for all there is");
	start(4);
	builder_byte(&b, 'a');
	check(!builder_take(&b, SIZE_MAX) && !builder_ok(&b), "... nor after a byte");
	start(4);
	builder_byte(&b, 'a');
	check(builder_take(&b, 3) == storage + 1 && builder_span(&b).len == 4, "room taken");

	builder_init(&b, NULL, 0);
	builder_str(&b, "");
	builder_number(&b, 0);
	check(!builder_ok(&b) && builder_span(&b).len == 0, "no storage");
}

static void numbers(void)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = { { 0, "0" }, { 9, "9" }, { 10, "10" }, { 65535, "65535" } };
	unsigned char wide[20];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(16);
		builder_number(&b, cases[i].value);
		check(holds(cases[i].text, strlen(cases[i].text)), "number %s", cases[i].text);
	}
	builder_init(&b, wide, sizeof wide);
	builder_number(&b, UINT64_MAX);
	check(builder_ok(&b) && span_is(builder_span(&b), "18446744073709551615"), "the largest");
	builder_init(&b, wide, sizeof wide - 1);
	builder_number(&b, UINT64_MAX);
	check(!builder_ok(&b) && builder_span(&b).len == 0, "the largest in too little");
	builder_init(&b, wide, sizeof wide);
	builder_digits(&b, 7, 2);
	builder_digits(&b, 2026, 4);
	builder_digits(&b, 1234, 2);
	builder_digits(&b, 5, 0);
	check(builder_ok(&b) && span_is(builder_span(&b), "07202634"), "so many digits, no more and no less");
	builder_init(&b, wide, 3);
	builder_digits(&b, 1, 4);
	check(!builder_ok(&b) && builder_span(&b).len == 0, "digits in too little");
}

static void strings(void)
{
	start(4);
	builder_str(&b, "abc");
	check(strcmp(builder_cstr(&b), "abc") == 0 && b.len == 3, "ended, the NUL not counted");
	builder_byte(&b, 'd');
	check(!builder_cstr(&b) && builder_ok(&b) && holds("abcd", 4), "no room for a NUL");
	builder_byte(&b, 'e');
	check(!builder_cstr(&b), "none after overflow");
	builder_init(&b, storage, 0);
	check(!builder_cstr(&b), "none without storage");
}

int main(void)
{
	writing();
	overflow();
	numbers();
	strings();
	return tap_end();
}
