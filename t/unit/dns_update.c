/* Dynamic updates: the bytes of one, and what answers to it mean. */
#include "net/dns_update.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "tap.h"
#include "tsig_data.h"

#define TEXT "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
#define ZONE_HEX "0174047465737400" /* t.test */
#define NAME_HEX "0f5f61636d652d6368616c6c656e6765" ZONE_HEX
#define TEXT_HEX "2b4c6f71586359563871354f4e624a5178626d52375343544e6f337469415844666f77796a78416a45755830"

static unsigned char bytes[DNS_UPDATE_MAX], wanted[DNS_UPDATE_MAX];

static struct span from_hex(unsigned char *store, const char *hex)
{
	struct builder b;

	builder_init(&b, store, DNS_UPDATE_MAX);
	if (!hex_decode(&b, span_str(hex)))
		abort();
	return builder_span(&b);
}

static struct dns_update update_of(bool remove)
{
	return (struct dns_update){ .remove = remove, .zone = span_str("t.test"),
		                    .owner = span_str("_acme-Challenge.T.test."),
		                    .text = span_str(TEXT), .ttl = 60 };
}

static void test_write(void)
{
	struct dns_update u = update_of(false);
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	check(dns_update_write(&b, 0xbeef, &u) &&
	              span_eq(builder_span(&b),
	                      from_hex(wanted, "beef28000001000100010000" ZONE_HEX "00060001" NAME_HEX
	                                       "000500fe000000000000" NAME_HEX
	                                       "001000010000003c002c" TEXT_HEX)),
	      "one record is added, where no CNAME is");
	u = update_of(true);
	builder_init(&b, bytes, sizeof bytes);
	check(dns_update_write(&b, 0xbeef, &u) &&
	              span_eq(builder_span(&b),
	                      from_hex(wanted, "beef28000001000000010000" ZONE_HEX "00060001" NAME_HEX
	                                       "001000fe00000000002c" TEXT_HEX)),
	      "one record is removed: class NONE, TTL 0, its data");
	builder_init(&b, bytes, 100);
	check(!dns_update_write(&b, 1, &u), "too little room");
	u.owner = span_str("a b");
	builder_init(&b, bytes, sizeof bytes);
	check(!dns_update_write(&b, 1, &u), "a name that is none");
	u.owner = u.zone;
	u.zone = span_str("");
	builder_init(&b, bytes, sizeof bytes);
	check(!dns_update_write(&b, 1, &u), "a zone that is none");
}

/* The data of a record of `len` bytes of text: so many strings. */
static void test_strings(void)
{
	static const struct {
		size_t len, strings;
	} table[] = { { 0, 1 }, { 1, 1 }, { 255, 1 }, { 256, 2 }, { 510, 2 }, { 511, 3 }, { 2048, 9 } };
	static unsigned char text[DNS_UPDATE_TEXT_MAX + 1];
	struct dns_update u = update_of(true);
	struct builder b, joined;

	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t len = table[i].len, strings = table[i].strings;

		u.text = span_of(text, len);
		builder_init(&b, bytes, sizeof bytes);
		builder_init(&joined, wanted, sizeof wanted);
		check(dns_update_write(&b, 1, &u) &&
		              dns_txt(&joined, span_of(bytes + b.len - len - strings, len + strings)) &&
		              span_eq(builder_span(&joined), u.text),
		      "%zu bytes of text are %zu strings", len, strings);
	}
	u.text = span_of(text, sizeof text);
	builder_init(&b, bytes, sizeof bytes);
	check(!dns_update_write(&b, 1, &u), "longer ones are not written");
}

