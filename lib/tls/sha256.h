/*
 * sha256: SHA-256 (FIPS 180-4) by the processor's own instructions, where it has them.
 *
 * BearSSL's portable code makes up a seventh of a handshake: the hashes of its messages, the keys
 * made of them, randomness and nonces are all SHA-256. This is behind the interface BearSSL has for
 * hash functions, with BearSSL's own structure; where the instructions are missing it is BearSSL's code.
 */
#ifndef TLS_SHA256_H
#define TLS_SHA256_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>

/* In the place of br_sha256_vtable; always the same one. */
const br_hash_class *sha256_class(void);

/* In the place of br_tls12_sha256_prf(), which knows BearSSL's own alone. */
void sha256_prf(void *to, size_t len, const void *secret, size_t secret_len, const char *label,
                size_t n_seeds, const br_tls_prf_seed_chunk *seeds);

#endif
