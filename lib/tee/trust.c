/* Chains of Intel's attestation PKI. */
#include "tee/trust.h"

#include "base/builder.h"
#include "tls/curve.h"
#include "tls/der.h"
#include "tls/pem.h"
#include "tls/public_key.h"

enum { HASH_LEN = 32, POINT_LEN = 65, KEY_LEN = 64 };

const struct trust_root trust_root_intel = {
	.hash = { 0x44, 0xa0, 0x19, 0x6b, 0x2b, 0x99, 0xf8, 0x89, 0xb8, 0xe1, 0x49,
	          0xe9, 0x5b, 0x80, 0x7a, 0x35, 0x0e, 0x74, 0x24, 0x96, 0x43, 0x99,
	          0xe8, 0x85, 0xa7, 0xcb, 0xb8, 0xcc, 0xfa, 0xb6, 0x74, 0xd3 },
	.pin = { 0xa0, 0xaf, 0x03, 0x12, 0x89, 0xf5, 0xd5, 0xd4, 0x13, 0x2f, 0x91,
	         0x86, 0x06, 0x8a, 0x7f, 0xc1, 0x36, 0x28, 0x63, 0x3b, 0xa2, 0x35,
	         0x77, 0x74, 0x72, 0xe2, 0x9b, 0x6b, 0x6c, 0x67, 0xa4, 0x9e },
};

const char *trust_strerror(enum trust_result result)
{
	switch (result) {
	case TRUST_OK:
		return "fine";
	case TRUST_MALFORMED:
		return "no certificates in PEM";
	case TRUST_COUNT:
		return "not as many certificates as there must be";
	case TRUST_ORDER:
		return "the certificates are no chain";
	case TRUST_UNTRUSTED:
		return "ends in a root that is not trusted";
	case TRUST_NAME:
		return "a certificate with another name than its place has";
	case TRUST_EXTENSIONS:
		return "a certificate with other extensions than its place has";
	case TRUST_SIGNATURE:
		return "the signature of a certificate is wrong";
	case TRUST_TIME:
		return "a certificate is not yet valid, or no longer";
	}
	return "unknown";
}

static bool hash_is(struct span bytes, const unsigned char expected[HASH_LEN])
{
	unsigned char hash[HASH_LEN];

	key_hash(KEY_SHA256, bytes, hash);
	return memcmp(hash, expected, sizeof hash) == 0;
}

bool trust_root_read(struct trust_root *root, struct span file)
{
	unsigned char der[TRUST_DER_MAX];
	struct public_key public;
	struct span label, bytes = file, again;
	struct builder b;
	struct cert c;

	builder_init(&b, der, sizeof der);
	if (file.len == 0)
		return false;
	if (file.p[0] != DER_SEQUENCE &&
	    (pem_next(&file, &label, &b, &bytes) != PEM_BLOCK || !span_is(label, "CERTIFICATE") ||
	     pem_next(&file, &label, &b, &again) != PEM_END))
		return false;
	if (!cert_read(&c, bytes) || !public_key_read(&public, c.spki) || public.type != KEY_P256)
		return false;
	key_hash(KEY_SHA256, c.der, root->hash);
	key_hash(KEY_SHA256, c.spki, root->pin);
	root->own = memcmp(root->hash, trust_root_intel.hash, sizeof root->hash) != 0;
	return true;
}

static bool verify(struct trust *trust, struct span point, struct span bytes, struct span signature,
                   bool raw)
{
	br_ec_public_key key = { .curve = BR_EC_secp256r1, .q = (unsigned char *)(uintptr_t)point.p,
		                 .qlen = point.len };
	unsigned char hash[HASH_LEN];

	key_hash(KEY_SHA256, bytes, hash);
	trust->signatures++;
	return (raw ? curve_verify_raw : curve_verify_asn1)(&curve_ec, hash, sizeof hash, &key,
	                                                    signature.p, signature.len) == 1;
}

/* The point of a key on P-256. That it is on the curve is seen when it is used. */
static bool point_of(const struct cert *c, struct span *point)
{
	struct public_key public;

	if (!public_key_parse(&public, c->spki) || public.type != KEY_P256)
		return false;
	*point = public.point;
	return true;
}

