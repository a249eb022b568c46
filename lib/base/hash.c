/* SipHash-1-3 (Aumasson and Bernstein, 2012): one round a block, three at the end. */
#include "base/hash.h"

#include <string.h>
#include <sys/random.h>

bool hash_key_make(struct hash_key *key)
{
	return getrandom(key->k, sizeof key->k, 0) == (ssize_t)sizeof key->k;
}

static uint64_t rotate(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static uint64_t block(const unsigned char *p)
{
	uint64_t m;

	memcpy(&m, p, sizeof m);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	m = __builtin_bswap64(m);
#endif
	return m;
}

uint64_t hash_bytes(const struct hash_key *key, struct span bytes)
{
	uint64_t v[4] = {
		key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d,
		key->k[0] ^ 0x6c7967656e657261, key->k[1] ^ 0x7465646279746573,
	};
	uint64_t last = (uint64_t)bytes.len << 56;
	size_t i;

	for (i = 0; i + 8 <= bytes.len; i += 8) {
		uint64_t m = block(bytes.p + i);

		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	for (unsigned int k = 0; i + k < bytes.len; k++)
		last |= (uint64_t)bytes.p[i + k] << (8 * k);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int k = 0; k < 3; k++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
