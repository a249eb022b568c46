/*
 * Elliptic curves: known answers, edges, and the same as BearSSL's own.
 *
 *   curve [-l | -n cases] [-s seed]
 *
 * Random cases are the same ones in every run with a seed (default 1): 2,000 of
 * them (500 with sanitizers), or with -l 100,000, which takes minutes.
 */
#include "tls/curve.h"

#include <gmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "curve_data.h"
#include "tap.h"

enum {
	POINT_MAX = 1 + 2 * 48,
	SIGNATURE_MAX = 2 * 48 + 9,
#ifdef __SANITIZE_ADDRESS__
	CASES = 500,
#else
	CASES = 2000,
#endif
	CASES_LONG = 100000
};

static const br_ec_impl *const bear = &br_ec_all_m31;

static size_t decode(unsigned char *to, size_t room, const char *hex)
{
	struct builder b;

	builder_init(&b, to, room);
	if (!hex_decode(&b, span_str(hex)))
		abort();
	return b.len;
}

static bool same(const unsigned char *a, size_t a_len, const unsigned char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static const char *name(int curve)
{
	return curve == BR_EC_secp256r1 ? "P-256" : curve == BR_EC_secp384r1 ? "P-384" : "X25519";
}

static size_t curve_len(int curve)
{
	return curve == BR_EC_secp384r1 ? 48 : 32;
}

static size_t point_len(int curve)
{
	return curve == BR_EC_curve25519 ? 32 : 1 + 2 * curve_len(curve);
}

/* RFC 6979, A.2.5 and A.2.6. */
static const struct known {
	int curve;
	const br_hash_class *hash;
	const char *message, *signature;
} known[] = {
	{ BR_EC_secp256r1, &br_sha256_vtable, "sample",
	  "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	  "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
	{ BR_EC_secp256r1, &br_sha256_vtable, "test",
	  "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
	  "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083" },
	{ BR_EC_secp256r1, &br_sha512_vtable, "sample",
	  "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00"
	  "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe" },
	{ BR_EC_secp384r1, &br_sha384_vtable, "sample",
	  "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
	  "81a648152e44acf96e36dd1e80fabe46"
	  "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
	  "a329c145786e679e7b82c71a38628ac8" },
	{ BR_EC_secp384r1, &br_sha384_vtable, "test",
	  "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb"
	  "0542a7f0812998da8f1dd3ca3cf023db"
	  "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e0"
	  "6a739f040649a667bf3b828246baa5a5" },
	{ BR_EC_secp384r1, &br_sha256_vtable, "sample",
	  "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33"
	  "bde1e888e63355d92fa2b3c36d8fb2cd"
	  "f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feeb"
	  "efdc63eccd1ac42ec0cb8668a4fa0ab0" },
	{ BR_EC_secp384r1, &br_sha512_vtable, "sample",
	  "ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da4a799c"
	  "fe30f35cc900056d7c99cd7882433709"
	  "512c8cceee3890a84058ce1e22dbc2198f42323ce8aca9135329f03c068e5112"
	  "dc7cc3ef3446defceb01a45c2667fdd5" },
};

static const char *const known_key[] = {
	"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
	"6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
	"96d5724e4c70a825f872c9ea60d2edf5",
};

static const char *const known_point[] = {
	"0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
	"04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
	"def8f0ea9055866064a254515480bc13"
	"8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
	"288b231c3ae0d4fe7344fd2533264720",
};

static size_t digest_of(const br_hash_class *hash, const char *message, unsigned char digest[64])
{
	br_hash_compat_context context;

	hash->init(&context.vtable);
	context.vtable->update(&context.vtable, message, strlen(message));
	context.vtable->out(&context.vtable, digest);
	return hash->desc >> BR_HASHDESC_OUT_OFF & BR_HASHDESC_OUT_MASK;
}

static void known_ecdsa(void)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const struct known *k = &known[i];
		bool large = k->curve == BR_EC_secp384r1;
		unsigned char x[48], q[POINT_MAX], made[POINT_MAX], want[96], digest[64],
			signature[SIGNATURE_MAX];
		br_ec_private_key key = { k->curve, x, decode(x, sizeof x, known_key[large]) };
		br_ec_public_key public = { k->curve, q, decode(q, sizeof q, known_point[large]) };
		size_t want_len = decode(want, sizeof want, k->signature), len,
		       digest_len = digest_of(k->hash, k->message, digest);

		len = curve_ec.mulgen(made, x, key.xlen, k->curve);
		check(same(made, len, q, public.qlen), "RFC 6979, %s: the public key", name(k->curve));
		len = curve_sign_raw(&curve_ec, k->hash, digest, &key, signature);
		check(same(signature, len, want, want_len), "RFC 6979, %s, \"%s\", %zu bytes",
		      name(k->curve), k->message, digest_len);
		check(curve_verify_raw(&curve_ec, digest, digest_len, &public, signature, len) == 1,
		      "and it holds");
		len = curve_sign_asn1(&curve_ec, k->hash, digest, &key, signature);
		check(curve_verify_asn1(&curve_ec, digest, digest_len, &public, signature, len) == 1 &&
		              same(signature, br_ecdsa_asn1_to_raw(signature, len), want, want_len),
		      "the same in DER");
	}
}

