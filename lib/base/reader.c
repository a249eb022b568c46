/* Readers: binary fields off hostile bytes, failure remembered. */
#include "base/reader.h"

void reader_init(struct reader *r, struct span bytes)
{
	*r = (struct reader){ .all = bytes };
}

bool reader_ok(const struct reader *r)
{
	return !r->failed;
}

bool reader_done(const struct reader *r)
{
	return !r->failed && r->at == r->all.len;
}

size_t reader_left(const struct reader *r)
{
	return r->failed ? 0 : r->all.len - r->at;
}

void reader_fail(struct reader *r)
{
	r->failed = true;
}

struct span reader_bytes(struct reader *r, size_t len)
{
	struct span s;

	if (r->failed || len > r->all.len - r->at) {
		r->failed = true;
		return (struct span){ NULL, 0 };
	}
	s = span_head(span_from(r->all, r->at), len);
	r->at += len;
	return s;
}

uint8_t reader_u8(struct reader *r)
{
	struct span s = reader_bytes(r, 1);

	return s.len == 1 ? s.p[0] : 0;
}

uint16_t reader_u16be(struct reader *r)
{
	struct span s = reader_bytes(r, 2);

	if (s.len != 2)
		return 0;
	return (uint16_t)(s.p[0] << 8 | s.p[1]);
}

uint32_t reader_u32be(struct reader *r)
{
	struct span s = reader_bytes(r, 4);

	if (s.len != 4)
		return 0;
	return (uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 | (uint32_t)s.p[2] << 8 | s.p[3];
}

uint16_t reader_u16le(struct reader *r)
{
	return __builtin_bswap16(reader_u16be(r));
}

uint32_t reader_u32le(struct reader *r)
{
	return __builtin_bswap32(reader_u32be(r));
}
