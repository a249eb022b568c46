/* Attestations in both forms. */
#include "tee/attestation.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/file.h"
#include "tap.h"

enum { TOKENS = 8192, ROOM = 1 << 20 };

static struct json_token tokens[TOKENS];
static unsigned char room_bytes[ROOM], made_bytes[ROOM], file_bytes[65536];
static unsigned char report[QUOTE_REPORT_DATA_LEN];
static struct builder room, made;
static struct attestation a;

#define D1 "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
#define RUNTIME(name, payload) \
	"{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":\"" name "\",\"event_payload\":\"" payload "\"}"
static const char log_text[] =
	"[{\"imr\":0,\"event_type\":4,\"digest\":\"" D1 "\",\"event\":\"\",\"event_payload\":\"00\"},"
	RUNTIME("app-id", "deadbeef") "," RUNTIME("system-ready", "") "]";

static struct json_value json(const char *text)
{
	static struct json doc;

	if (!json_read(&doc, span_str(text), tokens, TOKENS))
		abort();
	return json_root(&doc);
}

static enum attestation_result reads(struct span bytes)
{
	unsigned char *copy = malloc(bytes.len ? bytes.len : 1);
	enum attestation_result r;

	/* Storage of exactly this length: who reads beyond it is caught. */
	memcpy(copy, bytes.p, bytes.len);
	builder_init(&room, room_bytes, sizeof room_bytes);
	r = attestation_read(&a, span_of(copy, bytes.len), &room);
	free(copy);
	/* What pointed into it has gone with it; the caller reads `bytes` again for that. */
	return r;
}

static enum attestation_result stays(struct span bytes)
{
	builder_init(&room, room_bytes, sizeof room_bytes);
	return attestation_read(&a, bytes, &room);
}

static bool write(size_t quote_len, const char *log, const char *config)
{
	static unsigned char quote[70000];

	memset(quote, 'q', sizeof quote);
	builder_init(&made, made_bytes, sizeof made_bytes);
	return attestation_write(&made, span_of(quote, quote_len), json(log), span_of(report, sizeof report),
	                         span_str(config));
}

static bool replays(struct span log, const struct quote_td *td, struct replay *replay)
{
	static struct json doc;
	size_t at;

	return json_read(&doc, log, tokens, TOKENS) &&
	       eventlog_json(json_root(&doc), replay, NULL, NULL, &at) == EVENTLOG_OK &&
	       (!td || replay_compare(replay, td) == 15);
}

static void written(void)
{
	static const size_t lengths[] = { 0, 63, 64, 16383, 16384, 65535 };
	struct replay before, after, lines = { .events = 0 };
	size_t at;

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		check(write(lengths[i], log_text, "{}") && stays(builder_span(&made)) == ATTESTATION_OK && a.version == 0 &&
		              a.quote.len == lengths[i] && span_is(a.config, "{}") &&
		              span_eq(a.report_data, span_of(report, sizeof report)),
		      "a quote of %zu bytes is written and read", lengths[i]);
	check(replays(span_str(log_text), NULL, &before) && replays(a.event_log, NULL, &after) &&
	              memcmp(before.rtmr, after.rtmr, sizeof after.rtmr) == 0 && after.events == 3,
	      "its log leads where it led");
	check(eventlog_lines(a.runtime_events, &lines, NULL, NULL, &at) == EVENTLOG_OK && lines.events == 2 &&
	              memcmp(lines.rtmr[3], after.rtmr[3], sizeof after.rtmr[3]) == 0,
	      "and so do its runtime events for RTMR3");
	check(!write(1, "[" RUNTIME("a", "0") "]", "{}") && !write(1, "{}", "{}"), "what is no log is not written");
	check(!write(1, "[{\"imr\":3,\"event_type\":134217729,\"event\":\"a\",\"event_payload\":\"\",\"version\":2}]", "{}"),
	      "nor an event of version 2");
	check(!write(1, "[]", "\xff"), "nor text that is none");
	builder_init(&made, made_bytes, sizeof made_bytes);
	check(!attestation_write(&made, span_str("q"), json("[]"), span_of(report, 63), span_str("")),
	      "nor half the report data");
	builder_init(&made, made_bytes, 100);
	check(!attestation_write(&made, span_of(file_bytes, 40), json("[]"), span_of(report, 64), span_str("")),
	      "nor what does not fit");
}

