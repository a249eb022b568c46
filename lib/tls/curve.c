/* BearSSL's br_ec_impl by nettle. */
#include "tls/curve.h"

#include <nettle/curve25519.h>
#include <string.h>

#include "tls/curve_parts.h"
#include "tls/x25519.h"

enum { X25519_LEN = CURVE25519_SIZE };

static const unsigned char x25519_generator[X25519_LEN] = { 9 };

/* What BearSSL says it is: any scalar will do, and this has as many bits. */
static const unsigned char x25519_order[X25519_LEN] = {
	0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static const unsigned char *generator(int curve, size_t *len)
{
	const struct curve *c = curve_find(curve);

	*len = c ? curve_point_len(c) : X25519_LEN;
	return c ? c->generator : x25519_generator;
}

static const unsigned char *order(int curve, size_t *len)
{
	const struct curve *c = curve_find(curve);

	*len = c ? c->len : X25519_LEN;
	return c ? c->order : x25519_order;
}

static size_t xoff(int curve, size_t *len)
{
	const struct curve *c = curve_find(curve);

	*len = c ? c->len : X25519_LEN;
	return c ? 1 : 0;
}

/* With `point` NULL: the generator. */
static bool x25519(unsigned char *to, const unsigned char *point, const unsigned char *x,
                   size_t len)
{
	unsigned char scalar[X25519_LEN] = { 0 }, product[X25519_LEN], any = 0;

	if (len > X25519_LEN)
		return false;
	memcpy(scalar, x, len);
	curve_memory_open();
	if (point)
		x25519_multiply(product, scalar, point);
	else
		curve25519_mul_g(product, scalar);
	curve_memory_close();
	for (size_t i = 0; i < sizeof product; i++)
		any |= product[i];
	if (any != 0)
		memcpy(to, product, sizeof product);
	explicit_bzero(scalar, sizeof scalar);
	explicit_bzero(product, sizeof product);
	return any != 0;
}

/*
 * x times a point, into `to`; with `bytes` NULL: times the generator. The
 * memory is open.
 */
static bool product(const struct curve *c, struct ecc_point *to, const unsigned char *bytes,
                    size_t len, const unsigned char *x, size_t x_len)
{
	struct ecc_scalar scalar;
	struct ecc_point point;

	curve_scalar_init(c, &scalar);
	curve_point_init(c, &point);
	curve_point_init(c, to);
	if (bytes && !curve_point_read(c, &point, bytes, len))
		return false;
	if (!curve_scalar_read(c, scalar.p, x, x_len))
		return false;
	if (bytes)
		ecc_point_mul(to, &scalar, &point);
	else
		ecc_point_mul_g(to, &scalar);
	return true;
}

static uint32_t mul(unsigned char *G, size_t len, const unsigned char *x, size_t x_len, int curve)
{
	const struct curve *c = curve_find(curve);
	struct ecc_point point;
	bool ok;

	if (!c)
		return curve == BR_EC_curve25519 && len == X25519_LEN && x25519(G, G, x, x_len);
	curve_memory_open();
	ok = product(c, &point, G, len, x, x_len);
	if (ok)
		curve_point_write(c, G, &point);
	curve_memory_close();
	return ok;
}

static size_t mulgen(unsigned char *R, const unsigned char *x, size_t x_len, int curve)
{
	const struct curve *c = curve_find(curve);
	struct ecc_point point;
	bool ok;

	if (!c)
		return curve == BR_EC_curve25519 && x25519(R, NULL, x, x_len) ? X25519_LEN : 0;
	curve_memory_open();
	ok = product(c, &point, NULL, 0, x, x_len);
	if (ok)
		curve_point_write(c, R, &point);
	curve_memory_close();
	return ok ? curve_point_len(c) : 0;
}

static uint32_t muladd(unsigned char *A, const unsigned char *B, size_t len, const unsigned char *x,
                       size_t x_len, const unsigned char *y, size_t y_len, int curve)
{
	const struct curve *c = curve_find(curve);
	struct ecc_point a, b;
	bool ok;

	if (!c)
		return 0;
	curve_memory_open();
	ok = product(c, &a, A, len, x, x_len) && product(c, &b, B, len, y, y_len) &&
	     curve_point_add(c, &a, &b);
	if (ok)
		curve_point_write(c, A, &a);
	curve_memory_close();
	return ok;
}

const br_ec_impl curve_ec = {
	(uint32_t)1 << BR_EC_secp256r1 | (uint32_t)1 << BR_EC_secp384r1 |
		(uint32_t)1 << BR_EC_curve25519,
	generator,
	order,
	xoff,
	mul,
	mulgen,
	muladd,
};

void curve_install(br_ssl_engine_context *engine)
{
	br_ssl_engine_set_ec(engine, &curve_ec);
	br_ssl_engine_set_ecdsa(engine, curve_verify_asn1);
}
