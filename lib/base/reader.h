/*
 * reader: takes binary fields off the front of hostile bytes.
 *
 * Reading past the end fails the reader for good: that read and every later
 * one gives zero or an empty span. So a structure is read without looking,
 * and reader_ok() or reader_done() is asked once at the end. Lengths that
 * come out of the bytes may be handed back in: a length too large fails.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct reader {
	struct span all;
	size_t at;
	bool failed;
};

/* Starts at the first byte of `bytes`, which must outlive the reader. */
void reader_init(struct reader *r, struct span bytes);

/* Nothing was read past the end so far. */
bool reader_ok(const struct reader *r);

/* Nothing was read past the end, and nothing is left. */
bool reader_done(const struct reader *r);

/* How many bytes are left; 0 once failed. */
size_t reader_left(const struct reader *r);

/* Fails the reader: for a caller that found a value it must refuse. */
void reader_fail(struct reader *r);

/* The next `len` bytes, in place. */
struct span reader_bytes(struct reader *r, size_t len);

/* The next unsigned integer: network order (be) or Intel's (le). */
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint32_t reader_u32be(struct reader *r);
uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32le(struct reader *r);

#endif
