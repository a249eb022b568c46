/*
 * builder: writes bytes into storage of a fixed size that the caller owns.
 *
 * Once something does not fit, the builder overflows: nothing of that piece
 * is written, everything after it is ignored, and builder_ok() says false for
 * ever. So a message is built without looking, and checked once at the end.
 */
#ifndef BASE_BUILDER_H
#define BASE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct builder {
	unsigned char *p;
	size_t len, cap;
	bool overflow;
};

/* Starts over `cap` bytes at `p`, which the caller keeps owning. */
void builder_init(struct builder *b, void *p, size_t cap);

/* Nothing was lost so far. */
bool builder_ok(const struct builder *b);

/* What is written so far; valid until the next call. */
struct span builder_span(const struct builder *b);

/*
 * Room for `len` bytes that the caller fills, already counted as written;
 * NULL on overflow.
 */
unsigned char *builder_take(struct builder *b, size_t len);

/* Appends bytes: a span, a C string without its NUL, one byte. */
void builder_add(struct builder *b, struct span s);
void builder_str(struct builder *b, const char *s);
void builder_byte(struct builder *b, unsigned char c);

/* Appends `value` in decimal, without leading zeros. */
void builder_number(struct builder *b, uint64_t value);

/* Appends an integer in network order (16 or 32 bits). */
void builder_u16be(struct builder *b, uint16_t value);
void builder_u32be(struct builder *b, uint32_t value);

/*
 * Ends the text with a NUL that is not counted and gives it as a C string;
 * NULL when it overflowed or there is no room for the NUL.
 */
const char *builder_cstr(struct builder *b);

#endif
