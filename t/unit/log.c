/* Hostile bytes in a log line. */
#include "base/log.h"

#include <string.h>

#include "tap.h"

static unsigned char storage[2048];
static struct builder b;

static void hostile(struct span bytes, size_t cap, const char *text)
{
	builder_init(&b, storage, sizeof storage);
	log_hostile(&b, bytes, cap);
	check(builder_ok(&b) && span_is(builder_span(&b), text), "%s", text);
}

static void field(struct span bytes, size_t cap, const char *text)
{
	builder_init(&b, storage, sizeof storage);
	log_field(&b, bytes, cap);
	check(builder_ok(&b) && span_is(builder_span(&b), text), "%s", text);
}

int main(void)
{
	unsigned char all[256];
	size_t plain = 0;

	hostile(span_str("plain text"), 99, "plain text");
	hostile(span_str(""), 99, "");
	hostile(span_of(NULL, 0), 99, "");
	hostile(span_str("a\nb\r\tc"), 99, "a\\x0ab\\x0d\\x09c");
	hostile(span_of("\0\0", 2), 99, "\\x00\\x00");
	hostile(span_str("\x1b[2J"), 99, "\\x1b[2J");
	hostile(span_str("\x7f\x80\xff"), 99, "\\x7f\\x80\\xff");
	hostile(span_str("\\x0a"), 99, "\\x5cx0a");
	hostile(span_str("abcdef"), 6, "abcdef");
	hostile(span_str("abcdef"), 5, "abcde...");
	hostile(span_str("\n\n\n"), 2, "\\x0a\\x0a...");
	hostile(span_str("abc"), 0, "...");
	field(span_str("a b"), 99, "a\\x20b");
	field(span_str(" "), 99, "\\x20");
	field(span_str(""), 99, "-");
	field(span_of(NULL, 0), 99, "-");
	field(span_str("abc"), 2, "ab...");

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (unsigned char)i;
	builder_init(&b, storage, sizeof storage);
	log_hostile(&b, span_of(all, sizeof all), sizeof all);
	for (size_t i = 0; i < builder_span(&b).len; i++)
		plain += storage[i] >= ' ' && storage[i] < 0x7f;
	check(plain == builder_span(&b).len && plain == 94 + 4 * (256 - 94),
	      "of all bytes 94 stay, and nothing but visible ASCII and spaces comes out");

	builder_init(&b, storage, 5);
	log_hostile(&b, span_str("ab\n"), 99);
	check(!builder_ok(&b), "too little room");
	return tap_end();
}