static void test_rcodes(void)
{
	static const struct {
		const char *hex;
		enum dns_update_result result;
		bool ours, permanent;
	} table[] = {
		{ "beefa8000000000000000000", DNS_UPDATE_DONE, true, false },
		{ "beefa8010000000000000000", DNS_UPDATE_NOT_UNDERSTOOD, true, true },
		{ "beefa8020000000000000000", DNS_UPDATE_SERVER_FAILED, true, false },
		{ "beefa8030000000000000000", DNS_UPDATE_OTHER, true, true },
		{ "beefa8040000000000000000", DNS_UPDATE_NOT_IMPLEMENTED, true, true },
		{ "beefa8050000000000000000", DNS_UPDATE_REFUSED, true, true },
		{ "beefa8060000000000000000", DNS_UPDATE_OTHER, true, true },
		{ "beefa8070000000000000000", DNS_UPDATE_ALIAS, true, true },
		{ "beefa8080000000000000000", DNS_UPDATE_OTHER, true, true },
		{ "beefa8090000000000000000", DNS_UPDATE_NOT_AUTH, true, true },
		{ "beefa80a0000000000000000", DNS_UPDATE_NOT_ZONE, true, true },
		{ "beefa80f0000000000000000", DNS_UPDATE_OTHER, true, true },
		{ "beef28000000000000000000", DNS_UPDATE_MALFORMED, false, true },  /* a question */
		{ "beef80000000000000000000", DNS_UPDATE_MALFORMED, false, true },  /* another opcode */
		{ "beefaa000000000000000000", DNS_UPDATE_MALFORMED, false, true },  /* cut */
		{ "beeea8000000000000000000", DNS_UPDATE_MALFORMED, false, true },  /* another id */
		{ "beefa80000000000000000", DNS_UPDATE_MALFORMED, false, true },
		{ "be", DNS_UPDATE_MALFORMED, false, true },
		{ "", DNS_UPDATE_MALFORMED, false, true },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct dns_update_proof proof = { .id = 0xbeef };
		enum dns_update_result result;
		bool ours = !table[i].ours;

		result = dns_update_read(from_hex(bytes, table[i].hex), &proof, &ours);
		check(result == table[i].result && ours == table[i].ours &&
		              dns_update_permanent(result) == table[i].permanent,
		      "%s: %s", table[i].hex, dns_update_strerror(result));
	}
}

/* What a signature, or none, makes of an answer. */
static enum dns_update_result read_signed(const char *hex, struct tsig_key *key,
                                          const char *request, int64_t now, int64_t *server_time)
{
	struct dns_update_proof proof = { .key = key, .unix_now = now };
	struct span sent = from_hex(bytes, request);
	enum dns_update_result result;
	bool ours;

	proof.id = (uint16_t)(sent.p[0] << 8 | sent.p[1]);
	proof.mac.len = 32;
	memcpy(proof.mac.p, sent.p + sent.len - 6 - 32, 32);
	result = dns_update_read(from_hex(wanted, hex), &proof, &ours);
	*server_time = proof.server_time;
	return ours ? result : DNS_UPDATE_NO_ANSWER;
}

static void test_signed(void)
{
	struct tsig_key key;
	int64_t at;

	if (tsig_key_read(&key, span_str(SHA256_KEY)) != TSIG_KEY_OK)
		abort();
	check(read_signed(SHA256_ANSWER, &key, SHA256_REQUEST, SIGNED_AT, &at) == DNS_UPDATE_DONE && at == 0,
	      "signed and done");
	check(read_signed(SHA256_ANSWER, &key, SHA256_REQUEST, LATE_AT, &at) == DNS_UPDATE_STALE,
	      "signed at another time");
	check(read_signed("beefa8000000000000000000", &key, LATE_REQUEST, SERVER_AT, &at) ==
	              DNS_UPDATE_UNSIGNED,
	      "done, unsigned");
	check(read_signed("beefa8050000000000000000", &key, LATE_REQUEST, SERVER_AT, &at) ==
	              DNS_UPDATE_REFUSED,
	      "refused, unsigned");
	check(read_signed(LATE_ANSWER, &key, LATE_REQUEST, LATE_AT, &at) == DNS_UPDATE_BAD_TIME &&
	              at == SERVER_AT,
	      "the wrong time, and the right one");
	check(read_signed(BADKEY_ANSWER, &key, LATE_REQUEST, SERVER_AT, &at) == DNS_UPDATE_BAD_KEY && at == 0,
	      "no such key");
	check(read_signed(BADSIG_ANSWER, &key, LATE_REQUEST, SERVER_AT, &at) == DNS_UPDATE_BAD_SIGNATURE,
	      "another secret");
	key.secret[0] ^= 1;
	check(read_signed(SHA256_ANSWER, &key, SHA256_REQUEST, SIGNED_AT, &at) == DNS_UPDATE_FORGED,
	      "done, says somebody without the key");
	check(read_signed(LATE_ANSWER, &key, LATE_REQUEST, LATE_AT, &at) == DNS_UPDATE_NOT_AUTH && at == 0,
	      "who cannot change the clock either");
}

int main(void)
{
	test_write();
	test_strings();
	test_rcodes();
	test_signed();
	return tap_end();
}