static bool x25519(unsigned char *point, const char *scalar)
{
	unsigned char bytes[32];

	decode(bytes, sizeof bytes, scalar);
	return curve_ec.mul(point, 32, bytes, 32, BR_EC_curve25519) == 1;
}

static void known_x25519(void)
{
	static const char *const rows[][3] = {
		{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
		  "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
		  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
		{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
		  "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
		  "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
	};
	unsigned char point[32], want[32], k[32] = { 9 }, u[32] = { 9 }, next[32];
	bool ok = true;

	for (size_t i = 0; i < 2; i++) {
		decode(point, 32, rows[i][1]);
		decode(want, 32, rows[i][2]);
		check(x25519(point, rows[i][0]) && same(point, 32, want, 32), "RFC 7748, 5.2, %zu", i + 1);
	}
	for (int i = 1; i <= 1000; i++) {
		memcpy(next, u, 32);
		ok = ok && curve_ec.mul(next, 32, k, 32, BR_EC_curve25519) == 1;
		memcpy(u, k, 32);
		memcpy(k, next, 32);
		decode(want, 32,
		       i == 1 ? "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079" :
		                "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
		if (i == 1 || i == 1000)
			check(ok && same(k, 32, want, 32), "RFC 7748, 5.2, after %d", i);
	}
}

/* Points of small order, of the curve and of its twist: nothing secret comes out of them. */
static void small_order(void)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	unsigned char point[32], before[32];

	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		decode(point, 32, points[i]);
		memcpy(before, point, 32);
		check(!x25519(point, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4") &&
		              memcmp(point, before, 32) == 0,
		      "X25519 refuses the point %s", points[i]);
	}
}

/* Short scalars, points not below the prime: as BearSSL has them. */
static void x25519_edges(void)
{
	unsigned char x[33], point[32], again[32];
	bool ok = true;

	memset(x, 0x5a, sizeof x);
	for (size_t len = 0; len <= 32; len++)
		ok = ok && curve_ec.mulgen(point, x, len, BR_EC_curve25519) == 32 &&
		     bear->mulgen(again, x, len, BR_EC_curve25519) == 32 && memcmp(point, again, 32) == 0;
	check(ok, "X25519: scalars may be short");
	check(curve_ec.mulgen(point, x, 33, BR_EC_curve25519) == 0 &&
	              curve_ec.mul(point, 32, x, 33, BR_EC_curve25519) == 0 &&
	              curve_ec.mul(point, 31, x, 32, BR_EC_curve25519) == 0 &&
	              curve_ec.mul(point, 33, x, 32, BR_EC_curve25519) == 0 &&
	              curve_ec.muladd(point, NULL, 32, x, 32, x, 32, BR_EC_curve25519) == 0,
	      "X25519: not long, nor points of another length, and no muladd");
	for (unsigned int i = 2; i < 0x13; i++) {
		memset(point, 0xff, 32);
		point[0] = (unsigned char)(0xed + i);
		memcpy(again, point, 32);
		ok = ok && curve_ec.mul(point, 32, x, 32, BR_EC_curve25519) == 1 &&
		     bear->mul(again, 32, x, 32, BR_EC_curve25519) == 1 && memcmp(point, again, 32) == 0;
	}
	check(ok, "X25519: points above the prime are reduced");
}

static void signatures(void)
{
	for (size_t i = 0; i < sizeof signature_cases / sizeof *signature_cases; i++) {
		const struct signature_case *c = &signature_cases[i];
		unsigned char q[POINT_MAX], digest[48], raw[SIGNATURE_MAX], der[SIGNATURE_MAX];
		br_ec_public_key key = { c->curve, q, decode(q, sizeof q, c->point) };
		size_t digest_len = decode(digest, sizeof digest, c->digest),
		       len = decode(raw, sizeof raw, c->signature), der_len;

		memcpy(der, raw, len);
		der_len = br_ecdsa_raw_to_asn1(der, len);
		check(curve_verify_raw(&curve_ec, digest, digest_len, &key, raw, len) == c->ours,
		      "%s: %s %s", name(c->curve), c->what, c->ours ? "holds" : "does not hold");
		check(curve_verify_asn1(&curve_ec, digest, digest_len, &key, der, der_len) == c->ours,
		      "in DER too");
		check(c->ours <= c->valid &&
		              br_ecdsa_i31_vrfy_raw(bear, digest, digest_len, &key, raw, len) == c->bear &&
		              br_ecdsa_i31_vrfy_raw(&curve_ec, digest, digest_len, &key, raw, len) == c->bear,
		      "BearSSL's verifier says %s, over its arithmetic and ours", c->bear ? "yes" : "no");
	}
}

static void signature_lengths(void)
{
	unsigned char q[POINT_MAX], digest[64], signature[SIGNATURE_MAX] = { 0 },
		wide[2 * 33] = { 0 };
	br_ec_public_key key = { BR_EC_secp256r1, q, decode(q, sizeof q, known_point[0]) };
	bool ok = true;

	digest_of(&br_sha256_vtable, "sample", digest);
	decode(signature, sizeof signature, known[0].signature);
	for (size_t len = 0; len <= sizeof signature; len++)
		ok = ok && curve_verify_raw(&curve_ec, digest, 32, &key, signature, len) == (len == 64);
	check(ok, "a raw signature of any other length does not hold");
	memcpy(wide + 1, signature, 32);
	memcpy(wide + 34, signature + 32, 32);
	check(!curve_verify_raw(&curve_ec, digest, 32, &key, wide, sizeof wide), "nor one with leading zeros");
	key.curve = BR_EC_secp384r1;
	check(!curve_verify_raw(&curve_ec, digest, 32, &key, signature, 64), "nor on another curve");
	for (int curve = -1; curve <= 40; curve++) {
		key.curve = curve;
		ok = ok && curve_verify_raw(&curve_ec, digest, 32, &key, signature, 64) ==
		                   (curve == BR_EC_secp256r1);
	}
	check(ok, "nor on one that is none");
	key.curve = BR_EC_secp256r1;
	check(!curve_verify_raw(&br_ec_c25519_m31, digest, 32, &key, signature, 64),
	      "nor on one that is not wanted");
}

static void der_forms(void)
{
	unsigned char q[POINT_MAX], digest[64], good[SIGNATURE_MAX], der[400];
	br_ec_public_key key = { BR_EC_secp256r1, q, decode(q, sizeof q, known_point[0]) };
	size_t len;
	bool ok = true;

	digest_of(&br_sha256_vtable, "sample", digest);
	decode(good, sizeof good, known[0].signature);
	len = br_ecdsa_raw_to_asn1(good, 64);
	check(curve_verify_asn1(&curve_ec, digest, 32, &key, good, len) == 1, "DER holds");
	for (size_t i = 0; i < len; i++)
		ok = ok && !curve_verify_asn1(&curve_ec, digest, 32, &key, good, i);
	check(ok, "cut off anywhere it does not");
	for (size_t i = 0; i < len * 8; i++) {
		good[i / 8] ^= (unsigned char)(1 << i % 8);
		ok = ok && !curve_verify_asn1(&curve_ec, digest, 32, &key, good, len);
		good[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	check(ok, "with any bit turned it does not");
	for (size_t i = 0; i < sizeof der_cases / sizeof *der_cases; i++) {
		len = decode(der, sizeof der, der_cases[i].bytes);
		check(!curve_verify_asn1(&curve_ec, digest, 32, &key, der, len), "not DER: %s",
		      der_cases[i].what);
	}
}

static void points(void)
{
	static const unsigned char one = 1;

	for (size_t i = 0; i < sizeof point_cases / sizeof *point_cases; i++) {
		const struct point_case *c = &point_cases[i];
		unsigned char point[POINT_MAX + 8] = { 0 }, before[POINT_MAX + 8],
			r[SIGNATURE_MAX], good[POINT_MAX];
		size_t len = decode(point, sizeof point, c->bytes), n = curve_len(c->curve), good_len;
		const unsigned char *g = curve_ec.generator(c->curve, &good_len);
		br_ec_public_key key = { c->curve, point, len };

		memcpy(before, point, len);
		memcpy(good, g, good_len);
		memset(r, 1, sizeof r);
		check(!curve_ec.mul(point, len, &one, 1, c->curve) && memcmp(point, before, len) == 0,
		      "%s: no point: %s", name(c->curve), c->what);
		check(!curve_verify_raw(&curve_ec, r, n, &key, r, 2 * n) &&
		              !curve_ec.muladd(point, NULL, len, &one, 1, &one, 1, c->curve) &&
		              (len != good_len ||
		               !curve_ec.muladd(good, point, len, &one, 1, &one, 1, c->curve)),
		      "nor for the other functions");
	}
}

/* The order plus `add`, of full length. */
static void order_plus(unsigned char *to, int curve, int add)
{
	size_t len;
	const unsigned char *order = curve_ec.order(curve, &len);

	memcpy(to, order, len);
	for (size_t i = len; i-- > 0; add >>= 8) {
		add += to[i];
		to[i] = (unsigned char)add;
	}
}

static void refused_scalar(int curve, const unsigned char *x, size_t len, const char *what)
{
	unsigned char point[POINT_MAX], copy[POINT_MAX], digest[64] = { 1 },
		signature[SIGNATURE_MAX] = { 0 };
	static const unsigned char nothing[SIGNATURE_MAX], one = 1;
	br_ec_private_key key = { curve, copy, len };
	size_t point_len;
	const unsigned char *g = curve_ec.generator(curve, &point_len);

	memcpy(point, g, point_len);
	check(!curve_ec.mul(point, point_len, x, len, curve) &&
	              curve_ec.mulgen(point, x, len, curve) == 0 &&
	              !curve_ec.muladd(point, NULL, point_len, x, len, &one, 1, curve) &&
	              !curve_ec.muladd(point, NULL, point_len, &one, 1, x, len, curve) &&
	              memcmp(point, g, point_len) == 0,
	      "%s: refused as a scalar: %s", name(curve), what);
	memcpy(copy, x, len);
	check(curve_sign_raw(&curve_ec, &br_sha256_vtable, digest, &key, signature) == 0 &&
	              curve_sign_asn1(&curve_ec, &br_sha256_vtable, digest, &key, signature) == 0 &&
	              memcmp(signature, nothing, sizeof nothing) == 0,
	      "and as a key");
}

static void scalars(int curve)
{
	unsigned char x[64] = { 0 }, point[POINT_MAX], again[POINT_MAX];
	size_t n = curve_len(curve), len;
	const unsigned char *g = curve_ec.generator(curve, &len);

	refused_scalar(curve, x, 0, "no bytes");
	refused_scalar(curve, x, 1, "0");
	refused_scalar(curve, x, n, "0 of full length");
	refused_scalar(curve, x, n + 9, "0, longer");
	order_plus(x, curve, 0);
	refused_scalar(curve, x, n, "the order");
	order_plus(x, curve, 1);
	refused_scalar(curve, x, n, "the order + 1");
	memset(x, 0xff, n);
	refused_scalar(curve, x, n, "ones");
	memset(x, 0, sizeof x);
	x[0] = x[n] = 1;
	refused_scalar(curve, x, n + 1, "a byte too long");
	x[0] = 0;
	check(curve_ec.mulgen(point, x, n + 1, curve) == len && memcmp(point, g, len) == 0,
	      "%s: leading zeros change nothing", name(curve));
	check(curve_ec.mulgen(point, x + n, 1, curve) == len && memcmp(point, g, len) == 0,
	      "%s: a short scalar will do", name(curve));
	order_plus(x, curve, -1);
	memcpy(again, g, len);
	check(curve_ec.mulgen(point, x, n, curve) == len && curve_ec.mul(again, len, x, n, curve) == 1 &&
	              memcmp(point, again, len) == 0 && memcmp(point, g, 1 + n) == 0 &&
	              memcmp(point, g, len) != 0,
	      "%s: the order - 1 gives the negative", name(curve));
	check(!curve_ec.muladd(again, NULL, len, (const unsigned char[]){ 5 }, 1,
	                       (const unsigned char[]){ 5 }, 1, curve),
	      "%s: a sum that is infinity is refused", name(curve));
	memcpy(point, g, len);
	memcpy(again, g, len);
	check(curve_ec.muladd(point, NULL, len, (const unsigned char[]){ 5 }, 1,
	                      (const unsigned char[]){ 5 }, 1, curve) == 1 &&
	              curve_ec.mul(again, len, (const unsigned char[]){ 10 }, 1, curve) == 1 &&
	              memcmp(point, again, len) == 0,
	      "%s: a sum of equals is the double", name(curve));
}

/* Where a table of multiples has its seams, BearSSL says the same. */
static void seams(int curve)
{
	size_t n = curve_len(curve), len;
	const unsigned char *g = bear->generator(curve, &len);
	unsigned char x[48], a[POINT_MAX], b[POINT_MAX], c[POINT_MAX];
	bool ok = true;

	for (int i = 0; i < 120; i++) {
		memset(x, 0, n);
		if (i < 20) {
			x[n - 1] = (unsigned char)(i + 1);
		} else if (i < 40) {
			order_plus(x, curve, -(i - 19));
		} else {
			size_t bit = (size_t)(i - 40) * (8 * n - 1) / 79;

			memset(x + n - bit / 8, i & 1 ? 0xff : 0, bit / 8);
			x[n - 1 - bit / 8] |= (unsigned char)(1 << bit % 8);
			x[0] &= 0x7f;
			x[n - 1] |= 1;
		}
		memcpy(c, g, len);
		ok = ok && curve_ec.mulgen(a, x, n, curve) == len && bear->mulgen(b, x, n, curve) == len &&
		     curve_ec.mul(c, len, x, n, curve) == 1 && memcmp(a, b, len) == 0 &&
		     memcmp(a, c, len) == 0;
	}
	check(ok, "%s: multiples on the seams", name(curve));
}

/* Random bytes, often with long runs of zeros or ones; reproducible. */
static br_hmac_drbg_context drbg;

static void fill(unsigned char *to, size_t len)
{
	unsigned char how[4];

	br_hmac_drbg_generate(&drbg, how, sizeof how);
	br_hmac_drbg_generate(&drbg, to, len);
	if (how[0] < 64) {
		size_t at = how[1] % len, n = how[2] % len;

		memset(to + at, how[0] & 1 ? 0xff : 0, n < len - at ? n : len - at);
	}
}

static bool random_scalar(int curve, unsigned char *x)
{
	size_t n = curve_len(curve), len;
	const unsigned char *order = bear->order(curve, &len);
	unsigned char any = 0;

	fill(x, n);
	for (size_t i = 0; i < n; i++)
		any |= x[i];
	return curve == BR_EC_curve25519 || (any && memcmp(x, order, n) < 0);
}

static bool ecdsa_agrees(int curve, unsigned char *x, unsigned char *q)
{
	static const br_hash_class *const hashes[] = { &br_sha256_vtable, &br_sha384_vtable,
		                                       &br_sha512_vtable };
	size_t n = curve_len(curve), len, their_len;
	br_ec_private_key key = { curve, x, n };
	br_ec_public_key public = { curve, q, 1 + 2 * n };
	unsigned char digest[64], ours[SIGNATURE_MAX], theirs[SIGNATURE_MAX], which[2];
	const br_hash_class *hash;
	size_t digest_len;
	bool ok;

	fill(digest, sizeof digest);
	digest[31] |= 1; /* BearSSL takes no 0, see signature_cases */
	br_hmac_drbg_generate(&drbg, which, sizeof which);
	hash = hashes[which[0] % 3];
	digest_len = hash->desc >> BR_HASHDESC_OUT_OFF & BR_HASHDESC_OUT_MASK;
	len = curve_sign_asn1(&curve_ec, hash, digest, &key, ours);
	their_len = br_ecdsa_i31_sign_asn1(bear, hash, digest, &key, theirs);
	ok = same(ours, len, theirs, their_len) &&
	     curve_verify_asn1(&curve_ec, digest, digest_len, &public, ours, len) == 1 &&
	     br_ecdsa_i31_vrfy_asn1(bear, digest, digest_len, &public, ours, len) == 1;
	ours[4 + which[1] % (len - 4)] ^= (unsigned char)(1 << which[0] % 8);
	return ok && !curve_verify_asn1(&curve_ec, digest, digest_len, &public, ours, len);
}

/* One random case on a curve. */
static bool agrees(int curve)
{
	unsigned char x[48], y[48], a[POINT_MAX] = { 0 }, b[POINT_MAX] = { 0 }, q[POINT_MAX];
	size_t n = curve_len(curve), len = point_len(curve);
	bool ok;

	while (!random_scalar(curve, x) || !random_scalar(curve, y))
		;
	ok = curve_ec.mulgen(a, x, n, curve) == len && bear->mulgen(b, x, n, curve) == len &&
	     memcmp(a, b, len) == 0;
	memcpy(q, a, len);
	if (curve == BR_EC_curve25519) { /* any bytes are a point */
		fill(a, len);
		memcpy(b, a, len);
	}
	ok = ok && curve_ec.mul(a, len, y, n, curve) == 1 && bear->mul(b, len, y, n, curve) == 1 &&
	     memcmp(a, b, len) == 0;
	if (curve == BR_EC_curve25519)
		return ok;
	ok = ok && curve_ec.muladd(a, q, len, y, n, x, n, curve) == 1 &&
	     bear->muladd(b, q, len, y, n, x, n, curve) == 1 && memcmp(a, b, len) == 0;
	return ok && ecdsa_agrees(curve, x, q);
}

static void random_cases(uint64_t cases)
{
	long counted[3] = { 0 }, wrong = 0;

	for (uint64_t i = 0; i < cases; i++) {
		int kind = i % 8 == 0 ? 1 : i % 4 == 1 ? 2 : 0;
		bool ok = agrees(kind == 1 ? BR_EC_secp384r1 :
		                 kind == 2 ? BR_EC_curve25519 :
		                             BR_EC_secp256r1);

		counted[kind]++;
		if (!ok && wrong++ < 10)
			printf("# case %llu differs\n", (unsigned long long)i);
	}
	check(wrong == 0, "BearSSL says the same: P-256 %ld times, P-384 %ld, X25519 %ld", counted[0],
	      counted[1], counted[2]);
}

/* What was GMP's before a call is GMP's after it. */
static void memory(void)
{
	void *(*before)(size_t), *(*after)(size_t);
	unsigned char point[POINT_MAX];

	mp_get_memory_functions(&before, NULL, NULL);
	curve_ec.mulgen(point, (const unsigned char[]){ 7 }, 1, BR_EC_secp384r1);
	curve_ec.mulgen(point, (const unsigned char[]){ 0 }, 1, BR_EC_secp256r1);
	mp_get_memory_functions(&after, NULL, NULL);
	check(before == after, "GMP has its memory functions again");
}

int main(int argc, char **argv)
{
	uint64_t cases = CASES;
	const char *seed = "1";
	int option;

	while ((option = getopt(argc, argv, "ln:s:")) != -1) {
		if (option == 'l')
			cases = CASES_LONG;
		else if (option == 's')
			seed = optarg;
		else if (option != 'n' || !span_number(span_str(optarg), CASES_LONG, &cases))
			return 100;
	}
	br_hmac_drbg_init(&drbg, &br_sha256_vtable, seed, strlen(seed));
	known_ecdsa();
	known_x25519();
	small_order();
	x25519_edges();
	signatures();
	signature_lengths();
	der_forms();
	points();
	for (int curve = BR_EC_secp256r1; curve <= BR_EC_secp384r1; curve++) {
		scalars(curve);
		seams(curve);
	}
	memory();
	random_cases(cases);
	return tap_end();
}
