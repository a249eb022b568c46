/*
 * Reading private keys. The decoder of BearSSL would do for a key that is good;
 * here everything in the file is held against the rest of it, because a key
 * whose parts do not fit gives signatures that tell it away.
 */
#include "tls/key_read.h"

#include <string.h>

#include "tls/der.h"
#include "tls/pem.h"

enum { FACTOR_MIN = KEY_RSA_MIN / 8 / 4, FACTOR_MAX = KEY_RSA_MAX / 8 / 2 }; /* bytes */

const char *key_strerror(enum key_result result)
{
	switch (result) {
	case KEY_OK:
		return "success";
	case KEY_MALFORMED:
		return "not a private key";
	case KEY_ENCRYPTED:
		return "encrypted with a passphrase";
	case KEY_UNSUPPORTED:
		return "neither P-256, P-384 nor RSA of 2048 to 4096 bits";
	case KEY_MISMATCH:
		return "its parts do not belong together";
	}
	return "unknown";
}

/* x is not 0 and less than the order, both of `len` bytes; in constant time. */
static bool scalar_ok(const unsigned char *x, const unsigned char *order, size_t len)
{
	unsigned int borrow = 0, any = 0;

	for (size_t i = len; i-- > 0;) {
		borrow = ((unsigned int)x[i] - order[i] - borrow) >> 8 & 1;
		any |= x[i];
	}
	return borrow == 1 && any != 0;
}

/* The curve and the public point that a key may bring along must be its own. */
static enum key_result check_point(const struct key *key, struct reader *in)
{
	struct public_key public;

	if (!public_key_read(&public, span_of(key->spki, key->spki_len)))
		return KEY_MISMATCH;
	if (der_next_is(in, DER_CONTEXT_CONSTRUCTED | 1)) {
		struct reader explicit = der_enter(in, DER_CONTEXT_CONSTRUCTED | 1);
		struct span point = der_read_bits(&explicit);

		if (!reader_done(&explicit))
			return KEY_MALFORMED;
		/* A compressed one says as much: its sign and x. */
		if (point.len == 1 + (public.point.len - 1) / 2) {
			unsigned int sign = 2 + (public.point.p[public.point.len - 1] & 1U);

			if (point.p[0] != sign ||
			    memcmp(point.p + 1, public.point.p + 1, point.len - 1) != 0)
				return KEY_MISMATCH;
		} else if (!span_eq(point, public.point)) {
			return KEY_MISMATCH;
		}
	}
	return reader_done(in) ? KEY_OK : KEY_MALFORMED;
}

/* ECPrivateKey (RFC 5915), from the version on; `type` from outside of it, or NULL. */
static enum key_result read_ec(struct key *key, struct reader *in, const enum key_type *type)
{
	struct span version = der_read_unsigned(in), x = der_read(in, DER_OCTET_STRING);
	bool named = type;
	const br_ec_impl *curve;
	size_t len;

	if (!reader_ok(in) || version.len != 1 || version.p[0] != 1)
		return KEY_MALFORMED;
	if (type)
		key->type = *type;
	if (der_next_is(in, DER_CONTEXT_CONSTRUCTED | 0)) {
		struct reader parameters = der_enter(in, DER_CONTEXT_CONSTRUCTED | 0);
		struct span oid;

		if (reader_ok(&parameters) && !der_next_is(&parameters, DER_OID))
			return KEY_UNSUPPORTED;
		oid = der_read(&parameters, DER_OID);
		if (!reader_done(&parameters))
			return KEY_MALFORMED;
		if (named && !span_eq(oid, public_key_oid(key->type)))
			return KEY_MISMATCH;
		key->type = span_eq(oid, public_key_oid(KEY_P384)) ? KEY_P384 : KEY_P256;
		if (!span_eq(oid, public_key_oid(key->type)))
			return KEY_UNSUPPORTED;
		named = true;
	}
	if (!named)
		return KEY_UNSUPPORTED;
	key->bits = key->type == KEY_P384 ? 384 : 256;
	curve = public_key_curve(key->type, &key->u.ec.key.curve);
	len = key->bits / 8;
	/* Older writers leave zeros in front away. */
	if (x.len == 0 || x.len > len)
		return KEY_MALFORMED;
	memset(key->u.ec.x, 0, len);
	memcpy(key->u.ec.x + len - x.len, x.p, x.len);
	key->u.ec.key.x = key->u.ec.x;
	key->u.ec.key.xlen = len;
	if (!scalar_ok(key->u.ec.x, curve->order(key->u.ec.key.curve, &len), key->bits / 8))
		return KEY_MISMATCH;
	key_set_point(key);
	return check_point(key, in);
}

