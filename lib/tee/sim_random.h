/*
 * sim_random: randomness for what is simulated: from a seed, or from the system. Everything that
 * is made takes a stream of its own, named by what it is for, so that a setting changes no more
 * than what it is about.
 *
 * A seed that is a word somebody thought of is no secret, and neither are keys made from it.
 */
#ifndef TEE_SIM_RANDOM_H
#define TEE_SIM_RANDOM_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "tls/key.h"

struct sim_seed {
	unsigned char bytes[32];
};

/* From any text; an empty one asks the system for randomness. False: errno. */
bool sim_seed_make(struct sim_seed *seed, struct span text);

/* `len` bytes of the stream `purpose`. */
void sim_random(const struct sim_seed *seed, const char *purpose, unsigned char *bytes, size_t len);

/* A key on P-256 of the stream `purpose`. */
bool sim_random_key(const struct sim_seed *seed, const char *purpose, struct key *key);

#endif
