/* Public keys: read, written, used for verifying. */
#include "tls/public_key.h"

#include "tls/der.h"
#include "tls/sha256.h"

enum { EXPONENT_MAX = 8 }; /* bytes */

/* OBJECT IDENTIFIERs, encoded contents. */
static const unsigned char oid_ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
static const unsigned char oid_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
static const unsigned char oid_p256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static const unsigned char oid_p384[] = { 0x2b, 0x81, 0x04, 0x00, 0x22 };

/* Those of signatures, all but the last byte, which says the hash. */
static const unsigned char oid_ecdsa_with[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03 };
static const unsigned char oid_rsa_with[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01 };
enum { ECDSA_SHA256 = 2, RSA_SHA256 = 11 }; /* followed by SHA-384 and SHA-512 */

struct span public_key_oid(enum key_type type)
{
	switch (type) {
	case KEY_P256:
		return span_of(oid_p256, sizeof oid_p256);
	case KEY_P384:
		return span_of(oid_p384, sizeof oid_p384);
	case KEY_RSA:
		break;
	}
	return span_of(oid_rsa, sizeof oid_rsa);
}

const br_ec_impl *public_key_curve(enum key_type type, int *number)
{
	switch (type) {
	case KEY_P256:
		*number = BR_EC_secp256r1;
		return &br_ec_p256_m31;
	case KEY_P384:
		*number = BR_EC_secp384r1;
		return &br_ec_prime_i31;
	case KEY_RSA:
		break;
	}
	*number = 0;
	return NULL;
}

enum key_algorithm public_key_algorithm(struct reader *algorithm, enum key_type *type)
{
	struct span oid = der_read(algorithm, DER_OID), null;

	if (span_eq(oid, span_of(oid_rsa, sizeof oid_rsa))) {
		*type = KEY_RSA;
		if (reader_left(algorithm) == 0)
			return reader_ok(algorithm) ? KEY_ALGORITHM_OK : KEY_ALGORITHM_MALFORMED;
		null = der_read(algorithm, DER_NULL);
		return reader_done(algorithm) && null.len == 0 ? KEY_ALGORITHM_OK :
		                                                 KEY_ALGORITHM_MALFORMED;
	}
	if (!reader_ok(algorithm))
		return KEY_ALGORITHM_MALFORMED;
	if (!span_eq(oid, span_of(oid_ec, sizeof oid_ec)) || !der_next_is(algorithm, DER_OID))
		return KEY_ALGORITHM_OTHER;
	oid = der_read(algorithm, DER_OID);
	if (!reader_done(algorithm))
		return KEY_ALGORITHM_MALFORMED;
	*type = KEY_P256;
	if (span_eq(oid, public_key_oid(KEY_P256)))
		return KEY_ALGORITHM_OK;
	*type = KEY_P384;
	return span_eq(oid, public_key_oid(KEY_P384)) ? KEY_ALGORITHM_OK : KEY_ALGORITHM_OTHER;
}

static bool read_point(struct public_key *public, struct span point)
{
	public->bits = public->type == KEY_P256 ? 256 : 384;
	public->point = point;
	return point.len == 1 + 2 * (size_t)public->bits / 8 && point.p[0] == 4;
}

static unsigned int bits_of(struct span unsigned_number)
{
	unsigned int bits = (unsigned int)unsigned_number.len * 8;

	for (unsigned int top = 0x80; bits > 0 && !(unsigned_number.p[0] & top); top >>= 1)
		bits--;
	return bits;
}

static bool odd(struct span unsigned_number)
{
	return unsigned_number.len > 0 && unsigned_number.p[unsigned_number.len - 1] & 1;
}

static bool read_rsa(struct public_key *public, struct span bytes)
{
	struct reader r, in;

	reader_init(&r, bytes);
	in = der_enter(&r, DER_SEQUENCE);
	public->modulus = der_read_unsigned(&in);
	public->exponent = der_read_unsigned(&in);
	if (!reader_done(&in) || !reader_done(&r) || public->modulus.len > KEY_RSA_MAX / 8)
		return false;
	public->bits = bits_of(public->modulus);
	return public->bits >= KEY_RSA_MIN && odd(public->modulus) && odd(public->exponent) &&
	       public->exponent.len <= EXPONENT_MAX && bits_of(public->exponent) > 1;
}

