/* AES-CTR and GHASH by VAES and VPCLMULQDQ, on 256-bit registers. */
#include "tls/vaes.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define VAES __attribute__((target("avx2,vaes,vpclmulqdq,aes,pclmul")))

enum { BLOCK = 16, PAIRS = 8, PIECE = 2 * PAIRS * BLOCK }; /* bytes at a time */
enum { CPUID_VAES = 1 << 9, CPUID_VPCLMULQDQ = 1 << 10 };  /* of leaf 7, in ecx */

static __m128i load(const void *at)
{
	return _mm_loadu_si128(at);
}

/* --- the counter */

/* The last word of a block, which is big-endian there. */
VAES static __m256i counter_block(__m256i counter)
{
	const __m256i swap = _mm256_broadcastsi128_si256(
		_mm_set_epi8(12, 13, 14, 15, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));

	return _mm256_shuffle_epi8(counter, swap);
}

VAES static void encrypt_pieces(const br_aes_x86ni_ctr_keys *keys, __m128i first, unsigned char *data, size_t n)
{
	const __m256i two = _mm256_set_epi32(2, 0, 0, 0, 2, 0, 0, 0);
	__m256i counter = _mm256_add_epi32(_mm256_broadcastsi128_si256(first),
	                                   _mm256_set_epi32(1, 0, 0, 0, 0, 0, 0, 0));
	const unsigned char *key = keys->skey.skni;

	for (; n > 0; n--, data += PIECE) {
		__m256i b[PAIRS], k = _mm256_broadcastsi128_si256(load(key));

#pragma GCC unroll 8
		for (int i = 0; i < PAIRS; i++) {
			b[i] = _mm256_xor_si256(counter_block(counter), k);
			counter = _mm256_add_epi32(counter, two);
		}
		for (unsigned int round = 1; round < keys->num_rounds; round++) {
			k = _mm256_broadcastsi128_si256(load(key + (size_t)round * BLOCK));
#pragma GCC unroll 8
			for (int i = 0; i < PAIRS; i++)
				b[i] = _mm256_aesenc_epi128(b[i], k);
		}
		k = _mm256_broadcastsi128_si256(load(key + (size_t)keys->num_rounds * BLOCK));
#pragma GCC unroll 8
		for (int i = 0; i < PAIRS; i++) {
			__m256i *at = (__m256i *)(void *)(data + 2 * BLOCK * i);

			b[i] = _mm256_aesenclast_epi128(b[i], k);
			_mm256_storeu_si256(at, _mm256_xor_si256(_mm256_loadu_si256(at), b[i]));
		}
	}
}

static uint32_t run(const br_block_ctr_class *const *context, const void *iv, uint32_t counter, void *data,
                    size_t len)
{
	const br_aes_x86ni_ctr_keys *keys = (const void *)context;
	size_t n = len / PIECE;
	unsigned char first[BLOCK];

	memcpy(first, iv, BLOCK - sizeof counter);
	memcpy(first + BLOCK - sizeof counter, &counter, sizeof counter);
	encrypt_pieces(keys, load(first), data, n);
	counter += (uint32_t)(n * PIECE / BLOCK);
	return br_aes_x86ni_ctr_run(keys, iv, counter, (unsigned char *)data + n * PIECE, len - n * PIECE);
}

static void init(const br_block_ctr_class **context, const void *key, size_t len);

static const br_block_ctr_class ctr = {
	.context_size = sizeof(br_aes_x86ni_ctr_keys),
	.block_size = BLOCK,
	.log_block_size = 4,
	.init = init,
	.run = run,
};

static void init(const br_block_ctr_class **context, const void *key, size_t len)
{
	br_aes_x86ni_ctr_init((void *)context, key, len);
	*context = &ctr;
}

/* --- the hash. Blocks are numbers with the first bit on top once their bytes are turned round. */

