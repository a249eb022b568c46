/*
 * k256: ECDSA on secp256k1, the curve of Ethereum's keys, by libsecp256k1.
 *
 * Signatures are r || s, 32 bytes each in network order, s in the lower half of
 * the order; with one byte behind them, 0 to 3, from which the public key can be
 * had, they are recoverable. Nonces are those of RFC 6979 with SHA-256: the
 * same key and digest give the same signature. Which hash a digest is of is the
 * caller's business.
 *
 * Secrets: time does not depend on them, and what is calculated is blinded by random
 * bytes of the process. Nothing is allocated. One thread.
 */
#ifndef TLS_K256_H
#define TLS_K256_H

#include <stdbool.h>

#include "base/span.h"

enum {
	K256_SECRET_LEN = 32,
	K256_PUBLIC_LEN = 33,     /* compressed: 02 or 03, x */
	K256_DIGEST_LEN = 32,
	K256_SIGNATURE_LEN = 64,
	K256_RECOVERABLE_LEN = 65
};

/* The public key of a secret; false when that is 0 or not below the order. */
bool k256_public(const unsigned char secret[K256_SECRET_LEN], unsigned char public[K256_PUBLIC_LEN]);

/* Makes a new secret from the system's random bytes. False: errno. */
bool k256_make(unsigned char secret[K256_SECRET_LEN]);

/* Signs, recoverably; false for a secret that is none. */
bool k256_sign(const unsigned char secret[K256_SECRET_LEN],
               const unsigned char digest[K256_DIGEST_LEN],
               unsigned char signature[K256_RECOVERABLE_LEN]);

/*
 * Whether `signature` (K256_SIGNATURE_LEN bytes) is the key's. `public` is a point by SEC 1,
 * compressed or not. K256_MALFORMED: that is no point of the curve, or r or s is 0 or not
 * below the order. A signature with s in the upper half is K256_INVALID.
 */
enum k256_answer { K256_VALID, K256_INVALID, K256_MALFORMED };
enum k256_answer k256_verify(struct span public, const unsigned char digest[K256_DIGEST_LEN],
                             struct span signature);

/* The key that made a recoverable signature; false when there is none. */
bool k256_recover(const unsigned char digest[K256_DIGEST_LEN],
                  const unsigned char signature[K256_RECOVERABLE_LEN],
                  unsigned char public[K256_PUBLIC_LEN]);

#endif
