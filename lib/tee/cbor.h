/*
 * cbor: the part of CBOR (RFC 8949) that evidence is written in, read strictly and written.
 *
 * Reading: a struct reader over hostile bytes. Heads are the shortest there are (4.2.1), lengths
 * definite; anything else, and what is not of the kind that is asked for, fails the reader for
 * good. Text has to be UTF-8. Floating point and other simple values but false, true
 * and null are passed over and never given out.
 */
#ifndef TEE_CBOR_H
#define TEE_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/reader.h"
#include "base/span.h"

enum {
	CBOR_DEPTH_MAX = 8, /* of what is passed over: values in values */
	CBOR_ITEMS_MAX = 64 /* values of an array, pairs of a map */
};

enum cbor_kind {
	CBOR_UNSIGNED,
	CBOR_NEGATIVE, /* -1 - n */
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_SIMPLE
};

/* The next value's argument, which must be of this kind: a number, a length, a count, a tag. */
uint64_t cbor_read(struct reader *r, enum cbor_kind kind);

/* The next value is there and of this kind; nothing is taken. */
bool cbor_next_is(const struct reader *r, enum cbor_kind kind);

/* The contents of the next value: bytes, text. */
struct span cbor_bytes(struct reader *r);
struct span cbor_text(struct reader *r);

/* How many values follow in the array, or pairs in the map; CBOR_ITEMS_MAX at most. */
size_t cbor_array(struct reader *r);
size_t cbor_map(struct reader *r);

/* The next value, tags included, whole. */
struct span cbor_skip(struct reader *r);

/* Appends the head of a value; bytes and text with their contents. */
void cbor_write(struct builder *out, enum cbor_kind kind, uint64_t argument);
void cbor_write_bytes(struct builder *out, struct span bytes);
void cbor_write_text(struct builder *out, struct span text);

#endif
