/* Base64 in both alphabets, against RFC 4648 and by exhaustion. */
#include "base/base64.h"

#include <string.h>

#include "tap.h"

static unsigned char storage[1024];
static struct builder b;

static bool standard(const char *text)
{
	builder_init(&b, storage, sizeof storage);
	return base64_decode(&b, span_str(text));
}

static bool url(const char *text)
{
	builder_init(&b, storage, sizeof storage);
	return base64_url_decode(&b, span_str(text));
}

/* RFC 4648, section 10, and what uses the last digits of either alphabet. */
static void vectors(void)
{
	static const struct {
		const char *bytes, *standard, *url;
	} cases[] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xff\xef\xbe", "/+++", "_---" },
		{ "\xfb\xff", "+/8=", "-_8" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span bytes = span_str(cases[i].bytes);

		builder_init(&b, storage, sizeof storage);
		base64_encode(&b, bytes);
		check(span_is(builder_span(&b), cases[i].standard), "encoded %s", cases[i].standard);
		builder_init(&b, storage, sizeof storage);
		base64_url_encode(&b, bytes);
		check(span_is(builder_span(&b), cases[i].url), "encoded %s", cases[i].url);
		check(standard(cases[i].standard) && span_eq(builder_span(&b), bytes), "and back");
		check(url(cases[i].url) && span_eq(builder_span(&b), bytes), "and back");
	}
}

static void malformed(void)
{
	static const char *const both[] = { "A", "AAAAA", "AA AA==", "AAA\n", "=", "==", "===", "====",
		                            "A===", "AA=A", "=AAA", "AAAA=", "AAAA====", "AA==AA==",
		                            "AB==", "AAB=", "Zh==", "Zm9=", "A*==", "AAA\x80", "AAA~" };

	for (size_t i = 0; i < sizeof both / sizeof *both; i++)
		check(!standard(both[i]) && !url(both[i]), "refused by both: %zu", i);
	check(!standard("Zg") && !standard("Zm8") && !standard("Zm9vYg"), "padding is wanted");
	check(!url("Zg==") && !url("Zm8="), "padding is refused");
	check(!standard("_---") && !url("/+++"), "the other alphabet");
	check(!url("Zh") && !url("Zm9"), "bits behind the last byte");
	builder_init(&b, storage, sizeof storage);
	check(!base64_decode(&b, span_of("AAA\0", 4)), "a NUL");
}

/* One value has one spelling: of 64^2 pairs of digits 256 are a byte. */
static void spellings(void)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	int good = 0, digit = 0;
	bool back = true;

	for (int i = 0; i < 256; i++) {
		digit += base64_url_digit((unsigned char)i);
		for (int k = 0; k < 256; k++) {
			char two[3] = { (char)i, (char)k, 0 };
			unsigned char again[4];
			struct builder text;

			if (i == 0 || k == 0 || !url(two))
				continue;
			good++;
			builder_init(&text, again, sizeof again);
			base64_url_encode(&text, builder_span(&b));
			back = back && span_is(builder_span(&text), two);
		}
	}
	check(good == 256 && back, "a byte has one spelling (%d)", good);
	for (size_t i = 0; i < strlen(digits); i++)
		digit -= base64_url_digit((unsigned char)digits[i]);
	check(digit == 0, "64 digits and no other");
}

static void room(void)
{
	builder_init(&b, storage, 2);
	check(!base64_url_decode(&b, span_str("Zm9v")), "too little room to decode");
	builder_init(&b, storage, 7);
	base64_encode(&b, span_str("foob"));
	check(!builder_ok(&b), "too little room to encode");
	builder_init(&b, storage, 4);
	builder_str(&b, "x");
	check(base64_url_decode(&b, span_str("Zm9v")) && span_is(builder_span(&b), "xfoo"),
	      "appended");
}

int main(void)
{
	vectors();
	malformed();
	spellings();
	room();
	return tap_end();
}
