/* Private and public keys: made, read, written, used. */
#include "tls/key.h"

#include <string.h>

#include "tap.h"
#include "tls/der.h"
#include "tls/pem.h"
#include "tls_data.h"

enum { SIGNATURES = 3000 };

static struct key key, again;
static unsigned char data[4096], text[KEY_PEM_MAX], bytes[4096];

static struct span public_half(const struct key *k)
{
	return span_of(k->spki, k->spki_len);
}

static bool wiped(const struct key *k)
{
	const unsigned char *p = (const unsigned char *)k;
	unsigned char any = 0;

	for (size_t i = 0; i < sizeof *k; i++)
		any |= p[i];
	return any == 0;
}

/* Signs with `k` and verifies with its own public half; and nothing else verifies. */
static bool works(const struct key *k)
{
	struct public_key public;
	bool ok = public_key_read(&public, public_half(k)) && public.type == k->type && public.bits == k->bits;

	for (enum key_hash hash = KEY_SHA256; hash <= KEY_SHA512; hash++) {
		unsigned char digest[KEY_HASH_MAX], signature[KEY_SIGNATURE_MAX];
		struct builder b;

		key_hash(hash, span_str("what is signed"), digest);
		builder_init(&b, signature, sizeof signature);
		ok = ok && key_sign(k, hash, digest, false, &b) &&
		     public_key_verify(&public, hash, digest, builder_span(&b));
		digest[key_hash_len(hash) - 1] ^= k->type == KEY_RSA; /* ECDSA cuts a long digest */
		digest[0] ^= 1;
		ok = ok && !public_key_verify(&public, hash, digest, builder_span(&b));
		digest[0] ^= 1;
		digest[key_hash_len(hash) - 1] ^= k->type == KEY_RSA;
		signature[b.len - 1] ^= 1;
		ok = ok && !public_key_verify(&public, hash, digest, builder_span(&b)) &&
		     !public_key_verify(&public, hash, digest, span_head(builder_span(&b), b.len - 1)) &&
		     !public_key_verify(&public, hash, digest, span_of(NULL, 0));
	}
	return ok;
}

/* BearSSL's own decoder takes it too. */
static bool bearssl_reads(struct span pem)
{
	static br_skey_decoder_context decoder;
	struct span label, der;
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	if (pem_next(&pem, &label, &b, &der) != PEM_BLOCK || pem.len > 0)
		return false;
	br_skey_decoder_init(&decoder);
	br_skey_decoder_push(&decoder, der.p, der.len);
	return br_skey_decoder_last_error(&decoder) == 0 && br_skey_decoder_key_type(&decoder) != 0;
}

/* What is written is read again as the same key. */
static bool survives(const struct key *k)
{
	struct builder b;

	builder_init(&b, text, sizeof text);
	key_write(k, &b);
	return builder_ok(&b) && bearssl_reads(builder_span(&b)) && span_starts(builder_span(&b), "-----BEGIN PRIVATE KEY-----\n") &&
	       key_read(&again, builder_span(&b)) == KEY_OK && span_eq(public_half(&again), public_half(k)) &&
	       again.type == k->type && again.bits == k->bits && works(&again);
}

static const struct {
	const char *about, *hex;
	enum key_type type;
} files[] = {
	{ "SEC 1, P-256", p256_sec1, KEY_P256 },
	{ "PKCS #8, P-256", p256_pkcs8, KEY_P256 },
	{ "PKCS #8, P-384", p384_pkcs8, KEY_P384 },
	{ "PKCS #1, RSA", rsa_pkcs1, KEY_RSA },
};

static void reading(void)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct span der = tls_data(files[i].hex, data, sizeof data);
		int ok = 0;

		check(key_read(&key, der) == KEY_OK && key.type == files[i].type, "%s", files[i].about);
		check(works(&key), "signs");
		check(survives(&key), "is written and read again");
		if (i == 1)
			check(span_eq(public_half(&key), public_half(&again)), "the same key in both forms");
		for (size_t cut = 0; cut < der.len; cut++) {
			memcpy(bytes, data, cut);
			ok += key_read(&key, span_of(bytes, cut)) == KEY_OK || !wiped(&key);
		}
		check(ok == 0, "cut at any byte it is none, and nothing of it is left");
		data[der.len] = 0;
		check(key_read(&key, span_of(data, der.len + 1)) == KEY_MALFORMED, "a byte more");
	}
}

