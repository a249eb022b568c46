/* CBOR, a value at a time. */
#include "tee/cbor.h"

#include "base/utf8.h"

/* The second part of a head's first byte. */
enum { SHORT_MAX = 23, ONE_BYTE = 24, EIGHT_BYTES = 27, KIND_SHIFT = 5, ARGUMENT_MASK = 31 };

/* Simple values. */
enum { CBOR_FALSE = 20, CBOR_NULL = 22 };

/* An argument of 1, 2, 4 or 8 bytes, which a shorter one could not say. */
static uint64_t long_argument(struct reader *r, unsigned int info)
{
	size_t len = (size_t)1 << (info - ONE_BYTE);
	struct span bytes = reader_bytes(r, len);
	uint64_t value = 0, least = len == 1 ? ONE_BYTE : (uint64_t)1 << (4 * len);

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | bytes.p[i];
	if (value < least)
		reader_fail(r);
	return reader_ok(r) ? value : 0;
}

/* A simple value of a byte of its own is above 31 (3.3); what is longer is a float. */
static uint64_t long_simple(struct reader *r, unsigned int info)
{
	if (info > ONE_BYTE)
		reader_bytes(r, (size_t)1 << (info - ONE_BYTE));
	else if (reader_u8(r) <= ARGUMENT_MASK)
		reader_fail(r);
	return UINT64_MAX;
}

/* Any head. */
static uint64_t read_head(struct reader *r, enum cbor_kind *kind)
{
	unsigned int first = reader_u8(r), info = first & ARGUMENT_MASK;

	*kind = (enum cbor_kind)(first >> KIND_SHIFT);
	if (info <= SHORT_MAX)
		return info;
	if (info > EIGHT_BYTES) {
		reader_fail(r);
		return 0;
	}
	return *kind == CBOR_SIMPLE ? long_simple(r, info) : long_argument(r, info);
}

uint64_t cbor_read(struct reader *r, enum cbor_kind kind)
{
	enum cbor_kind found;
	uint64_t value = read_head(r, &found);

	if (found != kind || (kind == CBOR_SIMPLE && (value < CBOR_FALSE || value > CBOR_NULL)))
		reader_fail(r);
	return reader_ok(r) ? value : 0;
}

bool cbor_next_is(const struct reader *r, enum cbor_kind kind)
{
	return reader_left(r) > 0 && r->all.p[r->at] >> KIND_SHIFT == (int)kind;
}

static struct span contents(struct reader *r, uint64_t len)
{
	if (len > reader_left(r)) {
		reader_fail(r);
		return span_of(NULL, 0);
	}
	return reader_bytes(r, (size_t)len);
}

struct span cbor_bytes(struct reader *r)
{
	return contents(r, cbor_read(r, CBOR_BYTES));
}

static struct span text_of(struct reader *r, uint64_t len)
{
	struct span text = contents(r, len);

	if (utf8_ok(text))
		return text;
	reader_fail(r);
	return span_of(NULL, 0);
}

struct span cbor_text(struct reader *r)
{
	return text_of(r, cbor_read(r, CBOR_TEXT));
}

static size_t items(struct reader *r, enum cbor_kind kind)
{
	uint64_t n = cbor_read(r, kind);

	if (n <= CBOR_ITEMS_MAX)
		return (size_t)n;
	reader_fail(r);
	return 0;
}

size_t cbor_array(struct reader *r)
{
	return items(r, CBOR_ARRAY);
}

size_t cbor_map(struct reader *r)
{
	return items(r, CBOR_MAP);
}

/* One value without those in it; how many there are. */
static size_t skip_one(struct reader *r)
{
	enum cbor_kind kind;
	uint64_t value = read_head(r, &kind);

	switch (kind) {
	case CBOR_BYTES:
		contents(r, value);
		return 0;
	case CBOR_TEXT:
		text_of(r, value);
		return 0;
	case CBOR_ARRAY:
	case CBOR_MAP:
		if (value > CBOR_ITEMS_MAX)
			reader_fail(r);
		return reader_ok(r) ? (size_t)value * (kind == CBOR_MAP ? 2 : 1) : 0;
	case CBOR_TAG:
		return 1;
	case CBOR_UNSIGNED:
	case CBOR_NEGATIVE:
	case CBOR_SIMPLE:
		break;
	}
	return 0;
}

struct span cbor_skip(struct reader *r)
{
	size_t left[CBOR_DEPTH_MAX] = { 1 }, depth = 0, before = r->at;

	for (;;) {
		size_t inner;

		while (left[depth] == 0) {
			if (depth == 0)
				return reader_ok(r) ? span_of(r->all.p + before, r->at - before)
				                    : span_of(NULL, 0);
			depth--;
		}
		left[depth]--;
		inner = skip_one(r);
		if (inner > 0 && depth + 1 == CBOR_DEPTH_MAX)
			reader_fail(r);
		if (!reader_ok(r))
			return span_of(NULL, 0);
		if (inner > 0)
			left[++depth] = inner;
	}
}

void cbor_write(struct builder *out, enum cbor_kind kind, uint64_t argument)
{
	unsigned char first = (unsigned char)((unsigned int)kind << KIND_SHIFT);
	unsigned int info = ONE_BYTE;
	size_t len = 1;

	if (argument <= SHORT_MAX) {
		builder_byte(out, (unsigned char)(first | argument));
		return;
	}
	for (; len < 8 && argument >> (8 * len) != 0; len *= 2)
		info++;
	builder_byte(out, (unsigned char)(first | info));
	while (len-- > 0)
		builder_byte(out, (unsigned char)(argument >> (8 * len)));
}

void cbor_write_bytes(struct builder *out, struct span bytes)
{
	cbor_write(out, CBOR_BYTES, bytes.len);
	builder_add(out, bytes);
}

void cbor_write_text(struct builder *out, struct span text)
{
	cbor_write(out, CBOR_TEXT, text.len);
	builder_add(out, text);
}
