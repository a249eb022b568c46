/*
 * agent_key: the keys that an app derives from its own, what vouches for them, and what is
 * signed with them, by dstack's rules.
 *
 * A derived key is HKDF-SHA256 (RFC 5869) of the app's secp256k1 key, with the salt "RATLS" and the
 * path as info: 32 bytes, the secret of a key on secp256k1, the seed of one on Ed25519 or the
 * scalar of one on P-256. Two signatures vouch for it, recoverable ones (tls/k256.h):
 * the app key's over Keccak-256 of "purpose:" and the public key in hexadecimal, and the root's
 * over Keccak-256 of "dstack-kms-issued:", the app's id and its compressed public key. The path
 * alone makes the key: the same with another purpose or algorithm is the same secret.
 */
#ifndef TEE_AGENT_KEY_H
#define TEE_AGENT_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "tee/agent_state.h"
#include "tls/ed25519.h"
#include "tls/k256.h"
#include "tls/key.h"

enum {
	AGENT_SECRET_LEN = 32,
	AGENT_PUBLIC_MAX = K256_PUBLIC_LEN,
	AGENT_SIGNATURE_LEN = 64 /* of each algorithm */
};

enum agent_algorithm { AGENT_K256, AGENT_K256_PREHASHED, AGENT_ED25519 };

/* "secp256k1" (also "k256"), "secp256k1_prehashed", "ed25519". False for all others. */
bool agent_algorithm_find(struct span name, enum agent_algorithm *algorithm);

/* Derives 32 bytes. */
void agent_derive(const unsigned char key[AGENT_SECRET_LEN], struct span path,
                  unsigned char secret[AGENT_SECRET_LEN]);

/* A key on P-256 whose scalar is derived. False for the few that are no scalar of the curve. */
bool agent_derive_p256(const unsigned char key[AGENT_SECRET_LEN], struct span path, struct key *made);

/* A derived key. A secret: to be wiped. */
struct agent_key {
	unsigned char secret[AGENT_SECRET_LEN];
	unsigned char public[AGENT_PUBLIC_MAX];
	size_t public_len; /* 33, or 32 for Ed25519 */
	unsigned char signature[K256_RECOVERABLE_LEN]; /* the app key's over it */
};
bool agent_key_make(struct agent_key *key, const struct agent_state *s, struct span path,
                    struct span purpose, enum agent_algorithm algorithm);

/* What the root signs: the digest over an app's id and public key. */
void agent_issued_digest(struct span app_id, const unsigned char public[K256_PUBLIC_LEN],
                         unsigned char digest[K256_DIGEST_LEN]);

/*
 * A signature of AGENT_SIGNATURE_LEN bytes: Ed25519 over the data; ECDSA over their SHA-256, or
 * over the data as a digest, which has to have 32 bytes. False: it has not.
 */
bool agent_sign(const struct agent_key *key, enum agent_algorithm algorithm, struct span data,
                unsigned char signature[AGENT_SIGNATURE_LEN]);

/*
 * Whether a signature holds. K256_MALFORMED: the key or the signature is none. A digest that is
 * not of 32 bytes is cut, or has zeros put in front, as the original does it; one under 16
 * bytes is never signed.
 */
enum k256_answer agent_verify(enum agent_algorithm algorithm, struct span public, struct span data,
                              struct span signature);

#endif
