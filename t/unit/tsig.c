/* Signed DNS messages: what BIND signed is right, what was changed is not; key files. */
#include "net/tsig.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "tap.h"
#include "tsig_data.h"

enum { MESSAGE_MAX = 1024, TSIG_LEN_256 = 10 + 10 + 13 + 16 + 32, TSIG_LEN_512 = 15 + 10 + 13 + 16 + 64 };

static unsigned char bytes[MESSAGE_MAX];
static struct tsig_key key;
static struct tsig_reply reply;

static struct span message(const char *hex)
{
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	if (!hex_decode(&b, span_str(hex)))
		abort();
	return builder_span(&b);
}

static void use_key(const char *text)
{
	if (tsig_key_read(&key, span_str(text)) != TSIG_KEY_OK)
		abort();
}

/* The code of a request, whose TSIG record ends with id, error and an empty other field. */
static struct tsig_mac mac_of(const char *request, size_t len)
{
	struct span m = message(request);
	struct tsig_mac mac = { .len = len };

	memcpy(mac.p, m.p + m.len - 6 - len, len);
	return mac;
}

/* A copy of exactly its size, so that a sanitizer sees a look beyond its end. */
static enum tsig_result check_copy(struct span m, const struct tsig_mac *request, int64_t now)
{
	unsigned char *copy = malloc(m.len > 0 ? m.len : 1);
	enum tsig_result result;

	if (m.len > 0)
		memcpy(copy, m.p, m.len);
	result = tsig_check(span_of(copy, m.len), &key, request, now, &reply);
	free(copy);
	return result;
}

static void test_bind(const char *key_text, const char *request, const char *answer, size_t len)
{
	struct tsig_mac mac, other;

	use_key(key_text);
	check(check_copy(message(request), NULL, SIGNED_AT) == TSIG_OK, "%.11s: a request of nsupdate", key_text);
	mac = mac_of(request, len);
	check(check_copy(message(answer), &mac, SIGNED_AT) == TSIG_OK && reply.error == 0,
	      "and named's answer to it");
	check(check_copy(message(answer), NULL, SIGNED_AT) == TSIG_FORGED,
	      "which is an answer to that request alone");
	other = mac;
	other.p[0] ^= 1;
	check(check_copy(message(answer), &other, SIGNED_AT) == TSIG_FORGED, "and to no other");
	check(check_copy(message(answer), &mac, SIGNED_AT + 300) == TSIG_OK, "300 s later it is in time");
	check(check_copy(message(answer), &mac, SIGNED_AT + 302) == TSIG_STALE, "302 s later it is not");
	check(check_copy(message(answer), &mac, SIGNED_AT - 302) == TSIG_STALE, "nor 302 s before");
}

/* Every byte counts, but for the id, which the record has too. */
static void test_changed(const char *request, const char *answer, size_t len)
{
	struct tsig_mac mac = mac_of(request, len);
	size_t n = message(answer).len, wrong = 0;

	for (size_t i = 2; i < n; i++) {
		message(answer);
		bytes[i] ^= 1;
		wrong += check_copy(span_of(bytes, n), &mac, SIGNED_AT) == TSIG_OK;
	}
	check(wrong == 0, "with any byte changed it does not hold");
	message(answer);
	bytes[0] ^= 1;
	check(check_copy(span_of(bytes, n), &mac, SIGNED_AT) == TSIG_OK, "the id may be a forwarder's");
	wrong = 0;
	for (size_t i = 0; i < n; i++)
		wrong += check_copy(span_head(message(answer), i), &mac, SIGNED_AT) == TSIG_OK;
	check(wrong == 0, "cut anywhere it does not hold");
	message(answer);
	bytes[n] = 0;
	check(check_copy(span_of(bytes, n + 1), &mac, SIGNED_AT) == TSIG_MALFORMED, "nor with a byte more");
}

/* What nsupdate sent, without its record, becomes the same bytes again. */
static void test_sign(const char *request, size_t record_len, int64_t at)
{
	static unsigned char made[MESSAGE_MAX];
	struct span want = message(request);
	struct tsig_mac mac;
	struct builder b;

	builder_init(&b, made, sizeof made);
	builder_add(&b, span_head(want, want.len - record_len));
	made[11] = 0;
	check(tsig_sign(&b, &key, at, &mac) && span_eq(builder_span(&b), want),
	      "our signature is nsupdate's");
	check(check_copy(builder_span(&b), NULL, at) == TSIG_OK, "and is believed");
	builder_init(&b, made, want.len - 1);
	builder_add(&b, span_head(want, want.len - record_len));
	made[11] = 0;
	check(!tsig_sign(&b, &key, at, &mac), "a byte less room is too little");
	builder_init(&b, made, 11);
	builder_add(&b, span_head(want, 11));
	check(!tsig_sign(&b, &key, at, &mac), "eleven bytes are no message");
}

