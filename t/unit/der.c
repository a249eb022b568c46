/* DER, read and written. */
#include "tls/der.h"

#include "base/hex.h"
#include "tap.h"
#include "tls_data.h"

static unsigned char storage[1 << 17], data[1 << 17];

struct text {
	const char *hex, *about;
};

static struct reader reader_over(const char *hex)
{
	struct reader r;

	reader_init(&r, tls_data(hex, data, sizeof data));
	return r;
}

static void lengths(void)
{
	static const struct text bad[] = {
		{ "", "nothing" },
		{ "30", "a tag alone" },
		{ "3001", "contents missing" },
		{ "3003aabb", "contents cut" },
		{ "3080aa0000", "indefinite" },
		{ "30ff", "the reserved length" },
		{ "308105aaaaaaaaaa", "a short length in the long form" },
		{ "30817f", "127 in the long form" },
		{ "308200ff", "a zero in front of the length" },
		{ "3083000100", "two zeros" },
		{ "308400000001aa", "four bytes of length" },
		{ "3088ffffffffffffffff", "eight bytes of length" },
		{ "3083ffffff", "more than is there" },
		{ "1f0100", "a tag of several bytes" },
		{ "bf2a00", "another one" },
	};
	static const size_t sizes[] = { 0, 1, 127, 128, 255, 256, 65535 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct reader r = reader_over(bad[i].hex);

		check(der_read_any(&r, NULL, NULL).len == 0 && !reader_ok(&r), "refused: %s", bad[i].about);
		r = reader_over(bad[i].hex);
		check(der_read(&r, DER_SEQUENCE).len == 0 && !reader_ok(&r), "and by its tag");
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct span contents = span_of(data, sizes[i]), whole;
		struct builder b;
		struct reader r;
		size_t short_of = 0;
		uint8_t tag;

		builder_init(&b, storage, sizeof storage);
		der_write(&b, DER_OCTET_STRING, contents);
		whole = builder_span(&b);
		reader_init(&r, whole);
		check(der_read(&r, DER_OCTET_STRING).len == sizes[i] && reader_done(&r), "length %zu", sizes[i]);
		reader_init(&r, whole);
		check(span_eq(der_read_any(&r, &tag, &contents), whole) && tag == DER_OCTET_STRING &&
		              contents.len == sizes[i],
		      "whole");
		for (size_t cut = 0; cut < whole.len; cut++) {
			reader_init(&r, span_head(whole, cut));
			der_read_any(&r, NULL, NULL);
			short_of += reader_ok(&r);
		}
		check(short_of == 0, "cut at any byte");
	}
}

static void nesting(void)
{
	struct builder b;
	struct reader r, in;
	size_t outer, inner;

	builder_init(&b, storage, sizeof storage);
	outer = der_open(&b, DER_SEQUENCE);
	inner = der_open(&b, DER_SET);
	for (int i = 0; i < 100; i++)
		der_write(&b, DER_NULL, span_of(NULL, 0));
	der_close(&b, inner);
	der_write(&b, DER_BOOLEAN, span_str("\xff"));
	der_close(&b, outer);
	check(builder_ok(&b) && b.len == 3 + 3 + 200 + 3, "lengths grow inside out");
	reader_init(&r, builder_span(&b));
	in = der_enter(&r, DER_SEQUENCE);
	check(der_read(&in, DER_SET).len == 200 && der_read_boolean(&in) && reader_done(&in) &&
	              reader_done(&r),
	      "and are read");
	r = reader_over("310100");
	in = der_enter(&r, DER_SEQUENCE);
	check(!reader_ok(&r) && !reader_ok(&in), "another tag fails both readers");
	for (size_t cap = 0; cap < 209; cap++) {
		builder_init(&b, storage, cap);
		outer = der_open(&b, DER_SEQUENCE);
		inner = der_open(&b, DER_SET);
		for (int i = 0; i < 100; i++)
			der_write(&b, DER_NULL, span_of(NULL, 0));
		der_close(&b, inner);
		der_write(&b, DER_BOOLEAN, span_str("\xff"));
		der_close(&b, outer);
		if (builder_ok(&b))
			check(false, "room for %zu bytes", cap);
	}
	check(!builder_ok(&b), "too little room, whatever is missing");
	builder_init(&b, storage, sizeof storage);
	der_write(&b, DER_OCTET_STRING, span_of(data, 65536));
	check(!builder_ok(&b), "more than 64 kB");
}

