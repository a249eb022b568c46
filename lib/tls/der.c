/* DER: values taken off hostile bytes, values written into a builder. */
#include "tls/der.h"

#include "base/ascii.h"
#include "base/utc.h"

/* Tags above 30 take more bytes (X.690, 8.1.2.4). Nothing we read has one. */
enum { TAG_LONG = 0x1f };

/* A length (X.690, 10.1): the shortest form, at most three bytes of it. */
static size_t read_length(struct reader *r)
{
	uint8_t first = reader_u8(r);
	size_t len = 0;
	int n = first & 0x7f;

	if (first < 0x80)
		return first;
	if (n < 1 || n > 3)
		reader_fail(r);
	for (int i = 0; i < n && reader_ok(r); i++)
		len = len << 8 | reader_u8(r);
	if (len < 0x80 || (n > 1 && len >> (8 * (n - 1)) == 0))
		reader_fail(r);
	return len;
}

struct span der_read_any(struct reader *r, uint8_t *tag, struct span *contents)
{
	size_t start = r->at;
	uint8_t t = reader_u8(r);
	struct span inside;

	if ((t & TAG_LONG) == TAG_LONG)
		reader_fail(r);
	inside = reader_bytes(r, read_length(r));
	if (tag)
		*tag = reader_ok(r) ? t : 0;
	if (contents)
		*contents = inside;
	if (!reader_ok(r))
		return span_of(NULL, 0);
	return span_head(span_from(r->all, start), r->at - start);
}

bool der_next_is(const struct reader *r, uint8_t tag)
{
	return reader_left(r) > 0 && r->all.p[r->at] == tag;
}

struct span der_read(struct reader *r, uint8_t tag)
{
	struct span contents;

	if (!der_next_is(r, tag))
		reader_fail(r);
	der_read_any(r, NULL, &contents);
	return contents;
}

struct reader der_enter(struct reader *r, uint8_t tag)
{
	struct reader inside;

	reader_init(&inside, der_read(r, tag));
	if (!reader_ok(r))
		reader_fail(&inside);
	return inside;
}

/* The mark is where the length is: one byte until it is known to need more. */
size_t der_open(struct builder *out, uint8_t tag)
{
	builder_byte(out, tag);
	builder_byte(out, 0);
	return out->len - 1;
}

void der_close(struct builder *out, size_t mark)
{
	size_t len, more;

	if (!builder_ok(out))
		return;
	len = out->len - mark - 1;
	more = len < 0x80 ? 0 : len < 0x100 ? 1 : 2;
	if (len > 0xffff || !builder_take(out, more)) {
		out->overflow = true;
		return;
	}
	memmove(out->p + mark + 1 + more, out->p + mark + 1, len);
	out->p[mark] = (unsigned char)(more ? 0x80 + more : len);
	for (size_t i = more; i > 0; i--, len >>= 8)
		out->p[mark + i] = (unsigned char)len;
}

void der_write(struct builder *out, uint8_t tag, struct span contents)
{
	size_t mark = der_open(out, tag);

	builder_add(out, contents);
	der_close(out, mark);
}

void der_write_unsigned(struct builder *out, struct span big_endian)
{
	size_t mark = der_open(out, DER_INTEGER);

	while (big_endian.len > 0 && big_endian.p[0] == 0)
		big_endian = span_from(big_endian, 1);
	if (big_endian.len == 0 || big_endian.p[0] & 0x80)
		builder_byte(out, 0);
	builder_add(out, big_endian);
	der_close(out, mark);
}

struct span der_read_unsigned(struct reader *r)
{
	struct span s = der_read(r, DER_INTEGER);

	if (s.len == 0 || s.p[0] & 0x80 || (s.len > 1 && s.p[0] == 0 && !(s.p[1] & 0x80)))
		reader_fail(r);
	if (!reader_ok(r))
		return span_of(NULL, 0);
	return s.p[0] == 0 ? span_from(s, 1) : s;
}

struct span der_read_bits(struct reader *r)
{
	struct span s = der_read(r, DER_BIT_STRING);

	if (s.len == 0 || s.p[0] != 0)
		reader_fail(r);
	return reader_ok(r) ? span_from(s, 1) : span_of(NULL, 0);
}

bool der_read_boolean(struct reader *r)
{
	struct span s = der_read(r, DER_BOOLEAN);

	if (s.len != 1 || (s.p[0] != 0 && s.p[0] != 0xff))
		reader_fail(r);
	return reader_ok(r) && s.p[0] != 0;
}

/* Years from 1950 to 2049 are those of UTCTime. */
enum { UTC_TIME = 0x17, GENERALIZED_TIME = 0x18, UTC_FIRST = 1950, UTC_END = 2050 };

void der_write_time(struct builder *out, int64_t unix_s)
{
	struct utc when;
	bool two;
	size_t mark;

	if (!utc_split(&when, unix_s)) {
		out->overflow = true;
		return;
	}
	two = when.year >= UTC_FIRST && when.year < UTC_END;
	mark = der_open(out, two ? UTC_TIME : GENERALIZED_TIME);
	builder_digits(out, (uint64_t)when.year, two ? 2 : 4);
	builder_digits(out, (uint64_t)when.month, 2);
	builder_digits(out, (uint64_t)when.day, 2);
	builder_digits(out, (uint64_t)when.hour, 2);
	builder_digits(out, (uint64_t)when.minute, 2);
	builder_digits(out, (uint64_t)when.second, 2);
	builder_byte(out, 'Z');
	der_close(out, mark);
}

/* The number that the next `n` digits spell. */
static int number(struct reader *r, size_t n)
{
	struct span s = reader_bytes(r, n);
	int value = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_digit(s.p[i]))
			reader_fail(r);
		else
			value = value * 10 + (s.p[i] - '0');
	}
	return value;
}

int64_t der_read_time(struct reader *r)
{
	bool two = der_next_is(r, UTC_TIME);
	struct reader in = der_enter(r, two ? UTC_TIME : GENERALIZED_TIME);
	struct utc when = { .year = number(&in, two ? 2 : 4) };
	int64_t unix_s;

	if (two)
		when.year += when.year < UTC_END - 2000 ? 2000 : 1900;
	when.month = number(&in, 2);
	when.day = number(&in, 2);
	when.hour = number(&in, 2);
	when.minute = number(&in, 2);
	when.second = number(&in, 2);
	if (reader_u8(&in) == 'Z' && reader_done(&in) && utc_join(&when, &unix_s))
		return unix_s;
	reader_fail(r);
	return 0;
}

void der_print_oid(struct builder *out, struct span oid)
{
	uint64_t arc = 0;
	bool first = true;

	for (size_t i = 0; i < oid.len; i++) {
		if (arc >> 57)
			break;
		arc = arc << 7 | (oid.p[i] & 0x7f);
		if (oid.p[i] & 0x80)
			continue;
		if (first) {
			uint64_t top = arc < 80 ? arc / 40 : 2;

			builder_number(out, top);
			arc -= top * 40;
		}
		builder_byte(out, '.');
		builder_number(out, arc);
		first = false;
		arc = 0;
	}
}
