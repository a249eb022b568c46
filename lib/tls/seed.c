/* Randomness for BearSSL from getrandom(2). */
#include "tls/seed.h"

#include <string.h>
#include <sys/random.h>

enum { SEED_LEN = 32 };

static bool seed(unsigned char *bytes)
{
	/* Up to 256 bytes come whole, and no signal interrupts once the system is up. */
	return getrandom(bytes, SEED_LEN, 0) == SEED_LEN;
}

static int seed_prng(const br_prng_class **prng)
{
	unsigned char bytes[SEED_LEN];

	if (!seed(bytes))
		return 0;
	(*prng)->update(prng, bytes, sizeof bytes);
	explicit_bzero(bytes, sizeof bytes);
	return 1;
}

br_prng_seeder br_prng_seeder_system(const char **name)
{
	if (name)
		*name = "getrandom";
	return seed_prng;
}

bool seed_engine(br_ssl_engine_context *engine)
{
	unsigned char bytes[SEED_LEN];

	if (!seed(bytes))
		return false;
	br_ssl_engine_inject_entropy(engine, bytes, sizeof bytes);
	explicit_bzero(bytes, sizeof bytes);
	return true;
}
