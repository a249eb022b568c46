/* Randomness for what is simulated: HMAC_DRBG (NIST SP 800-90A) over a seed and a purpose. */
#include "tee/sim_random.h"

#include <string.h>
#include <sys/random.h>

bool sim_seed_make(struct sim_seed *seed, struct span text)
{
	static const char about[] = "postern simulated machine";
	br_sha256_context hash;

	if (text.len == 0)
		return getrandom(seed->bytes, sizeof seed->bytes, 0) == (ssize_t)sizeof seed->bytes;
	br_sha256_init(&hash);
	br_sha256_update(&hash, about, sizeof about);
	br_sha256_update(&hash, text.p, text.len);
	br_sha256_out(&hash, seed->bytes);
	return true;
}

static void begin(br_hmac_drbg_context *stream, const struct sim_seed *seed, const char *purpose)
{
	br_hmac_drbg_init(stream, &br_sha256_vtable, seed->bytes, sizeof seed->bytes);
	br_hmac_drbg_update(stream, purpose, strlen(purpose));
}

void sim_random(const struct sim_seed *seed, const char *purpose, unsigned char *bytes, size_t len)
{
	br_hmac_drbg_context stream;

	begin(&stream, seed, purpose);
	br_hmac_drbg_generate(&stream, bytes, len);
	explicit_bzero(&stream, sizeof stream);
}

bool sim_random_key(const struct sim_seed *seed, const char *purpose, struct key *key)
{
	static const struct key_kind kind = { KEY_P256, 256 };
	br_hmac_drbg_context stream;
	bool made;

	begin(&stream, seed, purpose);
	made = key_make_from(key, kind, &stream.vtable);
	explicit_bzero(&stream, sizeof stream);
	return made;
}
