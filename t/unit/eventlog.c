/* Event logs: digests, registers, and what is no log. */
#include "tee/eventlog.h"

#include <stdlib.h>
#include <time.h>

#include "base/hex.h"
#include "tap.h"

#define D1 "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
#define D2 "222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
/* of app-id deadbeef in version 1, compose-hash abcd in version 2, and the register after both */
#define V1 "67b4be4efed0893cfa2bb1d35dca209ad8348b4c97f980807bcde8b9a0f26398dd0923d6eccb5aa2096d98046da8740f"
#define V2 "9dde1673f544faa94b921825209593ddde08d0baf9cd6990175dffaf3081f1bb10311d56de189491feb33842a050ad7b"
#define BOTH "e8334a42203613b4bf7e29440e497f23f0e8576c292b88bf43354e53fbc91bf8679419ac26bdaa7e9a835d540ccdd642"
#define ZERO "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
/* a register after D1, and after D1 and D2 */
#define ONE "c7304e0aec48bbbc703c099b425485b7a60e19b6a83630b0fb558ce2f02ec41e4cdf205335b4b613b3537ad83eb62262"
#define TWO "3b0aa70f13ee0d6d1e004bc3925da1d69fa9638c77923663dd226028623932c61139aacb3696bd7a45990d5eb4ca2868"

#define FIRMWARE(imr, digest) "{\"imr\":" imr ",\"event_type\":4,\"digest\":\"" digest "\",\"event\":\"\",\"event_payload\":\"00\"}"
#define RUNTIME(digest, name, payload, more) \
	"{\"imr\":3,\"event_type\":134217729,\"digest\":\"" digest "\",\"event\":\"" name \
	"\",\"event_payload\":\"" payload "\"" more "}"
#define NO_ACTION(imr) "{\"imr\":" imr ",\"event_type\":3,\"digest\":\"\",\"event\":\"\",\"event_payload\":\"\"}"

enum { TOKENS = 400000 };
static struct json_token tokens[TOKENS];
static unsigned char room[1 << 22];
static struct builder b;
static struct replay replay;
static size_t at;

static bool is_hex(const unsigned char *bytes, const char *hex)
{
	unsigned char text[2 * QUOTE_MEASUREMENT_LEN];
	struct builder out;

	builder_init(&out, text, sizeof text);
	hex_encode(&out, span_of(bytes, QUOTE_MEASUREMENT_LEN));
	return span_is(builder_span(&out), hex);
}

static void digests(void)
{
	static const struct {
		int version;
		const char *name, *payload, *expected;
	} table[] = {
		{ 1, "app-id", "\xde\xad\xbe\xef", V1 },
		{ 2, "compose-hash", "\xab\xcd", V2 },
		{ 2, "", "",
		  "7d65b81202e4e4a23a637731e0a701ff5cb75d0bba75a94a8761fbb036eb5b46ff988258a81cf9c783edbe720c162cc7" },
		{ 2, "a\"\\\b\t\n\v\f\r\x01\x1f\x7f/\xc3\xa9\xf0\x9f\xa6\x80", "",
		  "304a44fbecb608a27eebf1e90c19832c6477c74596d09db626dc326d43a68a4e14b2c07e1f9a898e196552a00e9f50d9" },
	};
	unsigned char digest[QUOTE_MEASUREMENT_LEN];

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		runtime_event_digest(table[i].version, span_str(table[i].name), span_str(table[i].payload), digest);
		check(is_hex(digest, table[i].expected), "digest %zu", i);
	}
	for (size_t i = 0; i < EVENTLOG_PAYLOAD_MAX; i++)
		room[i] = (unsigned char)i;
	runtime_event_digest(2, span_str("x"), span_of(room, EVENTLOG_PAYLOAD_MAX), digest);
	check(is_hex(digest, "54521ee440c9949c8da155d502a345c3eadc8eb2fc80414261de50f833eb2c1ab9a5c9ea0bbdd1ca5bc0a47da84cf8a4"),
	      "the digest of a large payload");
}

static enum eventlog_result json(struct span text, event_fn each, void *context)
{
	struct json doc;