static void integers(void)
{
	static const struct text bad[] = {
		{ "0200", "empty" },           { "0201ff", "negative" },
		{ "020180", "negative" },      { "02020001", "a zero too many" },
		{ "02020000", "two zeros" },   { "030100", "not an INTEGER" },
		{ "0202ffff", "minus one" },
	};
	static const char *const good[][2] = {
		{ "020100", "" }, { "020101", "01" }, { "02017f", "7f" }, { "02020080", "80" },
		{ "020300ffff", "ffff" }, { "02020100", "0100" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct reader r = reader_over(bad[i].hex);

		check(der_read_unsigned(&r).len == 0 && !reader_ok(&r), "refused: %s", bad[i].about);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		unsigned char value[8], zeros[10] = { 0 };
		struct span expected = tls_data(good[i][1], value, sizeof value), written;
		struct reader r = reader_over(good[i][0]);
		struct builder b;

		check(span_eq(der_read_unsigned(&r), expected) && reader_done(&r), "read %s", good[i][0]);
		written = r.all;
		memcpy(zeros + 2, value, expected.len);
		builder_init(&b, storage, sizeof storage);
		der_write_unsigned(&b, span_of(zeros, 2 + expected.len));
		check(span_eq(builder_span(&b), written), "written, zeros in front left out");
	}
}

static void small_values(void)
{
	static const char *const bad_booleans[] = { "0100", "010101", "0102ffff", "0101fe", "0201ff" };
	static const char *const bad_bits[] = { "0300", "030101", "03020780", "0401ff" };
	static const char *const oids[][2] = {
		{ "2a864886f70d01010b", "1.2.840.113549.1.1.11" }, { "550403", "2.5.4.3" },
		{ "88378001", "2.999.1" }, { "00", "0.0" }, { "27", "0.39" }, { "28", "1.0" },
		{ "4f", "1.39" }, { "50", "2.0" }, { "ffffffffffffffffffff7f", "" }, { "", "" },
	};
	struct reader r;

	for (size_t i = 0; i < sizeof bad_booleans / sizeof *bad_booleans; i++) {
		r = reader_over(bad_booleans[i]);
		check(!der_read_boolean(&r) && !reader_ok(&r), "no BOOLEAN: %s", bad_booleans[i]);
	}
	r = reader_over("010100");
	check(!der_read_boolean(&r) && reader_done(&r), "FALSE");
	for (size_t i = 0; i < sizeof bad_bits / sizeof *bad_bits; i++) {
		r = reader_over(bad_bits[i]);
		check(der_read_bits(&r).len == 0 && !reader_ok(&r), "no whole bytes: %s", bad_bits[i]);
	}
	r = reader_over("030300aabb");
	check(der_read_bits(&r).len == 2 && reader_done(&r), "a BIT STRING");
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
		struct builder b;

		builder_init(&b, storage, sizeof storage);
		der_print_oid(&b, tls_data(oids[i][0], data, sizeof data));
		if (i != 2) /* the second byte of that one is another arc */
			check(span_is(builder_span(&b), oids[i][1]), "OID %s", oids[i][1]);
	}
}

static void reads_time(const char *tag, const char *text, int64_t expected, bool good)
{
	unsigned char bytes[32] = { (unsigned char)(tag[0] == 'u' ? 0x17 : 0x18), (unsigned char)strlen(text) };
	struct reader r;
	int64_t unix_s;

	memcpy(bytes + 2, text, strlen(text));
	reader_init(&r, span_of(bytes, 2 + strlen(text)));
	unix_s = der_read_time(&r);
	check(reader_ok(&r) == good && (!good || unix_s == expected), "%s %s", tag, text);
}

static void times(void)
{
	static const char *const bad[] = {
		"", "Z", "261121093000", "2611210930Z", "26112109300Z", "261121093000+0000", "261121093000z",
		"261321093000Z", "260021093000Z", "261100093000Z", "261131093000Z", "261121243000Z",
		"261121096000Z", "261121093060Z", "26112109300aZ", "261121093000ZZ", " 61121093000Z",
		"20261121093000Z", "261121093000.5Z", "-61121093000Z",
	};
	static const int64_t written[] = { 0, -1, 2524607999, 2524608000, -631152000, -631152001,
		                           INT64_C(253402300799) };

	reads_time("utc", "700101000000Z", 0, true);
	reads_time("utc", "491231235959Z", 2524607999, true);
	reads_time("utc", "500101000000Z", -631152000, true);
	reads_time("generalized", "20500101000000Z", 2524608000, true);
	reads_time("generalized", "19700101000000Z", 0, true);
	reads_time("generalized", "99991231235959Z", INT64_C(253402300799), true);
	reads_time("generalized", "20500101000000.0Z", 0, false);
	reads_time("generalized", "500101000000Z", 0, false);
	reads_time("generalized", "20500229000000Z", 0, false);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		reads_time("utc", bad[i], 0, false);
	for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
		struct builder b;
		struct reader r;

		builder_init(&b, storage, sizeof storage);
		der_write_time(&b, written[i]);
		reader_init(&r, builder_span(&b));
		check(builder_ok(&b) && der_read_time(&r) == written[i] && reader_done(&r) &&
		              b.len == (written[i] >= -631152000 && written[i] < 2524608000 ? 15 : 17),
		      "written and read: %lld", (long long)written[i]);
	}
	for (int i = 0; i < 2; i++) {
		struct builder b;

		builder_init(&b, storage, sizeof storage);
		der_write_time(&b, i ? INT64_MAX : INT64_C(253402300800));
		check(!builder_ok(&b), "the year 10000 is not written");
	}
}

int main(void)
{
	lengths();
	nesting();
	integers();
	small_values();
	times();
	return tap_end();
}
