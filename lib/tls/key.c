/* Private keys: made, written, used. */
#include "tls/key.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "tls/key_read.h"
#include "tls/pem.h"

enum {
	RSA_EXPONENT = 65537,
	SEED_LEN = 48,
	PKCS8_MAX = 2560, /* bytes of the largest private key in DER; RSA 4096 has 2376 */
};

static const struct {
	const char *name;
	struct key_kind kind;
} kinds[] = {
	{ "p256", { KEY_P256, 256 } },    { "p384", { KEY_P384, 384 } },
	{ "rsa2048", { KEY_RSA, 2048 } }, { "rsa3072", { KEY_RSA, 3072 } },
	{ "rsa4096", { KEY_RSA, 4096 } },
};

bool key_kind_parse(struct span text, struct key_kind *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!span_is(text, kinds[i].name))
			continue;
		*kind = kinds[i].kind;
		return true;
	}
	return false;
}

static bool kind_ok(enum key_type type, unsigned int bits, size_t *at)
{
	for (*at = 0; *at < sizeof kinds / sizeof *kinds; ++*at)
		if (kinds[*at].kind.type == type && kinds[*at].kind.bits == bits)
			return true;
	return false;
}

const char *key_kind_name(enum key_type type, unsigned int bits)
{
	size_t at;

	return kind_ok(type, bits, &at) ? kinds[at].name : "rsa";
}

static bool seed(br_hmac_drbg_context *random)
{
	unsigned char bytes[SEED_LEN];
	bool ok = getrandom(bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes;

	if (ok)
		br_hmac_drbg_init(random, &br_sha256_vtable, bytes, sizeof bytes);
	explicit_bzero(bytes, sizeof bytes);
	return ok;
}

void key_set_public(struct key *key, const struct public_key *public)
{
	struct builder b;

	builder_init(&b, key->spki, sizeof key->spki);
	public_key_write(&b, public);
	key->spki_len = builder_ok(&b) ? b.len : 0;
}

void key_set_point(struct key *key)
{
	unsigned char point[BR_EC_KBUF_PUB_MAX_SIZE];
	struct public_key public = { .type = key->type };
	int number;
	size_t len = br_ec_compute_pub(public_key_curve(key->type, &number), NULL, point,
	                               &key->u.ec.key);

	public.point = span_of(point, len);
	key_set_public(key, &public);
}

static bool make_ec(struct key *key, const br_prng_class **random)
{
	int number;
	const br_ec_impl *curve = public_key_curve(key->type, &number);

	if (br_ec_keygen(random, curve, &key->u.ec.key, key->u.ec.x, number) == 0)
		return false;
	key_set_point(key);
	return true;
}

static bool make_rsa(struct key *key, const br_prng_class **random)
{
	unsigned char public_part[BR_RSA_KBUF_PUB_SIZE(KEY_RSA_MAX)];
	struct public_key public = { .type = KEY_RSA };
	br_rsa_private_key *rsa = &key->u.rsa.key;
	br_rsa_public_key made;

	if (br_rsa_keygen_get_default()(random, rsa, key->u.rsa.factors, &made, public_part,
	                                key->bits, RSA_EXPONENT) != 1)
		return false;
	key->u.rsa.d_len = br_rsa_compute_privexp_get_default()(key->u.rsa.d, rsa, RSA_EXPONENT);
	public.modulus = span_of(made.n, made.nlen);
	public.exponent = span_of(made.e, made.elen);
	key_set_public(key, &public);
	return key->u.rsa.d_len > 0;
}

bool key_make_from(struct key *key, struct key_kind kind, const br_prng_class **random)
{
	size_t at;

	explicit_bzero(key, sizeof *key);
	key->type = kind.type;
	key->bits = kind.bits;
	if (!kind_ok(kind.type, kind.bits, &at) ||
	    !(kind.type == KEY_RSA ? make_rsa(key, random) : make_ec(key, random))) {
		key_wipe(key);
		errno = EINVAL;
		return false;
	}
	return true;
}

bool key_make(struct key *key, struct key_kind kind)
{
	br_hmac_drbg_context random;
	bool ok;

	explicit_bzero(key, sizeof *key);
	if (!seed(&random))
		return false;
	ok = key_make_from(key, kind, &random.vtable);
	explicit_bzero(&random, sizeof random);
	return ok;
}

static size_t encode(const struct key *key, const struct public_key *public, unsigned char *to)
{
	/* BearSSL's structures are not const, but it only reads what they point to. */
	union {
		br_ec_public_key ec;
		br_rsa_public_key rsa;
	} half;

	if (key->type != KEY_RSA) {
		half.ec.curve = key->u.ec.key.curve;
		half.ec.q = (unsigned char *)(uintptr_t)public->point.p;
		half.ec.qlen = public->point.len;
		return br_encode_ec_pkcs8_der(to, &key->u.ec.key, &half.ec);
	}
	half.rsa.n = (unsigned char *)(uintptr_t)public->modulus.p;
	half.rsa.nlen = public->modulus.len;
	half.rsa.e = (unsigned char *)(uintptr_t)public->exponent.p;
	half.rsa.elen = public->exponent.len;
	return br_encode_rsa_pkcs8_der(to, &key->u.rsa.key, &half.rsa, key->u.rsa.d, key->u.rsa.d_len);
}

void key_write(const struct key *key, struct builder *out)
{
	unsigned char der[PKCS8_MAX];
	struct public_key public;
	size_t len;

	if (!public_key_read(&public, span_of(key->spki, key->spki_len)) ||
	    (len = encode(key, &public, NULL)) == 0 || len > sizeof der) {
		out->overflow = true;
		return;
	}
	encode(key, &public, der);
	pem_write(out, "PRIVATE KEY", span_of(der, len));
	explicit_bzero(der, sizeof der);
}

bool key_sign(const struct key *key, enum key_hash hash, const unsigned char *digest, bool raw,
              struct builder *out)
{
	unsigned char signature[KEY_SIGNATURE_MAX];
	int number;
	const br_ec_impl *curve = public_key_curve(key->type, &number);
	size_t len;

	if (!curve) {
		len = (key->bits + 7) / 8;
		if (br_rsa_pkcs1_sign_get_default()(key_hash_oid(hash), digest, key_hash_len(hash),
		                                    &key->u.rsa.key, signature) != 1)
			len = 0;
	} else if (raw) {
		len = br_ecdsa_i31_sign_raw(curve, key_hash_class(hash), digest, &key->u.ec.key,
		                            signature);
	} else {
		len = br_ecdsa_i31_sign_asn1(curve, key_hash_class(hash), digest, &key->u.ec.key,
		                             signature);
	}
	if (len == 0)
		out->overflow = true;
	builder_add(out, span_of(signature, len));
	return builder_ok(out);
}

/* What points into the one points into the other at the same place. */
static void move_part(unsigned char **part, struct key *to, const struct key *from)
{
	*part = to->u.rsa.factors + (*part - from->u.rsa.factors);
}

void key_copy(struct key *to, const struct key *from)
{
	br_rsa_private_key *rsa = &to->u.rsa.key;

	*to = *from;
	if (from->type == KEY_RSA) {
		move_part(&rsa->p, to, from);
		move_part(&rsa->q, to, from);
		move_part(&rsa->dp, to, from);
		move_part(&rsa->dq, to, from);
		move_part(&rsa->iq, to, from);
	} else {
		to->u.ec.key.x = to->u.ec.x;
	}
}

void key_wipe(struct key *key)
{
	explicit_bzero(key, sizeof *key);
}