	at = 0;
	if (!json_read(&doc, text, tokens, TOKENS))
		return EVENTLOG_SYNTAX;
	return eventlog_json(json_root(&doc), &replay, each, context, &at);
}

static const struct {
	const char *about, *log;
	enum eventlog_result expected;
	size_t at;
	const char *rtmr[QUOTE_RTMRS];
} logs[] = {
	{ "an empty log", "[]", EVENTLOG_OK, 0, { ZERO, ZERO, ZERO, ZERO } },
	{ "all registers", "[" FIRMWARE("0", D1) "," FIRMWARE("1", D1) "," FIRMWARE("2", D1) "," FIRMWARE("1", D2) "]",
	  EVENTLOG_OK, 0, { ONE, TWO, ONE, ZERO } },
	{ "both versions", "[" RUNTIME(V1, "app-id", "deadbeef", "") "," RUNTIME(V2, "compose-hash", "abcd", ",\"version\":2") "]",
	  EVENTLOG_OK, 0, { ZERO, ZERO, ZERO, BOTH } },
	{ "stripped of digests", "[" RUNTIME("", "app-id", "deadbeef", ",\"version\":1") "," RUNTIME("", "compose-hash", "ABCD", ",\"version\":2") "]",
	  EVENTLOG_OK, 0, { ZERO, ZERO, ZERO, BOTH } },
	{ "a name with an escape", "[" RUNTIME("", "app\\u002did", "deadbeef", "") "," RUNTIME(V2, "compose-hash", "abcd", ",\"version\":2") "]",
	  EVENTLOG_OK, 0, { ZERO, ZERO, ZERO, BOTH } },
	{ "no digest at all", "[{\"imr\":3,\"event_type\":134217729,\"event\":\"app-id\",\"event_payload\":\"deadbeef\"},"
	  "{\"imr\":3,\"event_type\":134217729,\"digest\":null,\"event\":\"compose-hash\",\"event_payload\":\"abcd\",\"version\":2}]",
	  EVENTLOG_OK, 0, { ZERO, ZERO, ZERO, BOTH } },
	{ "stripped of payloads", "[{\"imr\":0,\"event_type\":10,\"digest\":\"" D1 "\",\"event\":\"\",\"event_payload\":\"\"},"
	  "{\"imr\":0,\"event_type\":10,\"digest\":\"" D2 "\"}]", EVENTLOG_OK, 0, { TWO, ZERO, ZERO, ZERO } },
	{ "what is not measured", "[" NO_ACTION("0") "," NO_ACTION("-1") "," FIRMWARE("2", D1) "]",
	  EVENTLOG_OK, 0, { ZERO, ZERO, ONE, ZERO } },
	{ "another type in RTMR3", "[{\"imr\":3,\"event_type\":1,\"digest\":\"" D1 "\",\"event\":\"app-id\",\"event_payload\":\"\"}]",
	  EVENTLOG_OK, 0, { ZERO, ZERO, ZERO, ONE } },
	{ "a preimage", "[{\"imr\":1,\"event_type\":4,\"digest\":\"59e1748777448c69de6b800d7a33bbfb9ff1b463e44354c3553bcdb9c66"
	  "6fa90125a3c79f90397bdf5f6a13de828684f\",\"preimage\":\"68656c6c6f\"}]", EVENTLOG_OK, 0, { ZERO, NULL, ZERO, ZERO } },
	{ "a preimage of a runtime event", "[" RUNTIME("", "app-id", "deadbeef", ",\"preimage\":\"010000083a6170702d69643adeadbeef\"") "]",
	  EVENTLOG_OK, 0, { ZERO, ZERO, ZERO, NULL } },
	{ "no preimage", "[" FIRMWARE("1", D1) "," RUNTIME(V1, "app-id", "deadbeef", ",\"preimage\":null") "]",
	  EVENTLOG_OK, 0, { ZERO, ONE, ZERO, NULL } },
	{ "a preimage of something else", "[" FIRMWARE("1", D1) "," RUNTIME(V1, "app-id", "deadbeef", ",\"preimage\":\"68656c6c6f\"") "]",
	  EVENTLOG_DIGEST, 1, { NULL } },
	{ "an empty preimage", "[" RUNTIME(V1, "app-id", "deadbeef", ",\"preimage\":\"\"") "]", EVENTLOG_DIGEST, 0, { NULL } },
	{ "a preimage that is no text", "[" RUNTIME(V1, "app-id", "deadbeef", ",\"preimage\":1") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a preimage that is no hexadecimal", "[" RUNTIME(V1, "app-id", "deadbeef", ",\"preimage\":\"6\"") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "another digest", "[" FIRMWARE("0", D1) "," RUNTIME(D1, "app-id", "deadbeef", "") "]", EVENTLOG_DIGEST, 1, { NULL } },
	{ "the other version's digest", "[" RUNTIME(V2, "compose-hash", "abcd", "") "]", EVENTLOG_DIGEST, 0, { NULL } },
	{ "another payload", "[" RUNTIME(V1, "app-id", "deadbeee", "") "]", EVENTLOG_DIGEST, 0, { NULL } },
	{ "another name", "[" RUNTIME(V1, "app-ie", "deadbeef", "") "]", EVENTLOG_DIGEST, 0, { NULL } },
	{ "a digest of 32 bytes", "[" FIRMWARE("0", "1111111111111111111111111111111111111111111111111111111111111111") "]",
	  EVENTLOG_DIGEST_SIZE, 0, { NULL } },
	{ "a digest of 49 bytes", "[" FIRMWARE("0", D1 "11") "]", EVENTLOG_DIGEST_SIZE, 0, { NULL } },
	{ "a runtime digest of 32 bytes", "[" RUNTIME("67b4", "app-id", "deadbeef", "") "]", EVENTLOG_DIGEST_SIZE, 0, { NULL } },
	{ "an empty digest of the firmware", "[" FIRMWARE("0", D1) "," FIRMWARE("0", "") "]", EVENTLOG_DIGEST_SIZE, 1, { NULL } },
	{ "a digest with other letters", "[{\"imr\":0,\"event_type\":4,\"digest\":\"g11111111111111111111111111111111111111111111111"
	  "111111111111111111111111111111111111111111111111\"}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a digest that is a number", "[{\"imr\":0,\"event_type\":4,\"digest\":1}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "register 4", "[" FIRMWARE("4", D1) "]", EVENTLOG_IMR, 0, { NULL } },
	{ "register 99", "[" FIRMWARE("0", D1) "," FIRMWARE("99", D1) "]", EVENTLOG_IMR, 1, { NULL } },
	{ "register -1", "[" FIRMWARE("-1", D1) "]", EVENTLOG_IMR, 0, { NULL } },
	{ "register 4294967296", "[" FIRMWARE("4294967296", D1) "]", EVENTLOG_IMR, 0, { NULL } },
	{ "register 0.0", "[" FIRMWARE("0.0", D1) "]", EVENTLOG_IMR, 0, { NULL } },
	{ "register -2, not measured", "[" NO_ACTION("-2") "]", EVENTLOG_IMR, 0, { NULL } },
	{ "register \"0\"", "[" FIRMWARE("\"0\"", D1) "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "no register", "[{\"event_type\":4,\"digest\":\"" D1 "\"}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "no type", "[{\"imr\":0,\"digest\":\"" D1 "\"}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a type above 32 bits", "[{\"imr\":0,\"event_type\":4294967296,\"digest\":\"" D1 "\"}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "version 0", "[" RUNTIME(V1, "app-id", "deadbeef", ",\"version\":0") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "version 3", "[" RUNTIME(V1, "app-id", "deadbeef", ",\"version\":3") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "version \"2\"", "[" RUNTIME(V1, "app-id", "deadbeef", ",\"version\":\"2\"") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "half a payload", "[" RUNTIME("", "app-id", "deadbee", "") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a runtime event without payload", "[{\"imr\":3,\"event_type\":134217729,\"event\":\"app-id\"}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a runtime event without name", "[{\"imr\":3,\"event_type\":134217729,\"event_payload\":\"\"}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a name with a NUL", "[" RUNTIME("", "a\\u0000", "", "") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a name of half a character", "[" RUNTIME("", "\\ud800", "", "") "]", EVENTLOG_FIELD, 0, { NULL } },
	{ "a name that is a number", "[{\"imr\":0,\"event_type\":4,\"digest\":\"" D1 "\",\"event\":1}]", EVENTLOG_FIELD, 0, { NULL } },
	{ "an event that is a string", "[\"x\"]", EVENTLOG_FIELD, 0, { NULL } },
	{ "an object", "{}", EVENTLOG_SYNTAX, 0, { NULL } },
	{ "nothing", "", EVENTLOG_SYNTAX, 0, { NULL } },
	{ "a member twice", "[{\"imr\":0,\"imr\":1,\"event_type\":4,\"digest\":\"" D1 "\"}]", EVENTLOG_SYNTAX, 0, { NULL } },
};

static void json_logs(void)
{
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		enum eventlog_result r = json(span_str(logs[i].log), NULL, NULL);
		bool good = r == logs[i].expected && (r == EVENTLOG_OK || at == logs[i].at);

		for (int j = 0; r == EVENTLOG_OK && j < QUOTE_RTMRS; j++)
			good = good && (!logs[i].rtmr[j] || is_hex(replay.rtmr[j], logs[i].rtmr[j]));
		check(good, "%s: %s", logs[i].about, eventlog_strerror(r));
	}
	check(json(span_str(logs[7].log), NULL, NULL) == EVENTLOG_OK && replay.events == 1 && replay.skipped == 2,
	      "what is extended and what is not is counted");
}

/* `n` members of the firmware with D1 in RTMR0. */
static struct span many(size_t n)
{
	builder_init(&b, room, sizeof room);
	builder_byte(&b, '[');
	while (n-- > 0) {
		builder_str(&b, "{\"imr\":0,\"event_type\":4,\"digest\":\"" D1 "\"}");
		if (n > 0)
			builder_byte(&b, ',');
	}
	builder_byte(&b, ']');
	return builder_span(&b);
}

static struct span long_event(size_t name, size_t payload)
{
	builder_init(&b, room, sizeof room);
	builder_str(&b, "[{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":\"");
	while (name-- > 0)
		builder_byte(&b, 'n');
	builder_str(&b, "\",\"event_payload\":\"");
	while (payload-- > 0)
		builder_str(&b, "5a");
	builder_str(&b, "\"}]");
	return builder_span(&b);
}

static void limits(void)
{
	check(json(long_event(256, 65536), NULL, NULL) == EVENTLOG_OK, "the longest name and payload");
	check(json(long_event(257, 0), NULL, NULL) == EVENTLOG_TOO_LARGE, "a name too long");
	check(json(long_event(1, 65537), NULL, NULL) == EVENTLOG_TOO_LARGE, "a payload too long");
	check(json(many(EVENTLOG_EVENTS), NULL, NULL) == EVENTLOG_OK && replay.events == EVENTLOG_EVENTS && builder_ok(&b),
	      "as many events as there can be");
	check(json(many(EVENTLOG_EVENTS + 1), NULL, NULL) == EVENTLOG_TOO_LARGE && builder_ok(&b), "one more");
}

struct seen {
	size_t n, stop;
	struct event last;
};

static bool see(void *context, const struct event *e)
{
	struct seen *seen = context;

	seen->last = *e;
	return ++seen->n != seen->stop;
}

static void each(void)
{
	struct seen seen = { .stop = 2 };

	check(json(span_str(logs[2].log), see, &seen) == EVENTLOG_OK && seen.n == 2 && seen.last.runtime &&
	              seen.last.version == 2 && seen.last.imr == 3 && seen.last.type == EVENTLOG_RUNTIME &&
	              span_is(seen.last.name, "compose-hash") && span_is(seen.last.payload, "\xab\xcd") &&
	              is_hex(seen.last.digest, V2),
	      "each event is told");
	seen = (struct seen){ .stop = 0 };
	check(json(span_str(logs[7].log), see, &seen) == EVENTLOG_OK && seen.n == 1 && !seen.last.runtime &&
	              seen.last.version == 0 && seen.last.imr == 2,
	      "but not what is not measured");
	seen = (struct seen){ .stop = 2 };
	check(json(span_str(logs[1].log), see, &seen) == EVENTLOG_OK && seen.n == 2 && replay.events == 2,
	      "who has seen enough ends it");
}

/* CCEL. */

static void u16(uint16_t value)
{
	builder_byte(&b, (unsigned char)value);
	builder_byte(&b, (unsigned char)(value >> 8));
}

static void u32(uint32_t value)
{
	u16((uint16_t)value);
	u16((uint16_t)(value >> 16));
}

static void fill(unsigned char c, size_t n)
{
	while (n-- > 0)
		builder_byte(&b, c);
}

/* The first record, with SHA-1 and SHA-384. */
static void spec(void)
{
	builder_init(&b, room, sizeof room);
	u32(1);
	u32(EVENTLOG_NO_ACTION);
	fill(0, 20);
	u32(16 + 8 + 4 + 8 + 1 + 3);
	builder_add(&b, span_of("Spec ID Event03", 16));
	fill(0, 8);
	u32(2);
	u16(4);
	u16(20);
	u16(0x0c);
	u16(48);
	builder_byte(&b, 3);
	fill('v', 3);
}

static void record(uint32_t index, uint32_t type, unsigned char digest, size_t data)
{
	u32(index);
	u32(type);
	u32(2);
	u16(4);
	fill(0xee, 20);
	u16(0x0c);
	fill(digest, 48);
	u32((uint32_t)data);
	fill('d', data);
}

static enum eventlog_result ccel(struct span log)
{
	unsigned char *copy = malloc(log.len ? log.len : 1);
	enum eventlog_result r;

	/* Storage of exactly this length: who reads beyond it is caught. */
	memcpy(copy, log.p, log.len);
	r = eventlog_ccel(span_of(copy, log.len), &replay, NULL, NULL, &at);
	free(copy);
	return r;
}

static void example(void)
{
	spec();
	record(1, 0x80000008, 0x11, 7);
	record(0, 0x80000008, 0x33, 0);
	record(4, 4, 0x11, 4);
	record(1, EVENTLOG_NO_ACTION, 0x44, 1);
	record(4, 5, 0x22, 0);
}

static bool example_is(enum eventlog_result r, size_t skipped)
{
	return r == EVENTLOG_OK && replay.events == 3 && replay.skipped == skipped && is_hex(replay.rtmr[0], ONE) &&
	       is_hex(replay.rtmr[1], ZERO) && is_hex(replay.rtmr[2], ZERO) && is_hex(replay.rtmr[3], TWO);
}

static void ccel_ends(void)
{
	size_t len;

	example();
	check(example_is(ccel(builder_span(&b)), 2), "CCEL that ends with its last record");
	len = b.len;
	fill(0xff, 100);
	check(example_is(ccel(builder_span(&b)), 2), "with bytes 0xff behind it");
	b.len = len;
	fill(0, 3);
	check(example_is(ccel(builder_span(&b)), 2), "with zeros behind it");
	b.len = len;
	fill(0xff, 4);
	builder_str(&b, "anything");
	check(example_is(ccel(builder_span(&b)), 2), "with the end marked");
	b.len = len;
	fill(0, 12);
	builder_str(&b, "x");
	check(ccel(builder_span(&b)) == EVENTLOG_SHORT && at == 6, "zeros and something else are a record");
	b.len = len;
	fill(0, 15);
	builder_byte(&b, 0xff);
	check(ccel(builder_span(&b)) == EVENTLOG_SHORT, "and so is this");
}

/* Zeros that are records, as something comes behind them all: each is read once. */
static void ccel_zeros(void)
{
	static unsigned char log[EVENTLOG_MAX];
	clock_t start = clock();

	spec();
	memcpy(log, room, b.len);
	log[sizeof log - 1] = 1;
	check(eventlog_ccel(span_of(log, sizeof log), &replay, NULL, NULL, &at) == EVENTLOG_TOO_LARGE,
	      "more zeros than there may be events");
	check((clock() - start) / CLOCKS_PER_SEC < 3, "are gone through in no time");
}

/* `position` of the example changed. */
static enum eventlog_result changed(size_t position, unsigned char value)
{
	example();
	room[position] = value;
	return ccel(builder_span(&b));
}

static void ccel_refused(void)
{
	enum { HEAD = 32, SPEC = 72 }; /* where the first record's data begin, and the second record */
	size_t good = 0;

	check(changed(4, 4) == EVENTLOG_SYNTAX, "another type first");
	check(changed(HEAD + 14, '2') == EVENTLOG_SYNTAX, "another specification");
	check(changed(HEAD + 24, 0) == EVENTLOG_SYNTAX && changed(HEAD + 24, 17) == EVENTLOG_SYNTAX, "no algorithms, and too many");
	check(changed(HEAD + 32, 0x0b) == EVENTLOG_SYNTAX, "no SHA-384");
	check(changed(HEAD + 34, 32) == EVENTLOG_SYNTAX, "SHA-384 of 32 bytes");
	check(changed(HEAD + 28, 0x0c) == EVENTLOG_SYNTAX, "SHA-384 twice");
	check(changed(HEAD + 36, 2) == EVENTLOG_SYNTAX && changed(HEAD + 36, 4) == EVENTLOG_SYNTAX, "vendor's bytes, fewer and more");
	check(changed(28 + 3, 0x7f) == EVENTLOG_SHORT, "a first record of 2 GB");
	check(changed(SPEC, 5) == EVENTLOG_IMR && at == 1, "register 4");
	check(changed(SPEC + 8, 3) == EVENTLOG_FIELD, "three digests of two algorithms");
	check(changed(SPEC + 8, 1) != EVENTLOG_OK, "one digest, of SHA-1");
	check(changed(SPEC + 12, 5) == EVENTLOG_FIELD, "a digest of an unknown algorithm");
	check(changed(SPEC + 34, 4) != EVENTLOG_OK, "two digests of SHA-1");
	check(changed(SPEC + 84 + 3, 0xff) == EVENTLOG_SHORT && at == 1, "data of 4 GB");
	example();
	for (size_t cut = 0; cut < b.len; cut++) {
		enum eventlog_result r = ccel(span_of(room, cut));

		good += r == EVENTLOG_OK;
		if (r != EVENTLOG_SHORT && r != EVENTLOG_OK)
			check(false, "cut at %zu: %s", cut, eventlog_strerror(r));
	}
	/* Behind the first record, and behind each but the last; and in the index 0 of one, zeros so far. */
	check(good == 5 + 4, "cut at any byte but between records, it is short (%zu)", good);
	spec();
	u32(1);
	u32(4);
	u32(1);
	u16(4);
	fill(0x11, 20);
	u32(0);
	check(ccel(builder_span(&b)) == EVENTLOG_DIGEST_SIZE && at == 1, "no digest of SHA-384");
}

static void compare(void)
{
	static const unsigned char zero[QUOTE_MEASUREMENT_LEN];
	struct quote_td td = { .report_data = { NULL, 0 } };

	json(span_str(logs[1].log), NULL, NULL);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		td.rtmr[i] = span_of(replay.rtmr[i], QUOTE_MEASUREMENT_LEN);
	check(replay_compare(&replay, &td) == 15, "all registers agree");
	td.rtmr[1] = span_of(zero, sizeof zero);
	check(replay_compare(&replay, &td) == 13, "one does not");
	td.rtmr[3] = span_of(zero, sizeof zero - 1);
	check(replay_compare(&replay, &td) == 5, "one is cut");
	check(replay_compare(&replay, &(struct quote_td){ .report_data = { NULL, 0 } }) == 0, "a body without any");
}

int main(void)
{
	digests();
	json_logs();
	limits();
	each();
	ccel_ends();
	ccel_zeros();
	ccel_refused();
	compare();
	return tap_end();
}
