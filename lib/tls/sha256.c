/* SHA-256 by SHA-NI, and TLS 1.2's function for keys over it. */
#include "tls/sha256.h"

#include <string.h>

enum { BLOCK = 64, DIGEST = 32 };

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

enum { LENGTH = 8 }; /* of a message, at the end of its last block */

static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The instructions have the eight words as two vectors: a, b, e, f and c, d, g, h, the first on top. */
__attribute__((target("sha,sse4.1"))) static void compress(uint32_t *state, const unsigned char *bytes,
                                                           size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)state), 0xb1);
	__m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)(state + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);

	for (; blocks > 0; blocks--, bytes += BLOCK) {
		__m128i abef_before = abef, cdgh_before = cdgh, word[4], sum;

#pragma GCC unroll 16
		for (int i = 0; i < 16; i++) {
			__m128i *w = &word[i & 3], last = word[(i + 3) & 3];

			if (i < 4)
				*w = _mm_shuffle_epi8(
					_mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i)), swap);
			else
				*w = _mm_sha256msg2_epu32(
					_mm_add_epi32(_mm_sha256msg1_epu32(*w, word[(i + 1) & 3]),
				                      _mm_alignr_epi8(last, word[(i + 2) & 3], 4)),
					last);
			sum = _mm_add_epi32(
				*w, _mm_loadu_si128((const __m128i *)(const void *)(constants + 4 * i)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	low = _mm_shuffle_epi32(abef, 0x1b);
	high = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(low, high, 0xf0));
	_mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(high, low, 8));
}

static br_sha256_context *context_of(const br_hash_class *const *c)
{
	return (br_sha256_context *)(uintptr_t)c;
}

static void update(const br_hash_class **context, const void *data, size_t len)
{
	br_sha256_context *c = context_of(context);
	size_t at = (size_t)c->count % BLOCK, part = BLOCK - at < len ? BLOCK - at : len;
	const unsigned char *bytes = data;

	if (len == 0)
		return;
	c->count += len;
	if (at > 0) {
		memcpy(c->buf + at, bytes, part);
		bytes += part;
		len -= part;
		if (at + part < BLOCK)
			return;
		compress(c->val, c->buf, 1);
	}
	compress(c->val, bytes, len / BLOCK);
	memcpy(c->buf, bytes + len / BLOCK * BLOCK, len % BLOCK);
}

static void write_words(unsigned char *to, const uint32_t *words)
{
	for (size_t i = 0; i < DIGEST; i++)
		to[i] = (unsigned char)(words[i / 4] >> (24 - 8 * (i % 4)));
}

/* The context stays what it is. */
static void out(const br_hash_class *const *context, void *to)
{
	const br_sha256_context *c = context_of(context);
	unsigned char last[2 * BLOCK] = { 0 };
	size_t at = (size_t)c->count % BLOCK, len = at < BLOCK - LENGTH ? BLOCK : 2 * BLOCK;
	uint32_t state[8];

	memcpy(state, c->val, sizeof state);
	memcpy(last, c->buf, at);
	last[at] = 0x80;
	for (size_t i = 0; i < LENGTH; i++)
		last[len - 1 - i] = (unsigned char)(c->count << 3 >> 8 * i);
	compress(state, last, len / BLOCK);
	write_words(to, state);
}

static uint64_t state(const br_hash_class *const *context, void *to)
{
	const br_sha256_context *c = context_of(context);

	write_words(to, c->val);
	return c->count;
}

static void set_state(const br_hash_class **context, const void *from, uint64_t count)
{
	br_sha256_context *c = context_of(context);
	const unsigned char *p = from;

	for (size_t i = 0; i < 8; i++, p += 4)
		c->val[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	c->count = count;
}

static void init(const br_hash_class **context);

/* The description is BearSSL's: sizes, and how it is padded. */
static br_hash_class fast = {
	.context_size = sizeof(br_sha256_context),
	.init = init,
	.update = update,
	.out = out,
	.state = state,
	.set_state = set_state,
};

static void init(const br_hash_class **context)
{
	br_sha256_init(context_of(context));
	*context = &fast;
}

/* SHA-NI, and SSSE3 and SSE4.1, which processors that have it have. */
static bool has_instructions(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & bit_SSSE3 && c & bit_SSE4_1 &&
	       __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA;
}

/* Asking the processor takes tens of microseconds in a virtual machine. */
const br_hash_class *sha256_class(void)
{
	static const br_hash_class *class;

	if (!class) {
		fast.desc = br_sha256_vtable.desc;
		class = has_instructions() ? &fast : &br_sha256_vtable;
	}
	return class;
}

#else

const br_hash_class *sha256_class(void)
{
	return &br_sha256_vtable;
}

#endif

static void add_seeds(br_hmac_context *hmac, const char *label, size_t n, const br_tls_prf_seed_chunk *seeds)
{
	br_hmac_update(hmac, label, strlen(label));
	for (size_t i = 0; i < n; i++)
		br_hmac_update(hmac, seeds[i].data, seeds[i].len);
}

/* P_SHA256 (RFC 5246, section 5): HMAC(A(i) || label || seed) for i = 1, 2 ..., where A(i) is the HMAC of A(i - 1). */
void sha256_prf(void *to, size_t len, const void *secret, size_t secret_len, const char *label,
                size_t n_seeds, const br_tls_prf_seed_chunk *seeds)
{
	unsigned char a[DIGEST], piece[DIGEST], *p = to;
	br_hmac_key_context key;
	br_hmac_context hmac;

	br_hmac_key_init(&key, sha256_class(), secret, secret_len);
	br_hmac_init(&hmac, &key, 0);
	add_seeds(&hmac, label, n_seeds, seeds);
	br_hmac_out(&hmac, a);
	while (len > 0) {
		size_t part = len < DIGEST ? len : DIGEST;

		br_hmac_init(&hmac, &key, 0);
		br_hmac_update(&hmac, a, sizeof a);
		add_seeds(&hmac, label, n_seeds, seeds);
		br_hmac_out(&hmac, piece);
		memcpy(p, piece, part);
		p += part;
		len -= part;
		if (len == 0)
			break;
		br_hmac_init(&hmac, &key, 0);
		br_hmac_update(&hmac, a, sizeof a);
		br_hmac_out(&hmac, a);
	}
	explicit_bzero(a, sizeof a);
	explicit_bzero(piece, sizeof piece);
	explicit_bzero(&key, sizeof key);
	explicit_bzero(&hmac, sizeof hmac);
}
