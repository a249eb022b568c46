/* ECDSA on secp256k1. */
#include "tls/k256.h"

#include <secp256k1.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <stdlib.h>
#include <sys/random.h>

enum { ROOM = 1024, RECOVERIES = 4, POINT_MAX = 65 };

/*
 * The library's state: made once, in storage of ours, with the blinding that it keeps for
 * secrets. Without random bytes there is none, and no secret is calculated with.
 */
static secp256k1_context *context(void)
{
	static _Alignas(16) unsigned char room[ROOM];
	static secp256k1_context *made;
	unsigned int uses = SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY;
	unsigned char seed[32];

	if (made)
		return made;
	if (secp256k1_context_preallocated_size(uses) > sizeof room)
		abort();
	if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
		return NULL;
	made = secp256k1_context_preallocated_create(room, uses);
	if (!secp256k1_context_randomize(made, seed))
		abort();
	explicit_bzero(seed, sizeof seed);
	return made;
}

static bool write_public(const secp256k1_context *c, const secp256k1_pubkey *key,
                         unsigned char public[K256_PUBLIC_LEN])
{
	size_t len = K256_PUBLIC_LEN;

	return secp256k1_ec_pubkey_serialize(c, public, &len, key, SECP256K1_EC_COMPRESSED) == 1;
}

bool k256_public(const unsigned char secret[K256_SECRET_LEN], unsigned char public[K256_PUBLIC_LEN])
{
	const secp256k1_context *c = context();
	secp256k1_pubkey key;

	return c && secp256k1_ec_pubkey_create(c, &key, secret) == 1 && write_public(c, &key, public);
}

bool k256_make(unsigned char secret[K256_SECRET_LEN])
{
	const secp256k1_context *c = context();

	/* All but one of 2^128 are secrets. */
	do {
		if (!c || getrandom(secret, K256_SECRET_LEN, 0) != K256_SECRET_LEN)
			return false;
	} while (secp256k1_ec_seckey_verify(c, secret) != 1);
	return true;
}

bool k256_sign(const unsigned char secret[K256_SECRET_LEN],
               const unsigned char digest[K256_DIGEST_LEN],
               unsigned char signature[K256_RECOVERABLE_LEN])
{
	const secp256k1_context *c = context();
	secp256k1_ecdsa_recoverable_signature made;
	int recovery = 0;

	if (!c || secp256k1_ecdsa_sign_recoverable(c, &made, digest, secret, NULL, NULL) != 1)
		return false;
	secp256k1_ecdsa_recoverable_signature_serialize_compact(c, signature, &recovery, &made);
	signature[K256_SIGNATURE_LEN] = (unsigned char)recovery;
	return true;
}

static bool is_zero(const unsigned char *p, size_t len)
{
	unsigned char all = 0;

	for (size_t i = 0; i < len; i++)
		all |= p[i];
	return all == 0;
}

/* The library takes zeros for numbers that no message has; they are no signature. */
static bool read_signature(const secp256k1_context *c, secp256k1_ecdsa_signature *to,
                           struct span signature)
{
	enum { HALF = K256_SIGNATURE_LEN / 2 };

	return signature.len == K256_SIGNATURE_LEN &&
	       !is_zero(signature.p, HALF) && !is_zero(signature.p + HALF, HALF) &&
	       secp256k1_ecdsa_signature_parse_compact(c, to, signature.p) == 1;
}

/* Without the hybrid forms (06, 07) that the library knows too. */
static bool read_public(const secp256k1_context *c, secp256k1_pubkey *to, struct span public)
{
	if (public.len != K256_PUBLIC_LEN && (public.len != POINT_MAX || public.p[0] != 4))
		return false;
	return secp256k1_ec_pubkey_parse(c, to, public.p, public.len) == 1;
}

enum k256_answer k256_verify(struct span public, const unsigned char digest[K256_DIGEST_LEN],
                             struct span signature)
{
	const secp256k1_context *c = context();
	secp256k1_ecdsa_signature parsed;
	secp256k1_pubkey key;

	if (!c)
		return K256_INVALID;
	if (!read_public(c, &key, public) || !read_signature(c, &parsed, signature))
		return K256_MALFORMED;
	return secp256k1_ecdsa_verify(c, &parsed, digest, &key) == 1 ? K256_VALID : K256_INVALID;
}

bool k256_recover(const unsigned char digest[K256_DIGEST_LEN],
                  const unsigned char signature[K256_RECOVERABLE_LEN],
                  unsigned char public[K256_PUBLIC_LEN])
{
	const secp256k1_context *c = context();
	secp256k1_ecdsa_recoverable_signature parsed;
	secp256k1_pubkey key;

	return c && signature[K256_SIGNATURE_LEN] < RECOVERIES &&
	       secp256k1_ecdsa_recoverable_signature_parse_compact(
	               c, &parsed, signature, signature[K256_SIGNATURE_LEN]) == 1 &&
	       secp256k1_ecdsa_recover(c, &key, &parsed, digest) == 1 && write_public(c, &key, public);
}
