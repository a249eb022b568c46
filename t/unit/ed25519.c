/* Signatures with Ed25519. */
#include "tls/ed25519.h"

#include "base/hex.h"
#include "tap.h"

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

/* RFC 8032, 7.1: TEST 1 to 3 and TEST SHA(abc). */
static void known(void)
{
	static const struct {
		const char *secret, *public, *message, *signature;
	} tests[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
		{ "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		  "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		  "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
		  "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704" },
	};
	unsigned char public[ED25519_PUBLIC_LEN], signature[ED25519_SIGNATURE_LEN];

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		struct span secret, message;

		builder_init(&b, room, sizeof room);
		secret = bytes_of(tests[i].secret);
		message = bytes_of(tests[i].message);
		ed25519_public(secret.p, public);
		check(span_eq(span_of(public, sizeof public), bytes_of(tests[i].public)), "key %zu", i);
		ed25519_sign(secret.p, message, signature);
		check(span_eq(span_of(signature, sizeof signature), bytes_of(tests[i].signature)),
		      "signature %zu", i);
		check(ed25519_verify(public, message, signature), "it holds");
		for (size_t at = 0; at < sizeof signature; at += 9) {
			signature[at] ^= 4;
			check(!ed25519_verify(public, message, signature), "not with byte %zu changed", at);
			signature[at] ^= 4;
		}
	}
}

static void others(void)
{
	int good = 0;

	for (size_t i = 0; i < sizeof ed25519_cases / sizeof *ed25519_cases; i++) {
		const struct signature_case *c = &ed25519_cases[i];
		struct span public, message, signature;

		builder_init(&b, room, sizeof room);
		public = bytes_of(c->public);
		message = bytes_of(c->message);
		signature = bytes_of(c->signature);
		good += c->good;
		/* Those of other lengths are the caller's to refuse. */
		if (public.len == ED25519_PUBLIC_LEN && signature.len == ED25519_SIGNATURE_LEN)
			check(ed25519_verify(public.p, message, signature.p) == c->good, "case %zu", i);
	}
	check(good > 2, "of them %d are good", good);
}

int main(void)
{
	known();
	others();
	return tap_end();
}