/*
 * The product of the factors, as many bytes as both have together. BearSSL's own
 * function for it gives up at 4096 bits.
 */
static struct span multiply(const br_rsa_private_key *rsa, unsigned char *out)
{
	size_t len = rsa->plen + rsa->qlen;
	struct span product;

	memset(out, 0, len);
	for (size_t i = rsa->plen; i-- > 0;) {
		unsigned int carry = 0;

		for (size_t j = rsa->qlen; j-- > 0;) {
			carry += out[i + j + 1] + (unsigned int)rsa->p[i] * rsa->q[j];
			out[i + j + 1] = (unsigned char)carry;
			carry >>= 8;
		}
		out[i] = (unsigned char)carry;
	}
	product = span_of(out, len);
	while (product.len > 0 && product.p[0] == 0)
		product = span_from(product, 1);
	return product;
}

/*
 * The factors give the modulus; a signature made with all five parts of the
 * private key is good, and raising to the power of d makes the same one.
 */
static bool rsa_fits(const struct key *key, const struct public_key *public)
{
	static const unsigned char digest[32] = "any digest will do";
	unsigned char product[2 * FACTOR_MAX], signature[KEY_SIGNATURE_MAX], again[KEY_SIGNATURE_MAX];
	unsigned char *modulus = (unsigned char *)(uintptr_t)public->modulus.p;
	br_rsa_public_key opposite = { .n = modulus, .nlen = public->modulus.len };
	br_rsa_public_key half = { .n = modulus, .nlen = public->modulus.len };
	struct builder b;
	size_t len = public->modulus.len;

	if (!span_eq(multiply(&key->u.rsa.key, product), public->modulus))
		return false;
	builder_init(&b, signature, sizeof signature);
	if (!key_sign(key, KEY_SHA256, digest, false, &b) ||
	    !public_key_verify(public, KEY_SHA256, digest, builder_span(&b)))
		return false;
	memcpy(again, signature, len);
	half.e = (unsigned char *)(uintptr_t)public->exponent.p;
	half.elen = public->exponent.len;
	opposite.e = (unsigned char *)(uintptr_t)key->u.rsa.d;
	opposite.elen = key->u.rsa.d_len;
	return br_rsa_public_get_default()(again, len, &half) == 1 &&
	       br_rsa_public_get_default()(again, len, &opposite) == 1 &&
	       memcmp(again, signature, len) == 0;
}

/* Copies a part behind those that are there. */
static unsigned char *keep(struct key *key, size_t *at, struct span part, size_t *len)
{
	unsigned char *to = key->u.rsa.factors + *at;

	memcpy(to, part.p, part.len);
	*at += part.len;
	*len = part.len;
	return to;
}

/* RSAPrivateKey (RFC 8017, A.1.2), from the version on. */
static enum key_result read_rsa(struct key *key, struct reader *in)
{
	struct public_key public = { .type = KEY_RSA };
	br_rsa_private_key *rsa = &key->u.rsa.key;
	struct span version = der_read_unsigned(in), d, part[5];
	size_t at = 0;
	size_t *const lens[] = { &rsa->plen, &rsa->qlen, &rsa->dplen, &rsa->dqlen, &rsa->iqlen };
	unsigned char **const parts[] = { &rsa->p, &rsa->q, &rsa->dp, &rsa->dq, &rsa->iq };

	if (reader_ok(in) && version.len > 0)
		return KEY_UNSUPPORTED; /* more than two factors */
	public.modulus = der_read_unsigned(in);
	public.exponent = der_read_unsigned(in);
	d = der_read_unsigned(in);
	for (size_t i = 0; i < 5; i++)
		part[i] = der_read_unsigned(in);
	if (!reader_done(in))
		return KEY_MALFORMED;
	if (public.modulus.len > KEY_RSA_MAX / 8)
		return KEY_UNSUPPORTED;
	key_set_public(key, &public);
	if (!public_key_read(&public, span_of(key->spki, key->spki_len)))
		return KEY_UNSUPPORTED;
	/* BearSSL is handed odd factors, neither of them far from half the length. */
	for (size_t i = 0; i < 5; i++) {
		if (part[i].len > FACTOR_MAX || (i < 2 && part[i].len < FACTOR_MIN))
			return KEY_UNSUPPORTED;
		if (part[i].len == 0 || part[i].len > part[i % 2].len)
			return KEY_MISMATCH;
		if (i < 2 && !(part[i].p[part[i].len - 1] & 1))
			return KEY_MISMATCH;
		*parts[i] = keep(key, &at, part[i], lens[i]);
	}
	if (d.len == 0 || d.len > public.modulus.len)
		return KEY_MISMATCH;
	memcpy(key->u.rsa.d, d.p, d.len);
	key->u.rsa.d_len = d.len;
	key->bits = public.bits;
	rsa->n_bitlen = public.bits;
	return rsa_fits(key, &public) ? KEY_OK : KEY_MISMATCH;
}

