/* The storage GMP and nettle work in, and how GMP multiplies. */
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "tls/curve_parts.h"

/*
 * The largest call is a signature verified on P-384: nettle's scratch of 67 x 6
 * limbs, and less than 1 kB of what reads the key.
 */
enum { STORE_SIZE = 8192, ALIGNMENT = 16 };

/* Of a multiplication, where GMP wants any. */
enum { SCRATCH = 4 * CURVE_LIMBS_MAX };

static _Alignas(ALIGNMENT) unsigned char store[STORE_SIZE];
static size_t used;
static mp_limb_t scratch[SCRATCH];

static void *(*old_allocate)(size_t);
static void *(*old_reallocate)(void *, size_t, size_t);
static void (*old_release)(void *, size_t);

/* How much is asked for depends on the curve alone: too much is a mistake in this module. */
static void *allocate(size_t len)
{
	void *p = store + used;

	if (len > sizeof store - used)
		abort();
	used += (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (used > sizeof store)
		used = sizeof store;
	return p;
}

static void *reallocate(void *old, size_t old_len, size_t len)
{
	void *p;

	if (len <= old_len)
		return old;
	p = allocate(len);
	memcpy(p, old, old_len);
	return p;
}

static void release(void *p, size_t len)
{
	(void)p;
	(void)len;
}

void curve_memory_open(void)
{
	mp_get_memory_functions(&old_allocate, &old_reallocate, &old_release);
	mp_set_memory_functions(allocate, reallocate, release);
}

mp_limb_t *curve_memory_take(mp_size_t limbs)
{
	return allocate((size_t)limbs * sizeof(mp_limb_t));
}

void curve_memory_close(void)
{
	explicit_bzero(store, used);
	explicit_bzero(scratch, sizeof scratch);
	used = 0;
	mp_set_memory_functions(old_allocate, old_reallocate, old_release);
}

/*
 * What nettle multiplies and squares with. GMP's own functions of these names
 * choose between ways for numbers of any size, which is 100 kB; numbers of a
 * curve have six limbs, and the functions GMP has for secrets do with the first
 * of these ways. Defined here they are found before GMP's.
 */
void mpn_mul_n(mp_ptr to, mp_srcptr a, mp_srcptr b, mp_size_t n)
{
	if (mpn_sec_mul_itch(n, n) > SCRATCH)
		abort();
	mpn_sec_mul(to, a, n, b, n, scratch);
}

void mpn_sqr(mp_ptr to, mp_srcptr a, mp_size_t n)
{
	if (mpn_sec_sqr_itch(n) > SCRATCH)
		abort();
	mpn_sec_sqr(to, a, n, scratch);
}