/* No bit of a key can be turned without notice, but for what is not looked at. */
static void bits(size_t file, size_t step, int most)
{
	struct span der = tls_data(files[file].hex, data, sizeof data);
	struct key good;
	int unnoticed = 0;

	check(key_read(&good, der) == KEY_OK, "whole: %s", files[file].about);
	for (size_t bit = 0; bit < der.len * 8; bit += RUNNING_ON_VALGRIND ? 50 * step + 1 : step) {
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (key_read(&key, der) == KEY_OK)
			unnoticed++;
		else if (!wiped(&key))
			check(false, "wiped");
		data[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	if (!check(unnoticed <= most, "a bit is turned"))
		printf("# %d unnoticed\n", unnoticed);
	key_wipe(&good);
}

/* A key whose INTEGER or octets at `at` are replaced. */
static enum key_result with(const char *hex, size_t at, const char *part)
{
	struct span der = tls_data(hex, data, sizeof data);
	struct span other = tls_data(part, bytes, sizeof bytes);

	memcpy(data + at, other.p, other.len);
	return key_read(&key, der);
}

static void scalars(void)
{
	static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
	static const char above[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552";
	static const char most[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
	static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
	static const char below[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
	static const char *const short_one = "300f020101040101a00706052b81040022";
	static const char *const one = "30120201010401" "01" "a00a06082a8648ce3d030107";
	static const char *const nought = "30120201010401" "00" "a00a06082a8648ce3d030107";
	enum { AT = 7 };

	check(with(p256_sec1, AT, order) == KEY_MISMATCH, "the order is no scalar");
	check(with(p256_sec1, AT, above) == KEY_MISMATCH, "nor is more");
	check(with(p256_sec1, AT, most) == KEY_MISMATCH, "nor the most there is");
	check(with(p256_sec1, AT, zero) == KEY_MISMATCH, "nor 0");
	check(with(p256_sec1, AT, below) == KEY_MISMATCH, "one that is, with another's point");
	check(key_read(&key, tls_data(one, data, sizeof data)) == KEY_OK && key.type == KEY_P256 && works(&key),
	      "1, without zeros in front and without a point");
	check(key_read(&key, tls_data(short_one, data, sizeof data)) == KEY_OK && key.type == KEY_P384 && works(&key),
	      "1 on P-384");
	check(key_read(&key, tls_data(nought, data, sizeof data)) == KEY_MISMATCH, "0 alone");
}

static const struct {
	const char *about, *hex;
	enum key_result result;
} others[] = {
	{ "nothing", "", KEY_MALFORMED },
	{ "an empty SEQUENCE", "3000", KEY_MALFORMED },
	{ "a version alone", "3003020101", KEY_MALFORMED },
	{ "a point without a curve", "3006020101040101", KEY_UNSUPPORTED },
	{ "a curve that is not known", "300f020101040101a00706052b81040023", KEY_UNSUPPORTED },
	{ "a curve that is spelled out", "300a020101040101a0023000", KEY_UNSUPPORTED },
	{ "another version", "300f020102040101a00706052b81040022", KEY_MALFORMED },
	{ "an empty scalar", "300e0201010400a00706052b81040022", KEY_MALFORMED },
	{ "something behind the curve", "3011020101040101a00706052b810400220500", KEY_MALFORMED },
	{ "Ed25519",
	  "302e020100300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
	  KEY_UNSUPPORTED },
	{ "PKCS #8 with a passphrase", "30093004060255040401ff", KEY_ENCRYPTED },
	{ "what begins like a certificate", "30063002300030003000", KEY_MALFORMED },
	{ "RSA of three primes", "3006020101020100", KEY_UNSUPPORTED },
	{ "RSA of nothing", "301b020100020100020100020100020100020100020100020100020100", KEY_UNSUPPORTED },
	{ "the curves differ",
	  "3027020100301306072a8648ce3d020106082a8648ce3d030107040d300b020101040101a003060100", KEY_MISMATCH },
};

static void other_keys(void)
{
	static const char encrypted[] = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
	static const char pkcs8_encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
		"-----END ENCRYPTED PRIVATE KEY-----\n";
	static const char certificate[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		check(key_read(&key, tls_data(others[i].hex, data, sizeof data)) == others[i].result && wiped(&key),
		      "%s", others[i].about);
	check(key_read(&key, span_str(encrypted)) == KEY_ENCRYPTED, "PEM with a passphrase, old");
	check(key_read(&key, span_str(pkcs8_encrypted)) == KEY_ENCRYPTED, "PEM with a passphrase, new");
	check(key_read(&key, span_str(certificate)) == KEY_MALFORMED, "a certificate");
	check(key_read(&key, span_str("text")) == KEY_MALFORMED, "a text");
	for (enum key_result r = KEY_OK; r <= KEY_MISMATCH; r++)
		check(strlen(key_strerror(r)) > 0, "said: %s", key_strerror(r));
}

/* The block of the key among others, with CRLF. */
static void pem_files(void)
{
	unsigned char storage[4096];
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	builder_str(&b, "some text\r\n-----BEGIN EC PARAMETERS-----\r\nBggqhkjOPQMBBw==\r\n"
		"-----END EC PARAMETERS-----\r\n");
	pem_write(&b, "EC PRIVATE KEY", tls_data(p256_sec1, data, sizeof data));
	pem_write(&b, "PRIVATE KEY", tls_data(p384_pkcs8, data, sizeof data));
	check(key_read(&key, builder_span(&b)) == KEY_OK && key.type == KEY_P256, "the first key of several blocks");
	for (size_t i = 0; i < 45; i++)
		if (key_read(&key, span_head(builder_span(&b), 120 + 4 * i)) == KEY_OK)
			check(false, "cut");
}

/* RFC 7518's form: always of full length, and verified as what BearSSL turns it into. */
static void raw_signatures(enum key_type type, enum key_hash hash, int n)
{
	struct key_kind kind = { type, type == KEY_P256 ? 256 : 384 };
	size_t half = kind.bits / 8;
	struct public_key public;
	int bad = 0, zero = 0;

	check(key_make(&key, kind) && public_key_read(&public, public_half(&key)), "a key of %u bits", kind.bits);
	for (int i = 0; i < n; i++) {
		unsigned char digest[KEY_HASH_MAX], signature[KEY_SIGNATURE_MAX];
		struct builder b;
		size_t len;

		key_hash(hash, span_of(&i, sizeof i), digest);
		builder_init(&b, signature, sizeof signature);
		bad += !key_sign(&key, hash, digest, true, &b) || b.len != 2 * half;
		zero += signature[0] == 0 || signature[half] == 0;
		/* Verifying costs twice as much as signing: those with a short half, and some others. */
		if (i % 16 != 0 && signature[0] != 0 && signature[half] != 0)
			continue;
		len = br_ecdsa_raw_to_asn1(signature, b.len);
		bad += !public_key_verify(&public, hash, digest, span_of(signature, len));
	}
	check(bad == 0, "%d signatures of %zu bytes, the short ones verified", n, 2 * half);
	if (n >= SIGNATURES)
		check(zero > 0, "of which some begin with a zero: %d", zero);
}

static void public_keys(void)
{
	static const struct {
		const char *about, *hex;
	} bad[] = {
		{ "nothing", "" },
		{ "an empty SEQUENCE", "3000" },
		{ "Ed25519", "302a300506032b6570032100"
		             "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1" },
		{ "a point that is not on the curve",
		  "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
		  "0000000000000000000000000000000000000000000000000000000000000001"
		  "0000000000000000000000000000000000000000000000000000000000000001" },
		{ "a point at infinity", "3019301306072a8648ce3d020106082a8648ce3d03010703020000" },
		{ "a compressed point",
		  "3039301306072a8648ce3d020106082a8648ce3d03010703220002"
		  "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" },
		{ "RSA of 15 bits", "301a300d06092a864886f70d010101050003090030060202" "4001020103" },
	};
	struct public_key public;
	struct span spki;
	int ok = 0;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!public_key_read(&public, tls_data(bad[i].hex, data, sizeof data)), "no public key: %s",
		      bad[i].about);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		unsigned char written[KEY_SPKI_MAX];
		struct builder b;

		key_read(&key, tls_data(files[i].hex, data, sizeof data));
		spki = public_half(&key);
		check(public_key_read(&public, spki), "the public half of %s", files[i].about);
		builder_init(&b, written, sizeof written);
		public_key_write(&b, &public);
		check(span_eq(builder_span(&b), spki), "written as it was");
		memcpy(bytes, spki.p, spki.len);
		for (size_t cut = 0; cut < spki.len; cut++)
			ok += public_key_read(&public, span_of(bytes, cut));
	}
	check(ok == 0, "cut at any byte it is none");
	/* An even modulus, an exponent of 1. */
	memcpy(bytes, key.spki, key.spki_len);
	bytes[key.spki_len - 6] ^= 1;
	check(!public_key_read(&public, span_of(bytes, key.spki_len)), "an even modulus");
	bytes[key.spki_len - 6] ^= 1;
	bytes[key.spki_len - 1] = 2;
	check(!public_key_read(&public, span_of(bytes, key.spki_len)), "an even exponent");
}

/* The same random bytes, the same key. */
static void seeded(void)
{
	const struct key_kind kind = { KEY_P256, 256 };
	static unsigned char first[KEY_SPKI_MAX];
	br_hmac_drbg_context random;

	for (int i = 0; i < 2; i++) {
		br_hmac_drbg_init(&random, &br_sha256_vtable, "seed", 4);
		check(key_make_from(&key, kind, &random.vtable) && works(&key), "a key from a seed");
		if (i == 0)
			memcpy(first, key.spki, key.spki_len);
	}
	check(memcmp(first, key.spki, key.spki_len) == 0, "the same again");
	check(key_make_from(&key, kind, &random.vtable) && memcmp(first, key.spki, key.spki_len) != 0,
	      "and then another");
	check(!key_make_from(&key, (struct key_kind){ KEY_P256, 384 }, &random.vtable) && key.spki_len == 0,
	      "a kind that there is not");
}

static void kinds(void)
{
	static const char *const names[] = { "p256", "p384", "rsa2048", "rsa3072", "rsa4096" };
	static const char *const bad[] = { "", "P256", "p521", "rsa", "rsa1024", "rsa8192", "rsa2048 ", "ed25519" };
	struct key_kind kind;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		check(key_kind_parse(span_str(names[i]), &kind) &&
		              span_is(span_str(key_kind_name(kind.type, kind.bits)), names[i]),
		      "%s", names[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!key_kind_parse(span_str(bad[i]), &kind), "no kind: %s", bad[i]);
	check(span_is(span_str(key_kind_name(KEY_RSA, 2050)), "rsa"), "RSA of another size");
	check(!key_make(&key, (struct key_kind){ KEY_RSA, 1024 }), "1024 bits are not made");
	seeded();
}

/* `n` lines of a new key, a digest and its signature as JOSE has it, in hex: for another's verifier. */
static int print_signatures(struct span number)
{
	struct key_kind kind = { KEY_P256, 256 };
	uint64_t n;

	if (!span_number(number, 100000, &n))
		return 100;
	for (uint64_t i = 0; i < n; i++) {
		unsigned char digest[KEY_HASH_MAX], signature[KEY_SIGNATURE_MAX];
		struct builder b, line;

		if (i % 50 == 0 && !key_make(&key, kind))
			return 111;
		key_hash(KEY_SHA256, span_of(&i, sizeof i), digest);
		builder_init(&b, signature, sizeof signature);
		if (!key_sign(&key, KEY_SHA256, digest, true, &b))
			return 101;
		builder_init(&line, text, sizeof text);
		hex_encode(&line, public_half(&key));
		builder_byte(&line, ' ');
		hex_encode(&line, span_of(digest, key_hash_len(KEY_SHA256)));
		builder_byte(&line, ' ');
		hex_encode(&line, builder_span(&b));
		printf("%s\n", builder_cstr(&line));
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && span_is(span_str(argv[1]), "sign"))
		return print_signatures(span_str(argv[2]));
	kinds();
	reading();
	bits(0, 3, 0);
	bits(2, 7, 3);
	bits(3, 97, 0);
	scalars();
	other_keys();
	pem_files();
	public_keys();
	for (enum key_type type = KEY_P256; type <= KEY_P384; type++)
		check(key_make(&key, (struct key_kind){ type, type == KEY_P256 ? 256 : 384 }) && works(&key) &&
		              survives(&key),
		      "made, written, read: %s", key_kind_name(key.type, key.bits));
	raw_signatures(KEY_P256, KEY_SHA256, tap_turns(SIGNATURES));
	raw_signatures(KEY_P384, KEY_SHA384, tap_turns(200));
	key_wipe(&key);
	check(wiped(&key), "wiped");
	return tap_end();
}
