/*
 * JWK, thumbprints, JWS. Criteria a, b and f of the ACME work: signatures are
 * r || s of full length, JWKs are exactly RFC 7638's, bindings are HMACs.
 */
#include "acme/jose.h"

#include "acme_outside.h"

static struct outside o;
static unsigned char storage[8192], work_bytes[70000], out_bytes[70000];

static struct span decoded(const char *text, unsigned char *to, size_t size)
{
	struct builder b;

	builder_init(&b, to, size);
	check(base64_url_decode(&b, span_str(text)), "the example is base64url");
	return builder_span(&b);
}

static void thumbprints(void)
{
	static unsigned char n[512], e[8], x[65];
	struct public_key rsa = { .type = KEY_RSA, .bits = 2048 }, ec = { .type = KEY_P256, .bits = 256 };
	struct builder b;

	rsa.modulus = decoded("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aP"
	                      "FFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl9"
	                      "3lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
	                      "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
	                      "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw", n, sizeof n);
	rsa.exponent = decoded("AQAB", e, sizeof e);
	builder_init(&b, storage, sizeof storage);
	jose_thumbprint(&b, &rsa);
	check(span_is(builder_span(&b), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
	      "b: the thumbprint of RFC 7638, 3.1");

	x[0] = 4;
	decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", x + 1, 32);
	/* A coordinate that begins with zeros keeps them. */
	ec.point = span_of(x, 65);
	builder_init(&b, storage, sizeof storage);
	jose_jwk(&b, &ec);
	check(span_is(builder_span(&b),
	              "{\"crv\":\"P-256\",\"kty\":\"EC\","
	              "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	              "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"),
	      "b: a JWK without white space, in order, of full length");
	builder_init(&b, storage, JOSE_THUMBPRINT_LEN);
	jose_thumbprint(&b, &ec);
	check(builder_ok(&b) && b.len == JOSE_THUMBPRINT_LEN, "43 characters are enough");
	builder_init(&b, storage, JOSE_THUMBPRINT_LEN - 1);
	jose_thumbprint(&b, &ec);
	check(!builder_ok(&b), "42 are not");
}

/* What the tests verify with takes RFC 7515's own signature, and no other. */
static void example(void)
{
	static const char input[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog"
				    "Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
	static const unsigned char front[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
		                               0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
		                               0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
	static struct key key = { .type = KEY_P256, .bits = 256, .spki_len = 91 };
	unsigned char signature[64];
	struct span s;

	memcpy(key.spki, front, sizeof front);
	decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", key.spki + 27, 32);
	decoded("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", key.spki + 59, 32);
	s = decoded("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
	            signature, sizeof signature);
	check(outside_signed(&key, span_str(input), s), "the signature of RFC 7515, A.3 verifies");
	signature[63] ^= 1;
	check(!outside_signed(&key, span_str(input), s), "another does not");
}

struct with {
	const struct key *key;
	bool refuse;
};

static bool sign(void *context, struct span input, struct builder *signature)
{
	const struct with *with = context;
	unsigned char digest[64];

	key_hash(key_type_hash(with->key->type), input, digest);
	return !with->refuse &&
	       key_sign(with->key, key_type_hash(with->key->type), digest, true, signature);
}

static bool make(const struct key *key, struct span payload, struct span jwk, struct builder *out)
{
	struct jose_header header = { .algorithm = jose_algorithm(key->type),
		                      .nonce = span_str("n-1"),
		                      .url = span_str("https://ca.test/\"x\""),
		                      .jwk = jwk };
	struct with with = { key, false };
	struct builder work;

	builder_init(&work, work_bytes, sizeof work_bytes);
	return jose_sign(out, &header, payload, &(struct jose_signer){ sign, &with }, &work);
}

/* `n` signatures with a key: each of `len` bytes, some of them with a zero in front. */
static void signatures(enum key_type type, size_t len, int n)
{
	int good = 0, verified = 0, asked = 0, r_short = 0, s_short = 0;
	struct json_value root;
	unsigned char bytes[KEY_SIGNATURE_MAX];
	struct builder out, signature;

	outside_start(&o, type);
	for (int i = 0; i < n; i++) {
		char payload[64];

		snprintf(payload, sizeof payload, "{\"number\":%d}", i);
		builder_init(&out, out_bytes, sizeof out_bytes);
		if (!make(o.account, span_str(payload), span_str("{\"a\":1}"), &out) ||
		    !json_read(&o.jws_json, builder_span(&out), o.tokens, 16))
			continue;
		root = json_root(&o.jws_json);
		builder_init(&signature, bytes, sizeof bytes);
		good += base64_url_decode(&signature, outside_text(json_member(root, "signature"))) &&
		        signature.len == len;
		r_short += bytes[0] == 0;
		s_short += bytes[len / 2] == 0;
		/* All with a zero in front, and some more. */
		if (i % 16 == 0 || bytes[0] == 0 || bytes[len / 2] == 0) {
			asked++;
			verified += outside_jws(&o, builder_span(&out), o.account) &&
			            span_is(builder_span(&o.payload), payload);
		}
	}
	check(good == n, "a: %d signatures with %s are %zu bytes", n, outside_alg(o.account), len);
	check(verified == asked && o.faults == 0, "a: %d of them verify", asked);
	if (n >= 2000)
		check(r_short > 0 && s_short > 0, "a: also those with a zero in front of r or s");
	check(json_is(json_member(json_root(&o.header_json), "alg"), outside_alg(o.account)) &&
	              json_is(json_member(json_root(&o.header_json), "url"), "https://ca.test/\"x\"") &&
	              json_is(json_member(json_root(&o.header_json), "nonce"), "n-1"),
	      "the header is what was said, escaped");
}

static void without_room(void)
{
	struct builder out, work;
	struct with with = { o.account, false };
	struct jose_header header = { .algorithm = "ES256", .url = span_str("u"), .kid = span_str("k") };
	size_t need, bad = 0;

	outside_start(&o, KEY_P256);
	with.key = o.account;
	builder_init(&out, out_bytes, sizeof out_bytes);
	builder_init(&work, work_bytes, sizeof work_bytes);
	check(jose_sign(&out, &header, span_str("{}"), &(struct jose_signer){ sign, &with }, &work) &&
	              span_is(builder_span(&work),
	                      "eyJhbGciOiJFUzI1NiIsInVybCI6InUiLCJraWQiOiJrIn0.e30"),
	      "the signing input, with what is empty left out");
	need = out.len;
	for (size_t room = 0; room < need; room += 7) {
		builder_init(&out, out_bytes, room);
		builder_init(&work, work_bytes, sizeof work_bytes);
		bad += jose_sign(&out, &header, span_str("{}"),
		                 &(struct jose_signer){ sign, &with }, &work);
	}
	builder_init(&out, out_bytes, sizeof out_bytes);
	builder_init(&work, work_bytes, 40);
	bad += jose_sign(&out, &header, span_str("{}"), &(struct jose_signer){ sign, &with }, &work);
	check(bad == 0, "too little room anywhere is told");
	with.refuse = true;
	builder_init(&out, out_bytes, sizeof out_bytes);
	builder_init(&work, work_bytes, sizeof work_bytes);
	check(!jose_sign(&out, &header, span_str("{}"), &(struct jose_signer){ sign, &with }, &work),
	      "so is a signature that could not be made");
}

static bool mac(void *context, struct span input, struct builder *out)
{
	return outside_mac(&o, *(enum key_hash *)context, input, out);
}

static void bindings(void)
{
	static const char *const names[] = { "HS256", "HS384", "HS512" };
	static const size_t lens[] = { 43, 64, 86 };
	/* HMACs of the signing input below by an independent implementation. */
	static const char *const expected[] = {
		"ckFM24UowzbgySe4iGQjQxr7neAxdRGdblhZZ-Hp0YE",
		"5eaS-UuypeNjSfhyKV50FhiwCFaGDaPdEZ18BC7UTve_htGToh5siG3CPvRb_SS9",
		"x8NbJ2sK4-2XgYE2_l97L1Y6vpuht6qPXA_1eIYrkMiEoTgV6njQ_shURf-PnKBYYVkIErqdkCo3MthRh_Rg-Q" };
	struct builder out, work;

	outside_start(&o, KEY_P256);
	o.mac_key = span_str("0123456789abcdef");
	for (int i = 0; i < 3; i++) {
		enum key_hash hash = (enum key_hash)i;
		struct jose_header header = { .algorithm = jose_mac_algorithm(hash),
			                      .url = span_str("https://ca.test/new-acct"),
			                      .kid = span_str("kid-1") };
		struct span signature;

		builder_init(&out, out_bytes, sizeof out_bytes);
		builder_init(&work, work_bytes, sizeof work_bytes);
		check(jose_sign(&out, &header, span_str("{}"), &(struct jose_signer){ mac, &hash }, &work) &&
		              outside_jws(&o, builder_span(&out), NULL) &&
		              json_is(json_member(json_root(&o.header_json), "alg"), names[i]),
		      "f: a MAC with %s", names[i]);
		signature = outside_text(json_member(json_root(&o.jws_json), "signature"));
		check(signature.len == lens[i] && span_is(signature, expected[i]), "f: the right one");
	}
}

static void mac_keys(void)
{
	static const char *const good[] = { "-_8aAQI", "+/8aAQI", "+/8aAQI=", " -_8aAQI=\r\n", "\t-/8aAQI\n" };
	static const char *const bad[] = { "", " ", "=", "-_8aAQI==", "-_8aAQI===", "-_8a AQI",
		                           "-_8aAQJ", "-_8aAQI!", "-_8aA=QI", "-", "\xff", "-_8a=" };
	struct builder b;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		builder_init(&b, storage, sizeof storage);
		check(jose_mac_key(&b, span_str(good[i])) &&
		              span_is(builder_span(&b), "\xfb\xff\x1a\x01\x02"),
		      "f: a MAC key in spelling %zu", i);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		builder_init(&b, storage, sizeof storage);
		check(!jose_mac_key(&b, span_str(bad[i])), "f: no MAC key: %zu", i);
	}
	memset(out_bytes, 'A', sizeof out_bytes);
	builder_init(&b, storage, sizeof storage);
	check(jose_mac_key(&b, span_of(out_bytes, JOSE_MAC_KEY_MAX / 3 * 4)), "the longest MAC key");
	builder_init(&b, storage, sizeof storage);
	check(!jose_mac_key(&b, span_of(out_bytes, JOSE_MAC_KEY_MAX / 3 * 4 + 8)), "a longer one");
	builder_init(&b, storage, 4);
	check(!jose_mac_key(&b, span_str("-_8aAQI")), "no room for it");
}

int main(void)
{
	thumbprints();
	example();
	signatures(KEY_P256, 64, tap_turns(3000));
	signatures(KEY_P384, 96, 40);
	signatures(KEY_RSA, 256, 4);
	without_room();
	bindings();
	mac_keys();
	return tap_end();
}
