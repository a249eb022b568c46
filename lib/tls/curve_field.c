/*
 * Arithmetic modulo the prime, on public numbers: whether a point is on the
 * curve, and the sum of two points. nettle's test of a point brings 100 kB of
 * GMP along, its addition is not public.
 */
#include <gmp.h>

#include "tls/curve_parts.h"

/* Arithmetic modulo the prime. All its numbers are below it; `scratch` is enough for all. */
struct field {
	mp_size_t limbs;
	mp_limb_t prime[CURVE_LIMBS_MAX];
	mp_limb_t *scratch;
};

static mp_size_t most(mp_size_t a, mp_size_t b)
{
	return a > b ? a : b;
}

static mp_bitcnt_t inverse_bits(mp_size_t limbs)
{
	return 2 * (mp_bitcnt_t)limbs * GMP_NUMB_BITS;
}

static void field_init(struct field *f, const struct curve *c)
{
	mp_size_t n = c->limbs;

	f->limbs = n;
	curve_limbs_read(c, f->prime, c->prime, c->len);
	f->scratch = curve_memory_take(
		most(mpn_sec_invert_itch(n),
		     most(mpn_sec_mul_itch(n, n), mpn_sec_div_r_itch(2 * n, n))));
}

static void sub(const struct field *f, mp_limb_t *to, const mp_limb_t *a, const mp_limb_t *b)
{
	mp_limb_t borrow = mpn_sub_n(to, a, b, f->limbs);

	mpn_cnd_add_n(borrow, to, to, f->prime, f->limbs);
}

static void add(const struct field *f, mp_limb_t *to, const mp_limb_t *a, const mp_limb_t *b)
{
	mp_limb_t carry = mpn_add_n(to, a, b, f->limbs);
	mp_limb_t borrow = mpn_sub_n(to, to, f->prime, f->limbs);

	mpn_cnd_add_n(borrow & ~carry, to, to, f->prime, f->limbs);
}

static void mul(const struct field *f, mp_limb_t *to, const mp_limb_t *a, const mp_limb_t *b)
{
	mp_limb_t product[2 * CURVE_LIMBS_MAX];

	mpn_sec_mul(product, a, f->limbs, b, f->limbs, f->scratch);
	mpn_sec_div_r(product, 2 * f->limbs, f->prime, f->limbs, f->scratch);
	mpn_copyi(to, product, f->limbs);
}

/* Of anything but 0. */
static void invert(const struct field *f, mp_limb_t *to, const mp_limb_t *a)
{
	mp_limb_t eaten[CURVE_LIMBS_MAX];

	mpn_copyi(eaten, a, f->limbs);
	mpn_sec_invert(to, eaten, f->prime, f->limbs, inverse_bits(f->limbs), f->scratch);
}

/*
 * The slope of the line through a and b, which are not each other's negative:
 * (y2 - y1) / (x2 - x1), or of the tangent, (3 x^2 - 3) / 2 y.
 */
static void slope(const struct field *f, mp_limb_t *to, const mp_limb_t *a, const mp_limb_t *b,
                  bool same)
{
	mp_limb_t above[CURVE_LIMBS_MAX], below[CURVE_LIMBS_MAX], one[CURVE_LIMBS_MAX] = { 1 };
	const mp_limb_t *a_y = a + f->limbs, *b_y = b + f->limbs;

	if (same) {
		mul(f, to, a, a);
		sub(f, to, to, one);
		add(f, above, to, to);
		add(f, above, above, to);
		add(f, below, a_y, a_y);
	} else {
		sub(f, above, b_y, a_y);
		sub(f, below, b, a);
	}
	invert(f, to, below);
	mul(f, to, to, above);
}

/* y^2 = x^3 - 3 x + b, and x and y are below the prime. */
bool curve_point_on(const struct curve *c, const mp_limb_t *x, const mp_limb_t *y)
{
	mp_limb_t left[CURVE_LIMBS_MAX], right[CURVE_LIMBS_MAX], term[CURVE_LIMBS_MAX];
	struct field f;

	field_init(&f, c);
	if (mpn_cmp(x, f.prime, f.limbs) >= 0 || mpn_cmp(y, f.prime, f.limbs) >= 0)
		return false;
	mul(&f, left, y, y);
	mul(&f, right, x, x);
	mul(&f, right, right, x);
	for (int i = 0; i < 3; i++)
		sub(&f, right, right, x);
	curve_limbs_read(c, term, c->b, c->len);
	add(&f, right, right, term);
	return mpn_cmp(left, right, f.limbs) == 0;
}

bool curve_point_add(const struct curve *c, struct ecc_point *a, const struct ecc_point *b)
{
	mp_limb_t line[CURVE_LIMBS_MAX], x[CURVE_LIMBS_MAX], *y = a->p + c->limbs;
	bool same_x = mpn_cmp(a->p, b->p, c->limbs) == 0;
	struct field f;

	/* No point has y = 0: the order is odd. */
	if (same_x && mpn_cmp(y, b->p + c->limbs, c->limbs) != 0)
		return false;
	field_init(&f, c);
	slope(&f, line, a->p, b->p, same_x);
	mul(&f, x, line, line);
	sub(&f, x, x, a->p);
	sub(&f, x, x, b->p);
	sub(&f, a->p, a->p, x);
	mul(&f, a->p, a->p, line);
	sub(&f, y, a->p, y);
	mpn_copyi(a->p, x, c->limbs);
	return true;
}
