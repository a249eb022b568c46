/* Signatures on secp256k1. */
#include "tls/k256.h"

#include "base/hex.h"
#include "tap.h"
#include "tls/key.h"

#include "signatures_data.h"

static unsigned char room[4096];
static struct builder b;

static struct span bytes_of(const char *hex)
{
	size_t at = b.len;

	if (!hex_decode(&b, span_str(hex)))
		check(false, "not hexadecimal: %s", hex);
	return span_from(builder_span(&b), at);
}

static void known_keys(void)
{
	/* 1, 2 and the order less 1: the generator, its double, and the generator's negative. */
	static const char *const pair[][2] = {
		{ "0000000000000000000000000000000000000000000000000000000000000001",
		  "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" },
		{ "0000000000000000000000000000000000000000000000000000000000000002",
		  "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5" },
		{ "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
		  "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" },
	};
	static const char *const none[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	unsigned char public[K256_PUBLIC_LEN], signature[K256_RECOVERABLE_LEN];

	for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
		builder_init(&b, room, sizeof room);
		check(k256_public(bytes_of(pair[i][0]).p, public) &&
		              span_eq(span_of(public, sizeof public), bytes_of(pair[i][1])),
		      "public key %zu", i);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		builder_init(&b, room, sizeof room);
		check(!k256_public(bytes_of(none[i]).p, public), "no secret: %zu", i);
		check(!k256_sign(bytes_of(none[i]).p, room, signature), "signs nothing: %zu", i);
	}
}

/* Deterministic nonces, the low half: known from other implementations of RFC 6979. */
static void known_signatures(void)
{
	static const struct {
		const char *secret, *message, *signature;
	} known[] = {
		{ "0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
		  "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
		  "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5" },
		{ "0000000000000000000000000000000000000000000000000000000000000001",
		  "All those moments will be lost in time, like tears in rain. Time to die...",
		  "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
		  "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21" },
		{ "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
		  "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
		  "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5" },
	};
	unsigned char digest[KEY_HASH_MAX], signature[K256_RECOVERABLE_LEN];
	unsigned char public[K256_PUBLIC_LEN], found[K256_PUBLIC_LEN];

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct span secret;

		builder_init(&b, room, sizeof room);
		secret = bytes_of(known[i].secret);
		key_hash(KEY_SHA256, span_str(known[i].message), digest);
		check(k256_sign(secret.p, digest, signature) &&
		              span_eq(span_of(signature, K256_SIGNATURE_LEN), bytes_of(known[i].signature)),
		      "signature %zu", i);
		check(k256_public(secret.p, public) && k256_recover(digest, signature, found) &&
		              memcmp(public, found, sizeof public) == 0, "its key is recovered");
		check(k256_verify(span_of(public, sizeof public), digest,
		                  span_of(signature, K256_SIGNATURE_LEN)) == K256_VALID, "it holds");
		digest[31] ^= 1;
		check(k256_verify(span_of(public, sizeof public), digest,
		                  span_of(signature, K256_SIGNATURE_LEN)) == K256_INVALID,
		      "not for another digest");
		signature[64] = 4;
		check(!k256_recover(digest, signature, found), "a fifth recovery id");
	}
}

static void others(void)
{
	unsigned char digest[KEY_HASH_MAX];
	int good = 0;

	for (size_t i = 0; i < sizeof k256_cases / sizeof *k256_cases; i++) {
		const struct signature_case *c = &k256_cases[i];
		struct span public, signature;

		builder_init(&b, room, sizeof room);
		key_hash(KEY_SHA256, bytes_of(c->message), digest);
		public = bytes_of(c->public);
		signature = bytes_of(c->signature);
		good += c->good;
		check((k256_verify(public, digest, signature) == K256_VALID) == c->good, "case %zu", i);
	}
	check(good > 10, "of them %d are good", good);
}

static void malformed(void)
{
	unsigned char secret[K256_SECRET_LEN], other[K256_SECRET_LEN], public[66] = { 0 };
	unsigned char digest[32] = { 1 }, signature[K256_RECOVERABLE_LEN];
	struct span whole = span_of(signature, K256_SIGNATURE_LEN);

	check(k256_make(secret) && k256_make(other) && memcmp(secret, other, sizeof secret) != 0,
	      "secrets differ");
	check(k256_public(secret, public) && k256_sign(secret, digest, signature), "a signature");
	for (size_t n = 0; n <= sizeof public; n++)
		if (n != K256_PUBLIC_LEN)
			check(k256_verify(span_of(public, n), digest, whole) == K256_MALFORMED,
			      "a key of %zu bytes", n);
	for (size_t n = 0; n <= K256_RECOVERABLE_LEN; n++)
		if (n != K256_SIGNATURE_LEN)
			check(k256_verify(span_of(public, K256_PUBLIC_LEN), digest, span_of(signature, n)) ==
			              K256_MALFORMED, "a signature of %zu bytes", n);
	public[0] = 6;
	check(k256_verify(span_of(public, 65), digest, whole) == K256_MALFORMED, "a hybrid key");
	memset(public + 1, 0xff, 32);
	public[0] = 2;
	check(k256_verify(span_of(public, K256_PUBLIC_LEN), digest, whole) == K256_MALFORMED,
	      "a key that is no point");
}

int main(void)
{
	known_keys();
	known_signatures();
	others();
	malformed();
	return tap_end();
}