static void cuts(struct span whole, const char *about)
{
	size_t good = 0;

	for (size_t cut = 0; cut < whole.len; cut += RUNNING_ON_VALGRIND ? 7 : 1)
		good += reads(span_head(whole, cut)) == ATTESTATION_OK;
	check(good == 0, "%s, cut at any byte, is none", about);
}

static void refused(void)
{
	static const struct {
		const char *about, *bytes;
		size_t len;
		enum attestation_result expected;
	} table[] = {
		{ "nothing", "", 0, ATTESTATION_FORM },
		{ "version 1 of SCALE", "\x01\x00", 2, ATTESTATION_FORM },
		{ "text", "{}", 2, ATTESTATION_FORM },
		{ "another platform", "\x00\x03\x00", 3, ATTESTATION_PLATFORM },
		{ "a length of 64 in two bytes, that is 63", "\x00\x00\xfd\x00", 4, ATTESTATION_MALFORMED },
		{ "a length of 5 in four bytes", "\x00\x00\x16\x00\x00\x00", 6, ATTESTATION_MALFORMED },
		{ "a length of many bytes", "\x00\x00\x03\x00\x00\x00\x40", 7, ATTESTATION_MALFORMED },
		{ "a gigabyte", "\x00\x00\xfe\xff\xff\xff", 6, ATTESTATION_MALFORMED },
		{ "an empty map", "\x80", 1, ATTESTATION_MALFORMED },
		{ "a map without an end", "\x81\xa1x", 3, ATTESTATION_MALFORMED },
		{ "four billion members", "\xdf\xff\xff\xff\xff", 5, ATTESTATION_MALFORMED },
		{ "an array of four billion", "\x81\xa1x\xdd\xff\xff\xff\xff", 8, ATTESTATION_MALFORMED },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check(reads(span_of(table[i].bytes, table[i].len)) == table[i].expected, "%s is refused", table[i].about);
	write(10, log_text, "{}");
	builder_byte(&made, 0);
	check(reads(builder_span(&made)) == ATTESTATION_MALFORMED, "a byte behind it");
	write(10, log_text, "{}");
	builder_init(&room, room_bytes, 100);
	check(attestation_read(&a, builder_span(&made), &room) == ATTESTATION_TOO_LARGE, "too little room");
	check(attestation_read(&a, span_of(room_bytes, ATTESTATION_MAX + 1), &room) == ATTESTATION_TOO_LARGE, "too much of it");
}

/* MessagePack. */

static void text(const char *s)
{
	size_t len = strlen(s);

	builder_byte(&made, len < 32 ? (unsigned char)(0xa0 | len) : 0xd9);
	if (len >= 32)
		builder_byte(&made, (unsigned char)len);
	builder_str(&made, s);
}

/* Bytes as bytes, or as numbers. */
static void bytes(const char *s, size_t len, bool numbers)
{
	builder_byte(&made, numbers ? 0xdc : 0xc5);
	builder_u16be(&made, (uint16_t)len);
	for (size_t i = 0; i < len; i++) {
		if (numbers && (unsigned char)s[i] >= 128)
			builder_byte(&made, 0xcc);
		builder_byte(&made, (unsigned char)s[i]);
	}
}

static void v1_event(const char *name, const char *payload, size_t len, bool numbers)
{
	builder_byte(&made, 0x86);
	text("imr");
	builder_byte(&made, 3);
	text("event_type");
	builder_byte(&made, 0xce);
	builder_u32be(&made, EVENTLOG_RUNTIME);
	text("digest");
	bytes("", 0, numbers);
	text("event");
	text(name);
	text("event_payload");
	bytes(payload, len, numbers);
	text("version");
	builder_byte(&made, 2);
}

static void v1_stack(bool numbers)
{
	builder_byte(&made, 0x82);
	text("data");
	builder_byte(&made, 0x84);
	text("config");
	text("{}");
	text("runtime_events");
	builder_byte(&made, 0x91);
	builder_byte(&made, 0x83);
	text("event");
	text("app-id");
	text("payload");
	bytes("\xde\xad", 2, numbers);
	text("version");
	builder_byte(&made, 2);
	text("report_data");
	bytes((const char *)report, sizeof report, numbers);
	text("report_data_payload");
	builder_byte(&made, 0xc0);
	text("kind");
	text("dstack");
}

/* With something of every kind that is passed over. */
static void v1_make(const char *platform, bool numbers)
{
	static const char others[] = "\x9a\xc0\xc2\xc3\xca" "1234\xcb" "12345678\xd0" "1\xd3" "12345678\xe0\xc7\x02" "tXX\xd8" "t1234567890123456";

	builder_init(&made, made_bytes, sizeof made_bytes);
	builder_byte(&made, 0x84);
	text("others");
	builder_add(&made, span_of(others, sizeof others - 1));
	text("platform");
	builder_byte(&made, 0x82);
	text("kind");
	text(platform);
	text("data");
	builder_byte(&made, 0x82);
	text("quote");
	bytes("\x04\x00\xff\x80", 4, numbers);
	text("event_log");
	builder_byte(&made, 0x92);
	v1_event("app-id", "\xde\xad", 2, numbers);
	v1_event("a\nb", "", 0, numbers);
	text("stack");
	v1_stack(numbers);
	text("version");
	builder_byte(&made, 1);
}

static void v1(void)
{
	for (int numbers = 0; numbers < 2; numbers++) {
		v1_make("tdx", numbers);
		check(stays(builder_span(&made)) == ATTESTATION_OK && a.version == 1 &&
		              span_eq(a.quote, span_of("\x04\x00\xff\x80", 4)) && span_is(a.config, "{}") &&
		              span_eq(a.report_data, span_of(report, sizeof report)),
		      "version 1, bytes as %s", numbers ? "numbers" : "bytes");
		check(span_is(a.event_log, "[{\"imr\":3,\"event_type\":134217729,\"digest\":\"\",\"event\":\"app-id\","
		                           "\"event_payload\":\"dead\",\"version\":2},{\"imr\":3,\"event_type\":134217729,"
		                           "\"digest\":\"\",\"event\":\"a\\nb\",\"event_payload\":\"\",\"version\":2}]") &&
		              span_is(a.runtime_events, "{\"event\":\"app-id\",\"payload\":\"3q0=\",\"version\":2}\n"),
		      "its events");
		cuts(builder_span(&made), "version 1");
	}
	builder_byte(&made, 0xc0);
	check(reads(builder_span(&made)) == ATTESTATION_MALFORMED, "a value behind it");
	v1_make("gcp-tdx", false);
	check(reads(builder_span(&made)) == ATTESTATION_OK, "a platform with TDX in it");
	v1_make("sev-snp", false);
	check(reads(builder_span(&made)) == ATTESTATION_PLATFORM, "a platform without");
	v1_make("tdx", false);
	made_bytes[made.len - 1] = 2;
	check(reads(builder_span(&made)) == ATTESTATION_MALFORMED, "version 2");
	for (size_t i = 0; i + 7 < made.len; i++)
		if (memcmp(made_bytes + i, "config", 6) == 0)
			memcpy(made_bytes + i, "xonfig", 6);
	made_bytes[made.len - 1] = 1;
	check(reads(builder_span(&made)) == ATTESTATION_MALFORMED, "no configuration");
}

/* What the agent itself made: read, replayed, and written again to the byte. */
static void fixture(void)
{
	static const char path[] = "../shared/data/tdx/p13-dstack-simulator/attestation.bin";
	struct replay replay;
	struct quote q;
	struct json doc;
	size_t len;

	if (file_read(AT_FDCWD, path, file_bytes, sizeof file_bytes, &len) != FILE_OK) {
		check(true, "the simulator's # skip no %s", path);
		return;
	}
	check(stays(span_of(file_bytes, len)) == ATTESTATION_OK && a.version == 0 && a.quote.len == 5010 &&
	              quote_read(&q, a.quote) == QUOTE_OK && q.trailing == 70 && json_read(&doc, a.config, tokens, TOKENS),
	      "the simulator's is read");
	check(replays(a.event_log, &q.td, &replay) && replay.events == 33, "and its log leads to its quote");
	builder_init(&made, made_bytes, sizeof made_bytes);
	check(json_read(&doc, a.event_log, tokens, TOKENS) &&
	              attestation_write(&made, a.quote, json_root(&doc), a.report_data, a.config) &&
	              span_eq(builder_span(&made), span_of(file_bytes, len)),
	      "and written again it is the same");
	cuts(span_of(file_bytes, len), "the simulator's");
}

int main(void)
{
	for (size_t i = 0; i < sizeof report; i++)
		report[i] = (unsigned char)(i * 5);
	written();
	write(100, log_text, "{\"a\":1}");
	cuts(builder_span(&made), "version 0");
	refused();
	v1();
	fixture();
	return tap_end();
}
