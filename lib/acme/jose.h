/*
 * jose: the parts of JOSE that ACME uses: public keys as JWK (RFC 7517, RFC
 * 7518 section 6), their thumbprints (RFC 7638) and the flattened JSON form of
 * JWS (RFC 7515, 7.2.2).
 *
 * The signature is made by whoever has the key: a function of the caller's.
 */
#ifndef ACME_JOSE_H
#define ACME_JOSE_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/key.h"

enum {
	JOSE_JWK_MAX = 1024,       /* bytes of a JWK of a key that we take */
	JOSE_THUMBPRINT_LEN = 43,  /* characters of a SHA-256 in base64url */
	JOSE_MAC_KEY_MAX = 1024    /* bytes of the key of an external account */
};

/*
 * Appends the key as JWK with the members that RFC 7638, 3.2 requires, in their
 * order and without white space: the form whose hash is the thumbprint. A
 * coordinate has the curve's full length.
 */
void jose_jwk(struct builder *out, const struct public_key *public);

/* Appends the SHA-256 thumbprint in base64url: JOSE_THUMBPRINT_LEN characters. */
void jose_thumbprint(struct builder *out, const struct public_key *public);

/* The signature algorithm that goes with a key: ES256, ES384 or RS256. */
const char *jose_algorithm(enum key_type type);

/* That of a MAC: HS256, HS384, HS512. */
const char *jose_mac_algorithm(enum key_hash hash);

/* A protected header. A span that is empty is left out. */
struct jose_header {
	const char *algorithm;
	struct span nonce, url, kid;
	struct span jwk; /* JSON */
};

/* Makes the signature or MAC over the signing input. False: it could not be made. */
struct jose_signer {
	bool (*sign)(void *context, struct span input, struct builder *signature);
	void *context;
};

/*
 * Appends {"protected":...,"payload":...,"signature":...}. The signing input is
 * put together in `work`, from its front. False when something did not fit or
 * the signature could not be made.
 */
bool jose_sign(struct builder *out, const struct jose_header *header, struct span payload,
               const struct jose_signer *signer, struct builder *work);

/*
 * Appends the bytes of an external account's key as CAs write them down:
 * base64url, with or without padding, with '+' and '/' for '-' and '_', white
 * space around it. False for anything else and for no bytes at all.
 */
bool jose_mac_key(struct builder *out, struct span text);

#endif
