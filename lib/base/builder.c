/* Builders: bytes appended to fixed storage, overflow remembered. */
#include "base/builder.h"

#include <string.h>

void builder_init(struct builder *b, void *p, size_t cap)
{
	*b = (struct builder){ .p = p, .cap = cap };
}

bool builder_ok(const struct builder *b)
{
	return !b->overflow;
}

struct span builder_span(const struct builder *b)
{
	return (struct span){ b->p, b->len };
}

unsigned char *builder_take(struct builder *b, size_t len)
{
	unsigned char *at;

	if (b->overflow || len > b->cap - b->len) {
		b->overflow = true;
		return NULL;
	}
	at = b->p + b->len;
	b->len += len;
	return at;
}

void builder_add(struct builder *b, struct span s)
{
	unsigned char *at = builder_take(b, s.len);

	if (at && s.len > 0)
		memcpy(at, s.p, s.len);
}

void builder_str(struct builder *b, const char *s)
{
	builder_add(b, span_str(s));
}

void builder_byte(struct builder *b, unsigned char c)
{
	builder_add(b, span_of(&c, 1));
}

void builder_number(struct builder *b, uint64_t value)
{
	unsigned char text[20];
	size_t at = sizeof text;

	do {
		text[--at] = (unsigned char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	builder_add(b, span_of(text + at, sizeof text - at));
}

void builder_u16be(struct builder *b, uint16_t value)
{
	unsigned char bytes[2] = { (unsigned char)(value >> 8), (unsigned char)value };

	builder_add(b, span_of(bytes, sizeof bytes));
}

void builder_u32be(struct builder *b, uint32_t value)
{
	unsigned char bytes[4] = { (unsigned char)(value >> 24), (unsigned char)(value >> 16),
		                   (unsigned char)(value >> 8), (unsigned char)value };

	builder_add(b, span_of(bytes, sizeof bytes));
}

const char *builder_cstr(struct builder *b)
{
	if (b->overflow || b->len == b->cap)
		return NULL;
	b->p[b->len] = 0;
	return (const char *)b->p;
}
