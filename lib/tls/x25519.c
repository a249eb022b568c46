/* X25519: Montgomery's ladder, over numbers modulo 2^255 - 19 in five limbs of 51 bits. */
#include "tls/x25519.h"

#include <stdint.h>
#include <string.h>

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 wide;

enum { LIMBS = 5, BITS = 51 };
#define MASK (((uint64_t)1 << BITS) - 1)

/*
 * A number is the sum of limb[i] * 2^(51 i). Products leave limbs below 2^51 + 2^15; a sum of two
 * such, or a difference, has limbs below 2^53, and products take those.
 */
struct number {
	uint64_t limb[LIMBS];
};

/* In the ladder's step, where calls would take as long again as what is called. */
#define INLINE __attribute__((always_inline)) inline

INLINE static struct number add(const struct number *a, const struct number *b)
{
	struct number sum;

	for (int i = 0; i < LIMBS; i++)
		sum.limb[i] = a->limb[i] + b->limb[i];
	return sum;
}

/* Twice the modulus is added first, so that no limb is negative: `b` is a product. */
INLINE static struct number subtract(const struct number *a, const struct number *b)
{
	struct number difference;

	difference.limb[0] = a->limb[0] + 2 * (MASK - 18) - b->limb[0];
	for (int i = 1; i < LIMBS; i++)
		difference.limb[i] = a->limb[i] + 2 * MASK - b->limb[i];
	return difference;
}

/* What is above 2^255 comes back nineteen times at the bottom. */
INLINE static struct number carry(wide c0, wide c1, wide c2, wide c3, wide c4)
{
	struct number n;
	uint64_t top;

	c1 += (uint64_t)(c0 >> BITS);
	c2 += (uint64_t)(c1 >> BITS);
	c3 += (uint64_t)(c2 >> BITS);
	c4 += (uint64_t)(c3 >> BITS);
	top = (uint64_t)(c4 >> BITS);
	n.limb[0] = ((uint64_t)c0 & MASK) + 19 * top;
	n.limb[1] = ((uint64_t)c1 & MASK) + (n.limb[0] >> BITS);
	n.limb[0] &= MASK;
	n.limb[2] = (uint64_t)c2 & MASK;
	n.limb[3] = (uint64_t)c3 & MASK;
	n.limb[4] = (uint64_t)c4 & MASK;
	return n;
}

INLINE static struct number multiply(const struct number *x, const struct number *y)
{
	uint64_t a0 = x->limb[0], a1 = x->limb[1], a2 = x->limb[2], a3 = x->limb[3], a4 = x->limb[4];
	uint64_t b0 = y->limb[0], b1 = y->limb[1], b2 = y->limb[2], b3 = y->limb[3], b4 = y->limb[4];
	uint64_t t1 = 19 * a1, t2 = 19 * a2, t3 = 19 * a3, t4 = 19 * a4;

	return carry((wide)a0 * b0 + (wide)t1 * b4 + (wide)t2 * b3 + (wide)t3 * b2 + (wide)t4 * b1,
	             (wide)a0 * b1 + (wide)a1 * b0 + (wide)t2 * b4 + (wide)t3 * b3 + (wide)t4 * b2,
	             (wide)a0 * b2 + (wide)a1 * b1 + (wide)a2 * b0 + (wide)t3 * b4 + (wide)t4 * b3,
	             (wide)a0 * b3 + (wide)a1 * b2 + (wide)a2 * b1 + (wide)a3 * b0 + (wide)t4 * b4,
	             (wide)a0 * b4 + (wide)a1 * b3 + (wide)a2 * b2 + (wide)a3 * b1 + (wide)a4 * b0);
}

INLINE static struct number square(const struct number *x)
{
	uint64_t a0 = x->limb[0], a1 = x->limb[1], a2 = x->limb[2], a3 = x->limb[3], a4 = x->limb[4];
	uint64_t d0 = 2 * a0, d1 = 2 * a1, t3 = 19 * a3, t4 = 19 * a4;

	return carry((wide)a0 * a0 + (wide)d1 * t4 + (wide)(2 * a2) * t3,
	             (wide)d0 * a1 + (wide)(2 * a2) * t4 + (wide)a3 * t3,
	             (wide)d0 * a2 + (wide)a1 * a1 + (wide)(2 * a3) * t4,
	             (wide)d0 * a3 + (wide)d1 * a2 + (wide)a4 * t4,
	             (wide)d0 * a4 + (wide)d1 * a3 + (wide)a2 * a2);
}

/* Of the curve: (486662 - 2) / 4. */
INLINE static struct number multiply_a24(const struct number *x)
{
	const uint64_t *a = x->limb;
	const wide a24 = 121665;

	return carry(a24 * a[0], a24 * a[1], a24 * a[2], a24 * a[3], a24 * a[4]);
}

/* The same, called. */
__attribute__((noinline)) static struct number product(const struct number *x, const struct number *y)
{
	return multiply(x, y);
}

__attribute__((noinline)) static struct number square_times(struct number x, int n)
{
	while (n-- > 0)
		x = square(&x);
	return x;
}

/* To the power of 2^255 - 21; 0 for 0. */
static struct number invert(const struct number *x)
{
	struct number two = square_times(*x, 1), nine = square_times(two, 2), eleven, a, b, c;