bool trust_signed(struct trust *trust, const struct cert *issuer, struct span algorithm,
                  struct span bytes, struct span signature)
{
	struct span point;
	enum key_hash hash;
	bool is_rsa;

	return signature_algorithm_read(algorithm, &is_rsa, &hash) && !is_rsa && hash == KEY_SHA256 &&
	       point_of(issuer, &point) && verify(trust, point, bytes, signature, false);
}

bool trust_signed_raw(struct trust *trust, const struct cert *issuer, struct span bytes,
                      struct span signature)
{
	struct span point;

	return point_of(issuer, &point) && verify(trust, point, bytes, signature, true);
}

bool trust_signed_by_key(struct trust *trust, struct span key, struct span bytes,
                         struct span signature)
{
	unsigned char point[POINT_LEN] = { 4 };

	if (key.len != KEY_LEN)
		return false;
	memcpy(point + 1, key.p, key.len);
	return verify(trust, span_of(point, sizeof point), bytes, signature, true);
}

static bool is_known(const struct trust *trust, struct span der)
{
	for (size_t i = 0; i < trust->n_known; i++)
		if (span_eq(trust->known[i], der))
			return true;
	return false;
}

static void remember(struct trust *trust, struct span der)
{
	if (trust->n_known < TRUST_KNOWN)
		trust->known[trust->n_known++] = der;
}

/*
 * Two that are one another's issuers, or two roots, are no chain. The first place is that of the
 * certificate that nobody else here was signed with.
 */
static enum trust_result sort(struct trust_chain *chain, const struct cert *list)
{
	size_t n = chain->n, at = n;

	for (size_t i = 0; i < n; i++) {
		if (!span_eq(list[i].issuer, list[i].subject))
			continue;
		if (at < n)
			return TRUST_ORDER;
		at = i;
	}
	if (at == n)
		return TRUST_ORDER;
	chain->cert[n - 1] = list[at];
	for (size_t place = n - 1; place > 0; place--) {
		size_t found = n;

		for (size_t i = 0; i < n; i++) {
			if (span_eq(list[i].issuer, list[i].subject) ||
			    !span_eq(list[i].issuer, chain->cert[place].subject))
				continue;
			if (found < n)
				return TRUST_ORDER;
			found = i;
		}
		if (found == n)
			return TRUST_ORDER;
		chain->cert[place - 1] = list[found];
	}
	return TRUST_OK;
}

enum trust_result trust_chain_read(struct trust_chain *chain, struct span pem, size_t n)
{
	struct cert list[TRUST_CERTS] = { 0 };
	struct span label, der;
	enum pem_result r;
	struct builder b;

	chain->n = 0;
	builder_init(&b, chain->der, sizeof chain->der);
	while ((r = pem_next(&pem, &label, &b, &der)) == PEM_BLOCK) {
		if (chain->n == n)
			return TRUST_COUNT;
		if (!span_is(label, "CERTIFICATE") || !cert_read(&list[chain->n], der))
			return TRUST_MALFORMED;
		chain->n++;
	}
	if (r != PEM_END || chain->n == 0)
		return TRUST_MALFORMED;
	return chain->n == n ? sort(chain, list) : TRUST_COUNT;
}

bool trust_is_processor_ca(const struct cert *ca)
{
	struct span name = cert_common_name(ca->subject), end = span_str("Processor CA");

	return name.len >= end.len && span_eq(span_from(name, name.len - end.len), end);
}

/* Who stands before it may be anybody under a root of one's own. */
static bool name_is(const struct trust *trust, struct span name, const char *expected)
{
	struct span end = span_str(expected);

	if (name.len < end.len || !span_eq(span_from(name, name.len - end.len), end))
		return false;
	return trust->root->own || span_is(span_head(name, name.len - end.len), "Intel");
}

static bool name_ok(const struct trust *trust, const struct cert *c, enum trust_role role)
{
	struct span name = cert_common_name(c->subject);

	switch (role) {
	case TRUST_PCK:
		return name_is(trust, name, " SGX PCK Certificate");
	case TRUST_CA:
		return name_is(trust, name, " SGX PCK Platform CA") ||
		       name_is(trust, name, " SGX PCK Processor CA");
	case TRUST_SIGNER:
		return name_is(trust, name, " SGX TCB Signing");
	case TRUST_ROOT_CA:
		break;
	}
	return name_is(trust, name, " SGX Root CA");
}