static void test_errors(void)
{
	struct tsig_mac mac;

	use_key(SHA256_KEY);
	mac = mac_of(LATE_REQUEST, 32);
	check(check_copy(message(LATE_ANSWER), &mac, LATE_AT) == TSIG_CLOCK &&
	              reply.error == TSIG_BADTIME && reply.server_time == SERVER_AT,
	      "a wrong clock is told the time");
	bytes[message(LATE_ANSWER).len - 1] ^= 1;
	check(check_copy(span_of(bytes, strlen(LATE_ANSWER) / 2), &mac, LATE_AT) == TSIG_FORGED,
	      "by nobody who does not have the key");
	check(check_copy(message(BADKEY_ANSWER), &mac, SERVER_AT) == TSIG_REJECTED &&
	              reply.error == TSIG_BADKEY,
	      "BADKEY, which nobody signs");
	check(check_copy(message(BADSIG_ANSWER), &mac, SERVER_AT) == TSIG_REJECTED &&
	              reply.error == TSIG_BADSIG,
	      "BADSIG");
	use_key("hmac-sha256:other:" SECRET);
	check(check_copy(message(SHA256_REQUEST), NULL, SIGNED_AT) == TSIG_FORGED, "another key's name");
	use_key("hmac-sha512:acme-key:" SECRET);
	check(check_copy(message(SHA256_REQUEST), NULL, SIGNED_AT) == TSIG_FORGED, "another algorithm");
	use_key("hmac-sha256:acme-key:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTM=");
	check(check_copy(message(SHA256_REQUEST), NULL, SIGNED_AT) == TSIG_FORGED, "another secret");
	use_key("hmac-sha256:ACME-Key.:" SECRET);
	check(check_copy(message(SHA256_REQUEST), NULL, SIGNED_AT) == TSIG_OK, "the same in capitals");
}

/* Messages that are not what section 5.1 wants: by hand, from named's answer. */
static void test_structure(void)
{
	static const char record[] = "00" "00fa" "00ff" "00000000" "0011" "00" "000000000000" "0000"
	                             "0000" "0000" "0000" "0000";
	static const struct {
		const char *what, *head, *rest[3];
		enum tsig_result result;
	} table[] = {
		{ "no record at all", "000028000000000000000000", { "" }, TSIG_NONE },
		{ "a record of another type", "000028000000000000000001", { "0000100001000000000000" }, TSIG_NONE },
		{ "an empty record", "000028000000000000000001", { record }, TSIG_FORGED },
		{ "two records", "000028000000000000000002", { record, record }, TSIG_MALFORMED },
		{ "one that is not the last", "000028000000000000000002",
		  { record, "0000100001000000000000" }, TSIG_MALFORMED },
		{ "one among the answers", "000028000000000100000000", { record }, TSIG_MALFORMED },
		{ "one of class IN", "000028000000000000000001",
		  { "0000fa00010000000000110000000000000000000000000000000000" }, TSIG_MALFORMED },
		{ "one with a TTL", "000028000000000000000001",
		  { "0000fa00ff0000000100110000000000000000000000000000000000" }, TSIG_MALFORMED },
		{ "one that is too short", "000028000000000000000001",
		  { "0000fa00ff00000000001000000000000000000000000000000000" }, TSIG_MALFORMED },
		{ "one that is too long", "000028000000000000000001",
		  { "0000fa00ff000000000012000000000000000000000000000000000000" }, TSIG_MALFORMED },
		{ "a count of questions that are not there", "000028000001000000000001", { record },
		  TSIG_MALFORMED },
		{ "65535 of everything", "00002800ffffffffffffffff", { "" }, TSIG_MALFORMED },
	};

	use_key(SHA256_KEY);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char hex[256];

		snprintf(hex, sizeof hex, "%s%s%s", table[i].head, table[i].rest[0],
		         table[i].rest[1] ? table[i].rest[1] : "");
		check(check_copy(message(hex), NULL, SIGNED_AT) == table[i].result, "%s", table[i].what);
	}
}

