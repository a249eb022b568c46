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
#include <string.h>

#include "base/span.h"

struct builder {
	unsigned char *p;
	size_t len, cap;
	bool overflow;
};

/* Starts over `cap` bytes at `p`, which the caller keeps owning. */
static inline void builder_init(struct builder *b, void *p, size_t cap)
{
	*b = (struct builder){ .p = p, .cap = cap };
}


/* Nothing was lost so far. */
static inline bool builder_ok(const struct builder *b)
{
	return !b->overflow;
}


/* What is written so far; valid until the next call. */
static inline struct span builder_span(const struct builder *b)
{
	return (struct span){ b->p, b->len };
}


/*
 * Room for `len` bytes that the caller fills, already counted as written;
 * NULL on overflow.
 */
static inline unsigned char *builder_take(struct builder *b, size_t len)
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


/* Appends bytes: a span, a C string without its NUL, one byte. */
static inline void builder_add(struct builder *b, struct span s)
{
	unsigned char *at = builder_take(b, s.len);

	if (at && s.len > 0)
		memcpy(at, s.p, s.len);
}

static inline void builder_str(struct builder *b, const char *s)
{
	builder_add(b, span_str(s));
}

static inline void builder_byte(struct builder *b, unsigned char c)
{
	builder_add(b, span_of(&c, 1));
}


/* Appends `value` in decimal, without leading zeros. */
void builder_number(struct builder *b, uint64_t value);

/* Appends the last `n` decimal digits of `value`, zeros in front. */
void builder_digits(struct builder *b, uint64_t value, size_t n);

/* Appends an integer in network order (16 or 32 bits). */
void builder_u16be(struct builder *b, uint16_t value);
void builder_u32be(struct builder *b, uint32_t value);

/*
 * Ends the text with a NUL that is not counted and gives it as a C string;
 * NULL when it overflowed or there is no room for the NUL.
 */
const char *builder_cstr(struct builder *b);

#endif
