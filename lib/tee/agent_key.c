/* Keys derived from an app's. */
#include "tee/agent_key.h"

#include <bearssl.h>

#include "base/hex.h"
#include "tee/keccak.h"
#include "tls/der.h"

_Static_assert((int)AGENT_SIGNATURE_LEN == K256_SIGNATURE_LEN, "r and s");
_Static_assert((int)AGENT_SIGNATURE_LEN == ED25519_SIGNATURE_LEN, "R and S");

bool agent_algorithm_find(struct span name, enum agent_algorithm *algorithm)
{
	static const struct {
		const char *name;
		enum agent_algorithm algorithm;
	} known[] = {
		{ "secp256k1", AGENT_K256 },
		{ "k256", AGENT_K256 },
		{ "secp256k1_prehashed", AGENT_K256_PREHASHED },
		{ "ed25519", AGENT_ED25519 },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_is(name, known[i].name)) {
			*algorithm = known[i].algorithm;
			return true;
		}
	return false;
}

void agent_derive(const unsigned char key[AGENT_SECRET_LEN], struct span path,
                  unsigned char secret[AGENT_SECRET_LEN])
{
	static const char salt[] = "RATLS";
	br_hkdf_context hkdf;

	br_hkdf_init(&hkdf, &br_sha256_vtable, salt, sizeof salt - 1);
	br_hkdf_inject(&hkdf, key, AGENT_SECRET_LEN);
	br_hkdf_flip(&hkdf);
	br_hkdf_produce(&hkdf, path.p, path.len, secret, AGENT_SECRET_LEN);
	explicit_bzero(&hkdf, sizeof hkdf);
}

/* As an ECPrivateKey (RFC 5915), which says no more than the scalar and the curve. */
bool agent_derive_p256(const unsigned char key[AGENT_SECRET_LEN], struct span path, struct key *made)
{
	static const unsigned char version = 1;
	unsigned char secret[AGENT_SECRET_LEN], room[64];
	struct builder der;
	size_t all, curve;
	bool ok;

	agent_derive(key, path, secret);
	builder_init(&der, room, sizeof room);
	all = der_open(&der, DER_SEQUENCE);
	der_write_unsigned(&der, span_of(&version, 1));
	der_write(&der, DER_OCTET_STRING, span_of(secret, sizeof secret));
	curve = der_open(&der, DER_CONTEXT_CONSTRUCTED | 0);
	der_write(&der, DER_OID, public_key_oid(KEY_P256));
	der_close(&der, curve);
	der_close(&der, all);
	ok = builder_ok(&der) && key_read(made, builder_span(&der)) == KEY_OK;
	explicit_bzero(secret, sizeof secret);
	explicit_bzero(room, sizeof room);
	return ok;
}

/* Keccak-256 of "purpose:" and a public key in hexadecimal. */
static void purpose_digest(struct span purpose, struct span public, unsigned char digest[KECCAK256_LEN])
{
	unsigned char text[2 * AGENT_PUBLIC_MAX];
	struct builder hex;
	struct keccak k;

	builder_init(&hex, text, sizeof text);
	hex_encode(&hex, public);
	keccak_init(&k, KECCAK, KECCAK256_LEN);
	keccak_add(&k, purpose);
	keccak_add(&k, span_str(":"));
	keccak_add(&k, builder_span(&hex));
	keccak_end(&k, digest);
}

void agent_issued_digest(struct span app_id, const unsigned char public[K256_PUBLIC_LEN],
                         unsigned char digest[K256_DIGEST_LEN])
{
	struct keccak k;

	keccak_init(&k, KECCAK, KECCAK256_LEN);
	keccak_add(&k, span_str("dstack-kms-issued:"));
	keccak_add(&k, app_id);
	keccak_add(&k, span_of(public, K256_PUBLIC_LEN));
	keccak_end(&k, digest);
}

bool agent_key_make(struct agent_key *key, const struct agent_state *s, struct span path,
                    struct span purpose, enum agent_algorithm algorithm)
{
	unsigned char digest[KECCAK256_LEN];

	agent_derive(s->k256_key, path, key->secret);
	if (algorithm == AGENT_ED25519) {
		key->public_len = ED25519_PUBLIC_LEN;
		ed25519_public(key->secret, key->public);
	} else {
		key->public_len = K256_PUBLIC_LEN;
		if (!k256_public(key->secret, key->public))
			return false;
	}
	purpose_digest(purpose, span_of(key->public, key->public_len), digest);
	return k256_sign(s->k256_key, digest, key->signature);
}

static void sha256(struct span data, unsigned char digest[KEY_HASH_MAX])
{
	key_hash(KEY_SHA256, data, digest);
}

bool agent_sign(const struct agent_key *key, enum agent_algorithm algorithm, struct span data,
                unsigned char signature[AGENT_SIGNATURE_LEN])
{
	unsigned char digest[KEY_HASH_MAX], recoverable[K256_RECOVERABLE_LEN];

	if (algorithm == AGENT_ED25519) {
		ed25519_sign(key->secret, data, signature);
		return true;
	}
	if (algorithm == AGENT_K256)
		sha256(data, digest);
	else if (data.len == K256_DIGEST_LEN)
		memcpy(digest, data.p, K256_DIGEST_LEN);
	else
		return false;
	if (!k256_sign(key->secret, digest, recoverable))
		return false;
	memcpy(signature, recoverable, AGENT_SIGNATURE_LEN);
	return true;
}

enum k256_answer agent_verify(enum agent_algorithm algorithm, struct span public, struct span data,
                              struct span signature)
{
	unsigned char digest[KEY_HASH_MAX] = { 0 };
	enum k256_answer answer;

	if (algorithm == AGENT_ED25519) {
		if (public.len != ED25519_PUBLIC_LEN || signature.len != ED25519_SIGNATURE_LEN)
			return K256_MALFORMED;
		return ed25519_verify(public.p, data, signature.p) ? K256_VALID : K256_INVALID;
	}
	if (algorithm == AGENT_K256) {
		sha256(data, digest);
	} else {
		struct span head = span_head(data, K256_DIGEST_LEN);

		if (head.len > 0)
			memcpy(digest + K256_DIGEST_LEN - head.len, head.p, head.len);
	}
	answer = k256_verify(public, digest, signature);
	if (algorithm == AGENT_K256_PREHASHED && data.len < K256_DIGEST_LEN / 2 && answer == K256_VALID)
		answer = K256_INVALID;
	return answer;
}
