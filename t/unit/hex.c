/* Hexadecimal text. */
#include "base/hex.h"

#include "tap.h"

static unsigned char storage[1024];
static struct builder b;

static void decodes(struct span text, struct span bytes, const char *about)
{
	builder_init(&b, storage, sizeof storage);
	check(hex_decode(&b, text) && span_eq(builder_span(&b), bytes), "%s", about);
}

int main(void)
{
	static const char *const bad[] = { "0", "abc", "0g", "g0", "0x00", "00 00", " 0", "0 ",
		                           "0\n", "-1", "/0", "0:", "@0", "`0", "\xef\xbc" };
	unsigned char all[256], text[512];

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (unsigned char)i;
	builder_init(&b, text, sizeof text);
	hex_encode(&b, span_of(all, sizeof all));
	check(builder_ok(&b) && span_starts(builder_span(&b), "000102030405060708090a0b"), "encoded");
	decodes(builder_span(&b), span_of(all, sizeof all), "every byte and back");
	decodes(span_str("DEADbeef"), span_str("\xde\xad\xbe\xef"), "both cases");
	decodes(span_str(""), span_str(""), "nothing");

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		builder_init(&b, storage, sizeof storage);
		check(!hex_decode(&b, span_str(bad[i])), "refused: %zu", i);
	}
	builder_init(&b, storage, sizeof storage);
	check(!hex_decode(&b, span_of("0\0", 2)), "refused: a NUL");

	/* A digit is one of 22 bytes, in either place. */
	for (int place = 0; place < 2; place++) {
		int good = 0;

		for (int i = 0; i < 256; i++) {
			char two[2] = { '0', '0' };

			two[place] = (char)i;
			builder_init(&b, storage, sizeof storage);
			good += hex_decode(&b, span_of(two, 2));
		}
		check(good == 22, "digits in place %d", place);
	}

	builder_init(&b, storage, 3);
	hex_encode(&b, span_str("ab"));
	check(!builder_ok(&b) && builder_span(&b).len == 0, "too little room to encode");
	builder_init(&b, storage, 1);
	check(!hex_decode(&b, span_str("0000")) && !builder_ok(&b), "too little room to decode");
	builder_init(&b, storage, sizeof storage);
	hex_encode(&b, span_of(all, SIZE_MAX));
	check(!builder_ok(&b), "a length that doubles beyond all");
	return tap_end();
}