	nine = product(&nine, x);
	eleven = product(&nine, &two);
	a = square_times(eleven, 1);
	a = product(&a, &nine);  /* 2^5 - 1 */
	b = square_times(a, 5);
	a = product(&b, &a);     /* 2^10 - 1 */
	b = square_times(a, 10);
	b = product(&b, &a);     /* 2^20 - 1 */
	c = square_times(b, 20);
	b = product(&c, &b);     /* 2^40 - 1 */
	b = square_times(b, 10);
	a = product(&b, &a);     /* 2^50 - 1 */
	b = square_times(a, 50);
	b = product(&b, &a);     /* 2^100 - 1 */
	c = square_times(b, 100);
	b = product(&c, &b);     /* 2^200 - 1 */
	b = square_times(b, 50);
	a = product(&b, &a);     /* 2^250 - 1 */
	a = square_times(a, 5);
	return product(&a, &eleven);
}

static uint64_t read_word(const unsigned char *p)
{
	uint64_t word = 0;

	for (int i = 7; i >= 0; i--)
		word = word << 8 | p[i];
	return word;
}

static struct number read_number(const unsigned char *p)
{
	return (struct number){ { read_word(p) & MASK, read_word(p + 6) >> 3 & MASK, read_word(p + 12) >> 6 & MASK,
		                  read_word(p + 19) >> 1 & MASK, read_word(p + 24) >> 12 & MASK } };
}

/* The one below the modulus: 19 is added, and again when that does not reach 2^255 taken away. */
static void write_number(unsigned char *to, const struct number *x)
{
	const wide zero = 0;
	struct number n = carry(zero + x->limb[0], zero + x->limb[1], zero + x->limb[2], zero + x->limb[3],
	                        zero + x->limb[4]);
	uint64_t over = (n.limb[0] + 19) >> BITS, word[4];

	for (int i = 1; i < LIMBS; i++)
		over = (n.limb[i] + over) >> BITS;
	n.limb[0] += 19 * over;
	for (int i = 0; i < LIMBS - 1; i++) {
		n.limb[i + 1] += n.limb[i] >> BITS;
		n.limb[i] &= MASK;
	}
	n.limb[LIMBS - 1] &= MASK;
	word[0] = n.limb[0] | n.limb[1] << 51;
	word[1] = n.limb[1] >> 13 | n.limb[2] << 38;
	word[2] = n.limb[2] >> 26 | n.limb[3] << 25;
	word[3] = n.limb[3] >> 39 | n.limb[4] << 12;
	for (int i = 0; i < X25519_BYTES; i++)
		to[i] = (unsigned char)(word[i / 8] >> 8 * (i % 8));
}

static void swap(uint64_t bit, struct number *a, struct number *b)
{
	for (int i = 0; i < LIMBS; i++) {
		uint64_t both = (a->limb[i] ^ b->limb[i]) & (0 - bit);

		a->limb[i] ^= both;
		b->limb[i] ^= both;
	}
}

/* The names are the RFC's. */
struct ladder {
	struct number x1, x2, z2, x3, z3;
};

static void step(struct ladder *l)
{
	struct number a = add(&l->x2, &l->z2), b = subtract(&l->x2, &l->z2), aa = square(&a), bb = square(&b);
	struct number c = add(&l->x3, &l->z3), d = subtract(&l->x3, &l->z3), e = subtract(&aa, &bb);
	struct number da = multiply(&d, &a), cb = multiply(&c, &b), sum = add(&da, &cb);
	struct number difference = subtract(&da, &cb), part = multiply_a24(&e);

	l->x3 = square(&sum);
	difference = square(&difference);
	l->z3 = multiply(&l->x1, &difference);
	l->x2 = multiply(&aa, &bb);
	part = add(&aa, &part);
	l->z2 = multiply(&e, &part);
}

void x25519_multiply(unsigned char to[X25519_BYTES], const unsigned char scalar[X25519_BYTES],
                     const unsigned char point[X25519_BYTES])
{
	struct ladder l = { .x1 = read_number(point), .x2 = { { 1 } }, .z3 = { { 1 } } };
	unsigned char k[X25519_BYTES];
	uint64_t swapped = 0;

	memcpy(k, scalar, sizeof k);
	k[0] &= 248;
	k[31] = (unsigned char)((k[31] & 127) | 64);
	l.x3 = l.x1;
	for (int t = 254; t >= 0; t--) {
		uint64_t bit = k[t / 8] >> (t % 8) & 1;

		swap(swapped ^ bit, &l.x2, &l.x3);
		swap(swapped ^ bit, &l.z2, &l.z3);
		swapped = bit;
		step(&l);
	}
	swap(swapped, &l.x2, &l.x3);
	swap(swapped, &l.z2, &l.z3);
	l.z2 = invert(&l.z2);
	l.x2 = multiply(&l.x2, &l.z2);
	write_number(to, &l.x2);
	explicit_bzero(&l, sizeof l);
	explicit_bzero(k, sizeof k);
}

#else

#include <nettle/curve25519.h>

void x25519_multiply(unsigned char to[X25519_BYTES], const unsigned char scalar[X25519_BYTES],
                     const unsigned char point[X25519_BYTES])
{
	curve25519_mul(to, scalar, point);
}

#endif
