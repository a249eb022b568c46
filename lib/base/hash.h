/*
 * hash: SipHash-1-3 for tables whose keys strangers choose.
 *
 * With a random key of the process, nobody outside can make keys collide.
 * Not for signatures or anything that is stored.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct hash_key {
	uint64_t k[2];
};

/* A random key; false (errno) when the system has no randomness to give. */
bool hash_key_make(struct hash_key *key);

uint64_t hash_bytes(const struct hash_key *key, struct span bytes);

#endif
