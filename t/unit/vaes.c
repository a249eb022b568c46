/* AES in counter mode and GHASH on two blocks at once: held against BearSSL's own, and each other's in GCM. */
#include "tls/vaes.h"

#include <string.h>

#include "tap.h"

enum { LONGEST = 1100, RECORD = 16384 };

static unsigned char data[RECORD + 64], one[RECORD], two[RECORD];

static void fill(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof data; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = (unsigned char)(x >> 24);
	}
}

/* BearSSL's portable code. */
static bool same_stream(const br_block_ctr_class *class, size_t key_len, uint32_t counter, size_t len)
{
	br_aes_gen_ctr_keys ours;
	br_aes_ct64_ctr_keys theirs;
	uint32_t a, b;

	class->init(&ours.vtable, data + 5, key_len);
	br_aes_ct64_ctr_init(&theirs, data + 5, key_len);
	memcpy(one, data, len);
	memcpy(two, data, len);
	a = ours.vtable->run(&ours.vtable, data + 40, counter, one, len);
	b = br_aes_ct64_ctr_run(&theirs, data + 40, counter, two, len);
	/* What a piece of a block leaves behind is not asked for. */
	return memcmp(one, two, len) == 0 && (a == b || len % 16 != 0);
}

static void streams(const br_block_ctr_class *class)
{
	static const uint32_t counters[] = { 0, 1, 0x000000fe, 0x0000ffff, 0x7fffffff, 0xfffffff0, 0xffffffff };
	size_t wrong = 0;

	for (size_t key_len = 16; key_len <= 32; key_len += 8)
		for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
			for (size_t len = 0; len <= LONGEST; len += len < 300 ? 7 : 61)
				wrong += !same_stream(class, key_len, counters[i], len);
	check(wrong == 0, "three sizes of keys, counters that overflow: %zu wrong", wrong);
	check(same_stream(class, 16, 2, RECORD) && same_stream(class, 32, 2, RECORD), "a record");
}

static bool same_hash(br_ghash ghash, const unsigned char *h, const unsigned char *start, size_t len)
{
	unsigned char a[16], b[16];

	memcpy(a, start, 16);
	memcpy(b, start, 16);
	ghash(a, h, data, len);
	br_ghash_ctmul64(b, h, data, len);
	return memcmp(a, b, 16) == 0;
}

static void hashes(br_ghash ghash)
{
	static const unsigned char zero[16], top[16] = { 0x80 }, low[16] = { [15] = 1 },
	             all[16] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	const unsigned char *const values[] = { zero, top, low, all, data + 3, data + 900, data + 1333 };
	size_t n = sizeof values / sizeof *values, wrong = 0;

	for (size_t i = 0; i < n * n; i++)
		for (size_t len = 0; len <= LONGEST; len += len < 300 ? 13 : 97)
			wrong += !same_hash(ghash, values[i / n], values[i % n], len);
	for (size_t i = 0; i < (size_t)tap_turns(2000); i++)
		wrong += !same_hash(ghash, data + i, data + 3 * i, 256 + i % 700);
	check(wrong == 0, "edges and others, every kind of length: %zu wrong", wrong);
	check(same_hash(ghash, data + 77, data + 99, RECORD), "a record");
}

/* A record of 16 kB there and back. */
static void gcm(const br_block_ctr_class *class, br_ghash ghash)
{
	br_aes_gen_ctr_keys a;
	br_aes_ct64_ctr_keys b;
	br_gcm_context ours, theirs;
	unsigned char tag[16], other[16];

	class->init(&a.vtable, data, 16);
	br_aes_ct64_ctr_init(&b, data, 16);
	br_gcm_init(&ours, &a.vtable, ghash);
	br_gcm_init(&theirs, &b.vtable, br_ghash_ctmul64);
	memcpy(one, data, RECORD);
	br_gcm_reset(&ours, data + 16, 12);
	br_gcm_aad_inject(&ours, data + 28, 13);
	br_gcm_flip(&ours);
	br_gcm_run(&ours, 1, one, RECORD);
	br_gcm_get_tag(&ours, tag);
	br_gcm_reset(&theirs, data + 16, 12);
	br_gcm_aad_inject(&theirs, data + 28, 13);
	br_gcm_flip(&theirs);
	br_gcm_run(&theirs, 0, one, RECORD);
	br_gcm_get_tag(&theirs, other);
	check(memcmp(tag, other, 16) == 0 && memcmp(one, data, RECORD) == 0, "what one encrypts the other decrypts");
}

int main(void)
{
	const br_block_ctr_class *class = vaes_ctr();
	br_ghash ghash = vaes_ghash();

	fill();
	if (class && ghash) {
		streams(class);
		hashes(ghash);
		gcm(class, ghash);
	} else {
		check(!class && !ghash, "the processor has no such instructions # SKIP");
	}
	return tap_end();
}