#define LONG_SECRET_682                                                                              \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void test_key_files(void)
{
	static const struct {
		const char *text;
		enum tsig_key_result result;
	} table[] = {
		{ SHA256_KEY, TSIG_KEY_OK },
		{ SHA256_KEY "\n", TSIG_KEY_OK },
		{ "\n  " SHA256_KEY "\r\n", TSIG_KEY_OK },
		{ "# " SHA256_KEY "\nkey:\n- id: acme-key\n", TSIG_KEY_OK },
		{ "key \"acme-key\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET "\";\n};\n", TSIG_KEY_OK },
		{ "key acme-key. { secret " SECRET "; algorithm HMAC-SHA256.; };", TSIG_KEY_OK },
		{ "# one\n// two\n/* three */ key acme-key{algorithm hmac-sha256;secret \"" SECRET
		  "\";};\nkey x { };", TSIG_KEY_OK },
		{ "", TSIG_KEY_MALFORMED },
		{ "\n", TSIG_KEY_MALFORMED },
		{ "key", TSIG_KEY_MALFORMED },
		{ "key x", TSIG_KEY_MALFORMED },
		{ "key x {", TSIG_KEY_MALFORMED },
		{ "key x { };", TSIG_KEY_MALFORMED },
		{ "key x { algorithm hmac-sha256; };", TSIG_KEY_MALFORMED },
		{ "key x { secret " SECRET "; };", TSIG_KEY_MALFORMED },
		{ "key x { algorithm hmac-sha256; secret " SECRET "; }", TSIG_KEY_MALFORMED },
		{ "key x { algorithm hmac-sha256; secret " SECRET "; secret a; };", TSIG_KEY_MALFORMED },
		{ "key x { algorithm hmac-sha256 secret " SECRET "; };", TSIG_KEY_MALFORMED },
		{ "key x { algorithm hmac-sha256; secret \"" SECRET, TSIG_KEY_MALFORMED },
		{ "key \"x", TSIG_KEY_MALFORMED },
		{ "key x { /* " SECRET, TSIG_KEY_MALFORMED },
		{ "key x { owner me; algorithm hmac-sha256; secret " SECRET "; };", TSIG_KEY_MALFORMED },
		{ "hmac-sha256:x", TSIG_KEY_MALFORMED },
		{ "x:" SECRET, TSIG_KEY_MALFORMED },
		{ SHA256_KEY ":", TSIG_KEY_MALFORMED },
		{ "hmac-md5:x:" SECRET, TSIG_KEY_ALGORITHM },
		{ "key x { algorithm hmac-md5.sig-alg.reg.int; secret " SECRET "; };", TSIG_KEY_ALGORITHM },
		{ ":x:" SECRET, TSIG_KEY_ALGORITHM },
		{ "hmac-sha256::" SECRET, TSIG_KEY_NAME },
		{ "hmac-sha256:a b:" SECRET, TSIG_KEY_NAME },
		{ "hmac-sha256:a..b:" SECRET, TSIG_KEY_NAME },
		{ "hmac-sha256:x:", TSIG_KEY_SECRET },
		{ "hmac-sha256:x:?", TSIG_KEY_SECRET },
		{ "hmac-sha256:x:AAA", TSIG_KEY_SECRET },
		{ "hmac-sha256:x:" LONG_SECRET_682 LONG_SECRET_682 LONG_SECRET_682 LONG_SECRET_682
		  LONG_SECRET_682 LONG_SECRET_682 LONG_SECRET_682 LONG_SECRET_682, TSIG_KEY_SECRET },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char shown[80];
		struct builder b;
		enum tsig_key_result result = tsig_key_read(&key, span_str(table[i].text));

		builder_init(&b, shown, sizeof shown);
		log_hostile(&b, span_str(table[i].text), 16);
		check(result == table[i].result, "a key file %s: %s", builder_cstr(&b), tsig_key_strerror(result));
		if (result == TSIG_KEY_OK)
			check(strcmp(key.name, "acme-key") == 0 && key.algorithm == TSIG_SHA256 &&
			              span_is(span_of(key.secret, key.secret_len),
			                      "12345678901234567890123456789012"),
			      "is our key");
	}
	check(tsig_key_read(&key, span_of(SHA256_KEY "\0", sizeof SHA256_KEY)) != TSIG_KEY_OK, "a NUL");
	check(tsig_key_read(&key, span_str("hmac-sha384:k:" SECRET)) == TSIG_KEY_OK &&
	              key.algorithm == TSIG_SHA384,
	      "SHA-384");
	tsig_key_wipe(&key);
	check(key.secret_len == 0 && key.secret[0] == 0, "a key is wiped");
}

int main(void)
{
	test_bind(SHA256_KEY, SHA256_REQUEST, SHA256_ANSWER, 32);
	test_changed(SHA256_REQUEST, SHA256_ANSWER, 32);
	test_sign(SHA256_REQUEST, TSIG_LEN_256, SIGNED_AT);
	test_bind(SHA512_KEY, SHA512_REQUEST, SHA512_ANSWER, 64);
	test_changed(SHA512_REQUEST, SHA512_ANSWER, 64);
	test_sign(SHA512_REQUEST, TSIG_LEN_512, SIGNED_AT + 1);
	test_errors();
	test_structure();
	test_key_files();
	return tap_end();
}