bool public_key_parse(struct public_key *public, struct span spki)
{
	struct reader r, in, algorithm;
	struct span bits;

	*public = (struct public_key){ .type = KEY_RSA };
	reader_init(&r, spki);
	in = der_enter(&r, DER_SEQUENCE);
	algorithm = der_enter(&in, DER_SEQUENCE);
	bits = der_read_bits(&in);
	if (!reader_done(&in) || !reader_done(&r) ||
	    public_key_algorithm(&algorithm, &public->type) != KEY_ALGORITHM_OK)
		return false;
	return public->type == KEY_RSA ? read_rsa(public, bits) : read_point(public, bits);
}

/* BearSSL looks whether a point is on the curve when it multiplies it: here by 1. */
static bool on_curve(const struct public_key *public)
{
	static const unsigned char one = 1;
	unsigned char copy[BR_EC_KBUF_PUB_MAX_SIZE];
	int number;
	const br_ec_impl *curve = public_key_curve(public->type, &number);

	memcpy(copy, public->point.p, public->point.len);
	return curve->mul(copy, public->point.len, &one, 1, number) == 1;
}

bool public_key_read(struct public_key *public, struct span spki)
{
	return public_key_parse(public, spki) && (public->type == KEY_RSA || on_curve(public));
}

static unsigned char *lent(struct span s)
{
	return (unsigned char *)(uintptr_t)s.p;
}

bool public_key_lend(struct span spki, br_x509_pkey *key)
{
	struct public_key public;
	int curve;

	if (!public_key_parse(&public, spki))
		return false;
	if (public_key_curve(public.type, &curve)) {
		key->key_type = BR_KEYTYPE_EC;
		key->key.ec = (br_ec_public_key){ curve, lent(public.point), public.point.len };
	} else {
		key->key_type = BR_KEYTYPE_RSA;
		key->key.rsa = (br_rsa_public_key){ lent(public.modulus), public.modulus.len,
			                            lent(public.exponent), public.exponent.len };
	}
	return true;
}

void public_key_write(struct builder *out, const struct public_key *public)
{
	size_t all = der_open(out, DER_SEQUENCE), algorithm = der_open(out, DER_SEQUENCE), bits;

	if (public->type != KEY_RSA) {
		der_write(out, DER_OID, span_of(oid_ec, sizeof oid_ec));
		der_write(out, DER_OID, public_key_oid(public->type));
	} else {
		der_write(out, DER_OID, span_of(oid_rsa, sizeof oid_rsa));
		der_write(out, DER_NULL, span_of(NULL, 0));
	}
	der_close(out, algorithm);
	bits = der_open(out, DER_BIT_STRING);
	builder_byte(out, 0);
	if (public->type != KEY_RSA) {
		builder_add(out, public->point);
	} else {
		size_t numbers = der_open(out, DER_SEQUENCE);

		der_write_unsigned(out, public->modulus);
		der_write_unsigned(out, public->exponent);
		der_close(out, numbers);
	}
	der_close(out, bits);
	der_close(out, all);
}

const br_hash_class *key_hash_class(enum key_hash hash)
{
	switch (hash) {
	case KEY_SHA256:
		return sha256_class();
	case KEY_SHA384:
		return &br_sha384_vtable;
	case KEY_SHA512:
		break;
	}
	return &br_sha512_vtable;
}

size_t key_hash_len(enum key_hash hash)
{
	const br_hash_class *class = key_hash_class(hash);

	return class->desc >> BR_HASHDESC_OUT_OFF & BR_HASHDESC_OUT_MASK;
}

