/* ECDSA (FIPS 186-5, 6.4) by nettle, with the nonces of RFC 6979. */
#include <nettle/ecdsa.h>
#include <string.h>

#include "base/reader.h"
#include "tls/curve.h"
#include "tls/curve_parts.h"
#include "tls/der.h"

static const struct curve *wanted(const br_ec_impl *impl, int number)
{
	const struct curve *c = curve_find(number);

	return c && impl->supported_curves >> number & 1 ? c : NULL;
}

/*
 * The generator of nonces (RFC 6979, 3.2): HMAC_DRBG, which BearSSL has, begun
 * with the private key and the digest, a number below the order.
 */
static void nonces(br_hmac_drbg_context *drbg, const struct curve *c, const br_hash_class *hash,
                   const mp_limb_t *key, const unsigned char *digest, size_t digest_len)
{
	mp_limb_t number[CURVE_LIMBS_MAX], order[CURVE_LIMBS_MAX], borrow;
	unsigned char seed[2 * CURVE_BYTES_MAX];

	curve_limbs_read(c, order, c->order, c->len);
	curve_limbs_read(c, number, digest, digest_len < c->len ? digest_len : c->len);
	borrow = mpn_sub_n(number, number, order, c->limbs);
	mpn_cnd_add_n(borrow, number, number, order, c->limbs);
	curve_limbs_write(c, seed, key);
	curve_limbs_write(c, seed + c->len, number);
	br_hmac_drbg_init(drbg, hash, seed, 2 * c->len);
	explicit_bzero(seed, sizeof seed);
}

/* How often this goes round says nothing of the nonce that is taken in the end. */
static void next_nonce(br_hmac_drbg_context *drbg, const struct curve *c, mp_limb_t *to)
{
	unsigned char bytes[CURVE_BYTES_MAX];

	do
		br_hmac_drbg_generate(drbg, bytes, c->len);
	while (!curve_scalar_read(c, to, bytes, c->len));
	explicit_bzero(bytes, sizeof bytes);
}

size_t curve_sign_raw(const br_ec_impl *impl, const br_hash_class *hash, const void *digest,
                      const br_ec_private_key *key, void *signature)
{
	size_t digest_len = hash->desc >> BR_HASHDESC_OUT_OFF & BR_HASHDESC_OUT_MASK;
	const struct curve *c = wanted(impl, key->curve);
	unsigned char *out = signature;
	mp_limb_t *x, *k, *r, *s, *scratch;
	br_hmac_drbg_context drbg;
	bool ok;

	if (!c)
		return 0;
	curve_memory_open();
	x = curve_memory_take(c->limbs);
	k = curve_memory_take(c->limbs);
	r = curve_memory_take(c->limbs);
	s = curve_memory_take(c->limbs);
	scratch = curve_memory_take(ecc_ecdsa_sign_itch(c->ecc()));
	ok = curve_scalar_read(c, x, key->x, key->xlen);
	if (ok) {
		nonces(&drbg, c, hash, x, digest, digest_len);
		do {
			next_nonce(&drbg, c, k);
			ecc_ecdsa_sign(c->ecc(), x, k, digest_len, digest, r, s, scratch);
		} while (mpn_zero_p(r, c->limbs) || mpn_zero_p(s, c->limbs));
		curve_limbs_write(c, out, r);
		curve_limbs_write(c, out + c->len, s);
		explicit_bzero(&drbg, sizeof drbg);
	}
	curve_memory_close();
	return ok ? 2 * c->len : 0;
}

size_t curve_sign_asn1(const br_ec_impl *impl, const br_hash_class *hash, const void *digest,
                       const br_ec_private_key *key, void *signature)
{
	size_t len = curve_sign_raw(impl, hash, digest, key, signature);

	return len > 0 ? br_ecdsa_raw_to_asn1(signature, len) : 0;
}

static bool verify(const struct curve *c, struct span digest, const br_ec_public_key *key,
                   struct span r_bytes, struct span s_bytes)
{
	mp_limb_t r[CURVE_LIMBS_MAX], s[CURVE_LIMBS_MAX];
	struct ecc_point point;
	bool ok;

	if (!curve_scalar_read(c, r, r_bytes.p, r_bytes.len) ||
	    !curve_scalar_read(c, s, s_bytes.p, s_bytes.len))
		return false;
	curve_memory_open();
	curve_point_init(c, &point);
	ok = curve_point_read(c, &point, key->q, key->qlen) &&
	     ecc_ecdsa_verify(c->ecc(), point.p, digest.len, digest.p, r, s,
	                      curve_memory_take(ecc_ecdsa_verify_itch(c->ecc())));
	curve_memory_close();
	return ok;
}

uint32_t curve_verify_raw(const br_ec_impl *impl, const void *digest, size_t digest_len,
                          const br_ec_public_key *key, const void *signature,
                          size_t signature_len)
{
	const struct curve *c = wanted(impl, key->curve);
	struct span both = span_of(signature, signature_len);

	return c && signature_len == 2 * c->len &&
	       verify(c, span_of(digest, digest_len), key, span_head(both, c->len),
	              span_from(both, c->len));
}

uint32_t curve_verify_asn1(const br_ec_impl *impl, const void *digest, size_t digest_len,
                           const br_ec_public_key *key, const void *signature,
                           size_t signature_len)
{
	const struct curve *c = wanted(impl, key->curve);
	struct reader all, in;
	struct span r, s;

	reader_init(&all, span_of(signature, signature_len));
	in = der_enter(&all, DER_SEQUENCE);
	r = der_read_unsigned(&in);
	s = der_read_unsigned(&in);
	return c && reader_done(&in) && reader_done(&all) &&
	       verify(c, span_of(digest, digest_len), key, r, s);
}
