/* CBOR: the examples of RFC 8949, appendix A, and what a strict reader refuses. */
#include "tee/cbor.h"

#include "tap.h"
#include "tls_data.h"

static unsigned char data[4096], room[4096];

static struct reader over(const char *hex)
{
	struct reader r;

	reader_init(&r, tls_data(hex, data, sizeof data));
	return r;
}

static void number(const char *hex, enum cbor_kind kind, uint64_t value)
{
	struct reader r = over(hex);
	struct builder b;
	uint64_t got = cbor_read(&r, kind);

	check(reader_done(&r) && got == value, "%s is %llu", hex, (unsigned long long)value);
	builder_init(&b, room, sizeof room);
	cbor_write(&b, kind, value);
	check(span_eq(builder_span(&b), r.all), "and is written so");
}

static void numbers(void)
{
	number("00", CBOR_UNSIGNED, 0);
	number("17", CBOR_UNSIGNED, 23);
	number("1818", CBOR_UNSIGNED, 24);
	number("18ff", CBOR_UNSIGNED, 255);
	number("190100", CBOR_UNSIGNED, 256);
	number("19ffff", CBOR_UNSIGNED, 65535);
	number("1a00010000", CBOR_UNSIGNED, 65536);
	number("1affffffff", CBOR_UNSIGNED, UINT32_MAX);
	number("1b0000000100000000", CBOR_UNSIGNED, 1ULL << 32);
	number("1bffffffffffffffff", CBOR_UNSIGNED, UINT64_MAX);
	number("20", CBOR_NEGATIVE, 0);
	number("3903e7", CBOR_NEGATIVE, 999);
	number("d9ea60", CBOR_TAG, 60000);
	number("f4", CBOR_SIMPLE, 20);
	number("f6", CBOR_SIMPLE, 22);
	number("83", CBOR_ARRAY, 3);
	number("a2", CBOR_MAP, 2);
}

static void contents(void)
{
	struct reader r = over("4401020304");
	unsigned char four[] = { 1, 2, 3, 4 };
	struct builder b;

	check(cbor_next_is(&r, CBOR_BYTES) && !cbor_next_is(&r, CBOR_TEXT) &&
	              span_eq(cbor_bytes(&r), span_of(four, sizeof four)) && reader_done(&r),
	      "bytes");
	check(!cbor_next_is(&r, CBOR_BYTES), "nothing is next at the end");
	r = over("6449455446");
	check(span_is(cbor_text(&r), "IETF") && reader_done(&r), "text");
	r = over("40");
	check(cbor_bytes(&r).len == 0 && reader_done(&r), "no bytes");
	builder_init(&b, room, sizeof room);
	cbor_write_text(&b, span_str("a text of twenty-four char"));
	cbor_write_bytes(&b, span_of(four, sizeof four));
	reader_init(&r, builder_span(&b));
	check(span_is(cbor_text(&r), "a text of twenty-four char") && cbor_bytes(&r).len == 4 && reader_done(&r),
	      "what is written is read");
	builder_init(&b, room, 3);
	cbor_write_bytes(&b, span_of(four, sizeof four));
	check(!builder_ok(&b), "what does not fit is not written");
}

/* Whole values that are passed over. */
static void skips(void)
{
	static const char *const good[] = {
		"00", "3bffffffffffffffff", "43010203", "63e6b0b4", "80", "a0", "8301820203820405",
		"a26161016162820203", "c074323031332d30332d32315432303a30343a30305a", "f5", "f7", "f0", "f8ff",
		"f93c00", "fa47c35000", "fb3ff199999999999a", "d9ea60824100420102",
		"8181818181818101", /* as deep as may be */
	};
	static const char *const bad[] = {
		"", "18", "1800", "1817", "1900ff", "190018", "1a0000ffff", "1b00000000ffffffff", /* not the shortest */
		"1c", "1d", "1e", "1f", "3f", "5f42010243030405ff", "7f657374726561ff", "9fff", "bfff", "ff", "df",
		"f818", "f800", "f81f", "f9", "f93c", "fa0000",           /* simple values, floats cut short */
		"44010203", "4b", "64494554", "5affffffff", "5bffffffffffffffff", "62c328", "61ff", /* contents */
		"81", "8201", "a1", "a101", "a2010203", "c0", "d9ea60",    /* what should follow */
		"9841", "b841", "9affffffff", "bbffffffffffffffff",       /* too many */
		"818181818181818101", "c1c1c1c1c1c1c1c101",               /* too deep */
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct reader r = over(good[i]);
		struct span whole = cbor_skip(&r);

		check(reader_done(&r) && span_eq(whole, r.all), "passed over: %s", good[i]);
		for (size_t n = 0; n < r.all.len; n++) {
			struct reader cut;

			reader_init(&cut, span_head(r.all, n));
			cbor_skip(&cut);
			if (reader_ok(&cut))
				check(false, "cut at %zu", n);
		}
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct reader r = over(bad[i]);

		check(cbor_skip(&r).len == 0 && !reader_ok(&r), "refused: %s", *bad[i] ? bad[i] : "nothing");
	}
}

/* One kind is not taken for another. */
static void kinds(void)
{
	static const char *const one[] = { "00", "20", "40", "60", "80", "a0", "c0", "f4" };

	for (size_t i = 0; i < 8; i++) {
		for (int kind = CBOR_UNSIGNED; kind <= CBOR_SIMPLE; kind++) {
			struct reader r = over(one[i]);

			cbor_read(&r, (enum cbor_kind)kind);
			if (reader_ok(&r) != ((int)i == kind))
				check(false, "%s read as kind %d", one[i], kind);
		}
	}
	for (int v = 0xe0; v < 0x100; v++) {
		struct reader r;
		unsigned char byte = (unsigned char)v;

		reader_init(&r, span_of(&byte, 1));
		cbor_read(&r, CBOR_SIMPLE);
		if (reader_ok(&r) != (v >= 0xf4 && v <= 0xf6))
			check(false, "simple value %02x", (unsigned int)v);
	}
	check(true, "each kind is read as that alone");
}

int main(void)
{
	numbers();
	contents();
	skips();
	kinds();
	return tap_end();
}
