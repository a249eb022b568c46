/* SHA-256 by the processor, and TLS 1.2's keys by it: held against BearSSL's own. */
#include "tls/sha256.h"

#include <string.h>

#include "base/hex.h"
#include "tap.h"

static unsigned char data[1024];

/* FIPS 180-4's examples, and the million letters. */
static void known(void)
{
	static const struct {
		const char *message, *digest;
		int times;
	} tests[] = {
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 1 },
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 1 },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", 1 },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", 12500 },
	};
	unsigned char digest[32], text[64];
	br_hash_compat_context c;
	struct builder b;

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		sha256_class()->init(&c.vtable);
		for (int n = 0; n < tests[i].times; n++)
			c.vtable->update(&c.vtable, tests[i].message, strlen(tests[i].message));
		c.vtable->out(&c.vtable, digest);
		builder_init(&b, text, sizeof text);
		hex_encode(&b, span_of(digest, sizeof digest));
		check(span_is(builder_span(&b), tests[i].digest), "example %zu", i);
	}
}

/* In two pieces, and the second on a state that was taken from the first. */
static bool same(size_t len, size_t cut)
{
	unsigned char theirs[32], ours[32], again[32], saved[32];
	const br_hash_class *class = sha256_class();
	br_sha256_context one;
	br_hash_compat_context two, three;
	uint64_t count;

	br_sha256_init(&one);
	br_sha256_update(&one, data, len);
	br_sha256_out(&one, theirs);
	class->init(&two.vtable);
	class->update(&two.vtable, data, cut);
	class->out(&two.vtable, ours);
	class->init(&three.vtable);
	count = class->state(&two.vtable, saved);
	class->set_state(&three.vtable, saved, count / 64 * 64);
	class->update(&three.vtable, data + count / 64 * 64, len - count / 64 * 64);
	class->out(&three.vtable, again);
	class->update(&two.vtable, data + cut, len - cut);
	class->out(&two.vtable, ours);
	return count == cut && memcmp(ours, theirs, 32) == 0 && memcmp(again, theirs, 32) == 0;
}

static void lengths(void)
{
	size_t wrong = 0;

	for (size_t len = 0; len <= 300; len++)
		for (size_t cut = 0; cut <= len; cut += 1 + len / 16)
			wrong += !same(len, cut);
	check(wrong == 0, "every length up to 300, in two pieces: %zu wrong", wrong);
}

static void keys(void)
{
	unsigned char ours[200], theirs[200];
	size_t wrong = 0;

	for (size_t len = 0; len <= sizeof ours; len++) {
		const br_tls_prf_seed_chunk seeds[] = { { data + 100, len }, { data + 7, 32 } };

		memset(ours, 1, sizeof ours);
		memset(theirs, 1, sizeof theirs);
		sha256_prf(ours, len, data, len, "master secret", len % 3, seeds);
		br_tls12_sha256_prf(theirs, len, data, len, "master secret", len % 3, seeds);
		wrong += memcmp(ours, theirs, sizeof ours) != 0;
	}
	check(wrong == 0, "keys of every length up to 200: %zu wrong", wrong);
}

/* What others make of the interface: HMAC, and the generator of randomness. */
static void users(void)
{
	unsigned char ours[100], theirs[100];
	br_hmac_drbg_context a, b;

	check(sha256_class()->desc == br_sha256_vtable.desc && sha256_class() == sha256_class(), "it is SHA-256");
	br_hmac_drbg_init(&a, sha256_class(), data, 48);
	br_hmac_drbg_init(&b, &br_sha256_vtable, data, 48);
	br_hmac_drbg_generate(&a, ours, sizeof ours);
	br_hmac_drbg_generate(&b, theirs, sizeof theirs);
	check(memcmp(ours, theirs, sizeof ours) == 0, "HMAC_DRBG");
}

int main(void)
{
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * 167 + i / 256);
	known();
	lengths();
	keys();
	users();
	return tap_end();
}
