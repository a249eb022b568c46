/*
 * keccak: Keccak with 1600 bits of state (FIPS 202): SHA-3, and the Keccak that was
 * its candidate, which Ethereum has. They differ in one byte of padding.
 *
 * A digest is 32, 48 or 64 bytes long, and its capacity twice that.
 */
#ifndef TEE_KECCAK_H
#define TEE_KECCAK_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum keccak_kind { KECCAK = 0x01, SHA3 = 0x06 }; /* the first byte of padding */

enum { KECCAK256_LEN = 32, KECCAK_LEN_MAX = 64 };

struct keccak {
	uint64_t lane[25];
	size_t len;       /* bytes of the digest */
	size_t rate, at;  /* bytes of a block, and how many of this one are in */
	enum keccak_kind kind;
};

/* Starts one whose digest is `len` bytes (32, 48 or 64). */
void keccak_init(struct keccak *k, enum keccak_kind kind, size_t len);

void keccak_add(struct keccak *k, struct span bytes);

/* The digest, `len` bytes; then keccak_init() is the only thing to do with `k`. */
void keccak_end(struct keccak *k, unsigned char *digest);

/* Keccak-256 of bytes that are all there. */
void keccak256(struct span bytes, unsigned char digest[KECCAK256_LEN]);

#endif
