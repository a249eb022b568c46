/*
 * ed25519: signatures by RFC 8032 (5.1, without a context), by nettle.
 *
 * A secret is the seed of 32 bytes. Time and memory accesses do not depend on it, and nothing
 * is allocated: the storage is that of tls/curve.h, wiped after each call. One thread.
 */
#ifndef TLS_ED25519_H
#define TLS_ED25519_H

#include <stdbool.h>

#include "base/span.h"

enum { ED25519_SECRET_LEN = 32, ED25519_PUBLIC_LEN = 32, ED25519_SIGNATURE_LEN = 64 };

void ed25519_public(const unsigned char secret[ED25519_SECRET_LEN],
                    unsigned char public[ED25519_PUBLIC_LEN]);

void ed25519_sign(const unsigned char secret[ED25519_SECRET_LEN], struct span message,
                  unsigned char signature[ED25519_SIGNATURE_LEN]);

/* False too for a key that is no point, and for an S that is not below the order. */
bool ed25519_verify(const unsigned char public[ED25519_PUBLIC_LEN], struct span message,
                    const unsigned char signature[ED25519_SIGNATURE_LEN]);

#endif
