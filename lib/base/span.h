/*
 * span: a run of bytes somebody else owns.
 *
 * Parsers take and return spans: nothing is copied, nothing is terminated by
 * a NUL, and a NUL inside is a byte like any other. A span is valid as long
 * as the storage it points into; `p` may be NULL only when `len` is 0.
 * Comparison is exact unless the name says otherwise, and never depends on
 * the locale.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const unsigned char *p;
	size_t len;
};

/* A span over `len` bytes at `p`. */
static inline struct span span_of(const void *p, size_t len)
{
	return (struct span){ p, len };
}


/* A span over the C string `s` without its NUL; NULL gives an empty span. */
static inline struct span span_str(const char *s)
{
	return (struct span){ (const unsigned char *)s, s ? strlen(s) : 0 };
}


/* The bytes of `s` from offset `at` to its end; empty when `at` is beyond it. */
static inline struct span span_from(struct span s, size_t at)
{
	if (at >= s.len)
		return (struct span){ s.p ? s.p + s.len : NULL, 0 };
	return (struct span){ s.p + at, s.len - at };
}


/* The first `len` bytes of `s`, or all of it when it is shorter. */
static inline struct span span_head(struct span s, size_t len)
{
	return (struct span){ s.p, len < s.len ? len : s.len };
}


/* Equal in length and in every byte. */
static inline bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}


/* Equal to the C string `s`. */
static inline bool span_is(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}


/* Equal to the C string `s` when ASCII letters are compared without case. */
bool span_is_nocase(struct span a, const char *s);

/* Begins with the C string `s`. */
static inline bool span_starts(struct span a, const char *s)
{
	size_t len = strlen(s);

	return a.len >= len && (len == 0 || memcmp(a.p, s, len) == 0);
}


/* Offset of the first byte `c`, or `a.len` when there is none. */
size_t span_find(struct span a, unsigned char c);

/*
 * Takes the text before the first `separator` off the front of `*rest`, and
 * the separator with it. False when `*rest` was used up: the empty text after
 * a final separator is a field too. Before the first call, `rest->p` must not
 * be NULL.
 */
bool span_split(struct span *rest, unsigned char separator, struct span *field);

/* `a` without the spaces and tabs at its ends (RFC 9110, section 5.6.3: OWS). */
struct span span_trim(struct span a);

/*
 * The one parser of decimal numbers: one or more digits and nothing else, no
 * sign, no space; leading zeros are allowed. False when the text is anything
 * else or the value is above `max`; `*value` is then left alone.
 */
bool span_number(struct span a, uint64_t max, uint64_t *value);

#endif