VAES static __m128i turn(__m128i x)
{
	return _mm_shuffle_epi8(x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/* A product of 256 bits modulo x^128 + x^7 + x^2 + x + 1; bits being reflected, it is one place short. */
VAES static __m128i reduce(__m128i low, __m128i high)
{
	__m128i a = _mm_srli_epi32(low, 31), b = _mm_srli_epi32(high, 31), c;

	low = _mm_or_si128(_mm_slli_epi32(low, 1), _mm_slli_si128(a, 4));
	high = _mm_or_si128(_mm_slli_epi32(high, 1), _mm_slli_si128(b, 4));
	high = _mm_or_si128(high, _mm_srli_si128(a, 12));
	a = _mm_xor_si128(_mm_slli_epi32(low, 31), _mm_slli_epi32(low, 30));
	a = _mm_xor_si128(a, _mm_slli_epi32(low, 25));
	c = _mm_srli_si128(a, 4);
	low = _mm_xor_si128(low, _mm_slli_si128(a, 12));
	b = _mm_xor_si128(_mm_srli_epi32(low, 1), _mm_srli_epi32(low, 2));
	b = _mm_xor_si128(b, _mm_srli_epi32(low, 7));
	b = _mm_xor_si128(b, c);
	return _mm_xor_si128(high, _mm_xor_si128(low, b));
}

/* The three parts of a product: low and high halves, and what is between them. */
VAES static __m128i finish(__m128i low, __m128i middle, __m128i high)
{
	return reduce(_mm_xor_si128(low, _mm_slli_si128(middle, 8)),
	              _mm_xor_si128(high, _mm_srli_si128(middle, 8)));
}

VAES static __m128i multiply(__m128i a, __m128i b)
{
	return finish(_mm_clmulepi64_si128(a, b, 0x00),
	              _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x10), _mm_clmulepi64_si128(a, b, 0x01)),
	              _mm_clmulepi64_si128(a, b, 0x11));
}

VAES static __m128i halves(__m256i x)
{
	return _mm_xor_si128(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

/* Sixteen blocks with the sixteenth to the first power, so that they are reduced but once. */
VAES static __m128i hash_pieces(__m128i y, __m128i h, const unsigned char *data, size_t n)
{
	const __m256i swap = _mm256_broadcastsi128_si256(
		_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
	__m256i powers[PAIRS];
	__m128i power = h;

	for (int i = PAIRS - 1; i >= 0; i--) {
		__m128i next = multiply(power, h);

		powers[i] = _mm256_set_m128i(power, next);
		power = multiply(next, h);
	}
	for (; n > 0; n--, data += PIECE) {
		__m256i low = _mm256_setzero_si256(), middle = low, high = low;

#pragma GCC unroll 8
		for (int i = 0; i < PAIRS; i++) {
			__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(data + 2 * BLOCK * i));

			x = _mm256_shuffle_epi8(x, swap);
			if (i == 0)
				x = _mm256_xor_si256(x, _mm256_zextsi128_si256(y));
			low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(x, powers[i], 0x00));
			middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(x, powers[i], 0x10));
			middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(x, powers[i], 0x01));
			high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(x, powers[i], 0x11));
		}
		y = finish(halves(low), halves(middle), halves(high));
	}
	return y;
}

VAES static void ghash(void *y, const void *h, const void *data, size_t len)
{
	size_t n = len / PIECE;

	if (n > 0)
		_mm_storeu_si128(y, turn(hash_pieces(turn(load(y)), turn(load(h)), data, n)));
	br_ghash_pclmul(y, h, (const unsigned char *)data + n * PIECE, len - n * PIECE);
}

static bool has_instructions(void)
{
	unsigned int a, b, c, d;

	/* That the system keeps the long registers comes with the answer for AVX2. */
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
	       (c & CPUID_VAES) && (c & CPUID_VPCLMULQDQ) &&
	       br_aes_x86ni_ctr_get_vtable() && br_ghash_pclmul_get();
}

const br_block_ctr_class *vaes_ctr(void)
{
	return has_instructions() ? &ctr : NULL;
}

br_ghash vaes_ghash(void)
{
	return has_instructions() ? ghash : NULL;
}

#else

const br_block_ctr_class *vaes_ctr(void)
{
	return NULL;
}

br_ghash vaes_ghash(void)
{
	return NULL;
}

#endif
