/* Keccak: the sponge, around nettle's permutation. */
#include "tee/keccak.h"

#include <nettle/sha3.h>

enum { STATE_BYTES = 200 };

_Static_assert(sizeof((struct keccak *)0)->lane == sizeof(struct sha3_state), "the same state");

/* Lanes are little endian, whatever the machine is. */
static void add_byte(struct keccak *k, size_t at, unsigned char c)
{
	k->lane[at / 8] ^= (uint64_t)c << (at % 8 * 8);
}

static void permute(struct keccak *k)
{
	struct sha3_state state;

	memcpy(state.a, k->lane, sizeof state.a);
	sha3_permute(&state);
	memcpy(k->lane, state.a, sizeof state.a);
	k->at = 0;
}

void keccak_init(struct keccak *k, enum keccak_kind kind, size_t len)
{
	*k = (struct keccak){ .kind = kind, .len = len, .rate = STATE_BYTES - 2 * len };
}

void keccak_add(struct keccak *k, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		add_byte(k, k->at++, bytes.p[i]);
		if (k->at == k->rate)
			permute(k);
	}
}

void keccak_end(struct keccak *k, unsigned char *digest)
{
	add_byte(k, k->at, (unsigned char)k->kind);
	add_byte(k, k->rate - 1, 0x80);
	permute(k);
	for (size_t i = 0; i < k->len; i++)
		digest[i] = (unsigned char)(k->lane[i / 8] >> (i % 8 * 8));
}

void keccak256(struct span bytes, unsigned char digest[KECCAK256_LEN])
{
	struct keccak k;

	keccak_init(&k, KECCAK, KECCAK256_LEN);
	keccak_add(&k, bytes);
	keccak_end(&k, digest);
}
