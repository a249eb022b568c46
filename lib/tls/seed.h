/*
 * seed: randomness for BearSSL.
 *
 * BearSSL asks the system by opening /dev/urandom, which a jail does not allow.
 * The function it asks through (br_prng_seeder_system() of its interface) is
 * defined here instead, over getrandom(2): it is linked in wherever this
 * module is used.
 */
#ifndef TLS_SEED_H
#define TLS_SEED_H

#include <bearssl.h>
#include <stdbool.h>

/* Gives an engine 32 random bytes; false: errno. */
bool seed_engine(br_ssl_engine_context *engine);

#endif