/* Extensions of id-ce that each of these certificates has, as bits. */
enum {
	KEY_ID = 1,
	KEY_USAGE = 2,
	BASIC_CONSTRAINTS = 4,
	CRL_POINTS = 8,
	AUTHORITY_KEY_ID = 16,
	ALL = 31
};

static unsigned int extension_bit(struct span oid)
{
	static const unsigned char last[] = { 14, 15, 19, 31, 35 };

	if (oid.len != 3 || oid.p[0] != 0x55 || oid.p[1] != 0x1d)
		return 0;
	for (unsigned int i = 0; i < sizeof last; i++)
		if (oid.p[2] == last[i])
			return 1U << i;
	return 0;
}

/* Bits of the first byte of keyUsage. */
enum { DIGITAL_SIGNATURE = 0x80, CERT_SIGN = 0x04, CRL_SIGN = 0x02 };

static bool usage_has(struct span value, unsigned int bits)
{
	struct reader r;
	struct span s;

	reader_init(&r, value);
	s = der_read(&r, DER_BIT_STRING);
	return reader_done(&r) && s.len >= 2 && s.p[0] < 8 && (s.p[1] & bits) == bits;
}

static bool extensions_ok(const struct cert *c, enum trust_role role)
{
	bool is_ca = role == TRUST_CA || role == TRUST_ROOT_CA;
	unsigned int found = 0;
	struct reader list;

	reader_init(&list, c->extensions);
	while (reader_left(&list) > 0) {
		struct reader r = der_enter(&list, DER_SEQUENCE);
		unsigned int bit = extension_bit(der_read(&r, DER_OID));
		bool critical = der_next_is(&r, DER_BOOLEAN) && der_read_boolean(&r);

		found |= bit;
		if (bit == 0 && critical)
			return false;
		if (bit == KEY_USAGE && !usage_has(der_read(&r, DER_OCTET_STRING),
		                                   is_ca ? CERT_SIGN | CRL_SIGN : DIGITAL_SIGNATURE))
			return false;
	}
	return reader_done(&list) && found == ALL && c->is_ca == is_ca;
}

/* The root as it is known, or another certificate that it made for its key. */
static enum trust_result check_root(struct trust *trust, const struct cert *root)
{
	if (is_known(trust, root->der))
		return TRUST_OK;
	if (!hash_is(root->der, trust->root->hash)) {
		if (!hash_is(root->spki, trust->root->pin))
			return TRUST_UNTRUSTED;
		if (!trust_signed(trust, root, root->signature_algorithm, root->tbs, root->signature))
			return TRUST_SIGNATURE;
	}
	remember(trust, root->der);
	return TRUST_OK;
}

static enum trust_result check(struct trust *trust, const struct cert *c, const struct cert *issuer,
                               enum trust_role role)
{
	if (!name_ok(trust, c, role))
		return TRUST_NAME;
	if (!extensions_ok(c, role))
		return TRUST_EXTENSIONS;
	if (trust->now < c->not_before || trust->now > c->not_after)
		return TRUST_TIME;
	if (role == TRUST_ROOT_CA || is_known(trust, c->der))
		return TRUST_OK;
	if (!trust_signed(trust, issuer, c->signature_algorithm, c->tbs, c->signature))
		return TRUST_SIGNATURE;
	remember(trust, c->der);
	return TRUST_OK;
}

/* From the root down, so that nothing is believed before what it hangs on. */
enum trust_result trust_chain_verify(struct trust *trust, const struct trust_chain *chain,
                                     enum trust_role role)
{
	const struct cert *issuer = &chain->cert[chain->n - 1];
	enum trust_result r = check_root(trust, issuer);

	for (size_t i = chain->n; i-- > 0 && r == TRUST_OK; issuer = &chain->cert[i])
		r = check(trust, &chain->cert[i], issuer,
		          i == chain->n - 1 ? TRUST_ROOT_CA : i > 0 ? TRUST_CA : role);
	return r;
}