void key_hash(enum key_hash hash, struct span data, unsigned char *digest)
{
	br_hash_compat_context context;

	context.vtable = key_hash_class(hash);
	context.vtable->init(&context.vtable);
	context.vtable->update(&context.vtable, data.p, data.len);
	context.vtable->out(&context.vtable, digest);
}

enum key_hash key_type_hash(enum key_type type)
{
	return type == KEY_P384 ? KEY_SHA384 : KEY_SHA256;
}

const unsigned char *key_hash_oid(enum key_hash hash)
{
	switch (hash) {
	case KEY_SHA256:
		return BR_HASH_OID_SHA256;
	case KEY_SHA384:
		return BR_HASH_OID_SHA384;
	case KEY_SHA512:
		break;
	}
	return BR_HASH_OID_SHA512;
}

/* BearSSL's structures are not const, but it only reads what they point to. */
static unsigned char *unconst(struct span s)
{
	return (unsigned char *)(uintptr_t)s.p;
}

static bool verify_rsa(const struct public_key *public, enum key_hash hash,
                       const unsigned char *digest, struct span signature)
{
	br_rsa_public_key key = { unconst(public->modulus), public->modulus.len,
		                  unconst(public->exponent), public->exponent.len };
	unsigned char signed_digest[KEY_HASH_MAX];
	size_t len = key_hash_len(hash);

	return br_rsa_pkcs1_vrfy_get_default()(signature.p, signature.len, key_hash_oid(hash), len,
	                                       &key, signed_digest) == 1 &&
	       memcmp(signed_digest, digest, len) == 0;
}

bool public_key_verify(const struct public_key *public, enum key_hash hash,
                       const unsigned char *digest, struct span signature)
{
	br_ec_public_key key = { .q = unconst(public->point), .qlen = public->point.len };
	const br_ec_impl *curve = public_key_curve(public->type, &key.curve);

	if (!curve)
		return verify_rsa(public, hash, digest, signature);
	return br_ecdsa_i31_vrfy_asn1(curve, digest, key_hash_len(hash), &key, signature.p,
	                              signature.len) == 1;
}

void signature_algorithm_write(struct builder *out, enum key_type type, enum key_hash hash)
{
	size_t all = der_open(out, DER_SEQUENCE), oid = der_open(out, DER_OID);

	if (type == KEY_RSA)
		builder_add(out, span_of(oid_rsa_with, sizeof oid_rsa_with));
	else
		builder_add(out, span_of(oid_ecdsa_with, sizeof oid_ecdsa_with));
	builder_byte(out, (unsigned char)((type == KEY_RSA ? RSA_SHA256 : ECDSA_SHA256) + hash));
	der_close(out, oid);
	if (type == KEY_RSA)
		der_write(out, DER_NULL, span_of(NULL, 0));
	der_close(out, all);
}

bool signature_algorithm_read(struct span algorithm, bool *is_rsa, enum key_hash *hash)
{
	for (enum key_hash h = KEY_SHA256; h <= KEY_SHA512; h++) {
		for (int rsa = 0; rsa < 2; rsa++) {
			unsigned char known[32];
			struct builder b;

			builder_init(&b, known, sizeof known);
			signature_algorithm_write(&b, rsa ? KEY_RSA : KEY_P256, h);
			if (!span_eq(builder_span(&b), algorithm))
				continue;
			*is_rsa = rsa;
			*hash = h;
			return true;
		}
	}
	return false;
}

bool signature_holds(struct span spki, struct span algorithm, struct span bytes,
                     struct span signature)
{
	unsigned char digest[KEY_HASH_MAX];
	struct public_key public;
	enum key_hash hash;
	bool is_rsa;

	if (!signature_algorithm_read(algorithm, &is_rsa, &hash) || !public_key_read(&public, spki) ||
	    is_rsa != (public.type == KEY_RSA))
		return false;
	key_hash(hash, bytes, digest);
	return public_key_verify(&public, hash, digest, signature);
}

void key_pin(struct span spki, unsigned char pin[KEY_PIN_LEN])
{
	key_hash(KEY_SHA256, spki, pin);
}
