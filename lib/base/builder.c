/* Builders: bytes appended to fixed storage, overflow remembered. */
#include "base/builder.h"

#include <string.h>








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

void builder_digits(struct builder *b, uint64_t value, size_t n)
{
	unsigned char *at = builder_take(b, n);

	for (; at && n > 0; value /= 10)
		at[--n] = (unsigned char)('0' + value % 10);
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