/* PrivateKeyInfo or OneAsymmetricKey (RFC 5958), from the algorithm on. */
static enum key_result read_pkcs8(struct key *key, struct reader *in)
{
	struct reader algorithm = der_enter(in, DER_SEQUENCE), octets, inside;
	enum key_type type;

	octets = der_enter(in, DER_OCTET_STRING);
	while (reader_left(in) > 0)
		der_read_any(in, NULL, NULL);
	if (!reader_ok(in))
		return KEY_MALFORMED;
	switch (public_key_algorithm(&algorithm, &type)) {
	case KEY_ALGORITHM_OK:
		break;
	case KEY_ALGORITHM_OTHER:
		return KEY_UNSUPPORTED;
	case KEY_ALGORITHM_MALFORMED:
		return KEY_MALFORMED;
	}
	inside = der_enter(&octets, DER_SEQUENCE);
	if (!reader_done(&octets))
		return KEY_MALFORMED;
	key->type = type;
	return type == KEY_RSA ? read_rsa(key, &inside) : read_ec(key, &inside, &type);
}

/* Which of the forms it is shows in what stands behind the version. */
static enum key_result read_der(struct key *key, struct span der)
{
	struct reader r, in, look;

	reader_init(&r, der);
	in = der_enter(&r, DER_SEQUENCE);
	if (!reader_done(&r))
		return KEY_MALFORMED;
	look = in;
	if (der_next_is(&in, DER_SEQUENCE)) {
		/* EncryptedPrivateKeyInfo has no version (RFC 5958, 3). */
		der_read(&look, DER_SEQUENCE);
		return der_next_is(&look, DER_OCTET_STRING) ? KEY_ENCRYPTED : KEY_MALFORMED;
	}
	der_read(&look, DER_INTEGER);
	if (der_next_is(&look, DER_SEQUENCE))
		return read_pkcs8(key, &look);
	if (der_next_is(&look, DER_OCTET_STRING))
		return read_ec(key, &in, NULL);
	if (!der_next_is(&look, DER_INTEGER))
		return KEY_MALFORMED;
	key->type = KEY_RSA;
	return read_rsa(key, &in);
}

/* The old form of encryption: a field between the lines (RFC 1421, 4.6.1.1). */
static bool says_encrypted(struct span text)
{
	static const char field[] = "Proc-Type: 4,ENCRYPTED";

	return text.len > 0 && memmem(text.p, text.len, field, sizeof field - 1);
}

static bool is_private(struct span label)
{
	static const char end[] = "PRIVATE KEY";

	return label.len >= strlen(end) && span_is(span_from(label, label.len - strlen(end)), end);
}

static enum key_result read_pem(struct key *key, struct span text)
{
	unsigned char storage[KEY_PEM_MAX];
	enum key_result result = KEY_MALFORMED;
	struct span label, der, rest = text;
	struct builder b;

	for (;;) {
		enum pem_result next;

		builder_init(&b, storage, sizeof storage);
		next = pem_next(&rest, &label, &b, &der);
		if (next == PEM_BAD && is_private(label) && says_encrypted(text))
			result = KEY_ENCRYPTED;
		if (next != PEM_BLOCK)
			break;
		if (!is_private(label))
			continue;
		result = span_is(label, "ENCRYPTED PRIVATE KEY") ? KEY_ENCRYPTED : read_der(key, der);
		break;
	}
	explicit_bzero(storage, sizeof storage);
	return result;
}

enum key_result key_read(struct key *key, struct span bytes)
{
	enum key_result result;

	explicit_bzero(key, sizeof *key);
	if (bytes.len > 0 && bytes.p[0] == DER_SEQUENCE)
		result = read_der(key, bytes);
	else
		result = read_pem(key, bytes);
	if (result != KEY_OK)
		key_wipe(key);
	return result;
}
