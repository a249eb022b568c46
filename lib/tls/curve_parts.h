/*
 * curve_parts: what the files of curve share.
 *
 * Numbers are as GMP has them: limbs, the lowest first, c->limbs of them.
 */
#ifndef TLS_CURVE_PARTS_H
#define TLS_CURVE_PARTS_H

#include <gmp.h>
#include <nettle/ecc.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CURVE_BYTES_MAX = 48, /* of a coordinate, a scalar: P-384 */
	CURVE_LIMBS_MAX = CURVE_BYTES_MAX / sizeof(mp_limb_t)
};

/* A curve over a prime field. Its numbers are big-endian. */
struct curve {
	int number; /* BearSSL's, which is TLS's */
	size_t len; /* bytes of a coordinate and of a scalar */
	mp_size_t limbs;
	const struct ecc_curve *(*ecc)(void);
	const unsigned char *prime;
	const unsigned char *b; /* of y^2 = x^3 - 3 x + b */
	const unsigned char *order;
	const unsigned char *generator; /* 04 || x || y */
};

/* NULL: none of ours. */
const struct curve *curve_find(int number);

/* Bytes of an encoded point. */
static inline size_t curve_point_len(const struct curve *c)
{
	return 1 + 2 * c->len;
}

/* Big-endian bytes into limbs and back: `len` bytes at most fill them, or exactly. */
void curve_limbs_read(const struct curve *c, mp_limb_t *to, const unsigned char *bytes, size_t len);
void curve_limbs_write(const struct curve *c, unsigned char *to, const mp_limb_t *from);

/*
 * A number from big-endian bytes. Whether 0 < number < order is all that its
 * value has an influence on.
 */
bool curve_scalar_read(const struct curve *c, mp_limb_t *to, const unsigned char *bytes,
                       size_t len);

/*
 * Points and scalars of nettle's. Its own functions that make them bring GMP's
 * for numbers of any size; this storage is gone at curve_memory_close().
 */
void curve_point_init(const struct curve *c, struct ecc_point *to);
void curve_scalar_init(const struct curve *c, struct ecc_scalar *to);

/* A point from its encoding; false: not one of the curve's. */
bool curve_point_read(const struct curve *c, struct ecc_point *to, const unsigned char *bytes,
                      size_t len);
void curve_point_write(const struct curve *c, unsigned char *to, const struct ecc_point *from);

/* Whether these coordinates are a point's. */
bool curve_point_on(const struct curve *c, const mp_limb_t *x, const mp_limb_t *y);

/* a + b, in `a`. False: the sum is infinity. */
bool curve_point_add(const struct curve *c, struct ecc_point *a, const struct ecc_point *b);

/*
 * Lends GMP, and so nettle, storage: what they allocate between the two comes
 * from there and is gone and wiped after the second. curve_memory_take() takes
 * from it directly. Not nested.
 */
void curve_memory_open(void);
mp_limb_t *curve_memory_take(mp_size_t limbs);
void curve_memory_close(void);

#endif
