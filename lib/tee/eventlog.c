/* What the forms of event logs have in common: registers and digests. */
#include "tee/eventlog.h"

#include <bearssl.h>
#include <string.h>

#include "base/hex.h"

const char *eventlog_strerror(enum eventlog_result result)
{
	switch (result) {
	case EVENTLOG_OK:
		return "good";
	case EVENTLOG_SYNTAX:
		return "not an event log";
	case EVENTLOG_SHORT:
		return "it ends within an event";
	case EVENTLOG_TOO_LARGE:
		return "too many events, or too much in one";
	case EVENTLOG_FIELD:
		return "a member is missing or malformed";
	case EVENTLOG_IMR:
		return "there is no such register";
	case EVENTLOG_DIGEST_SIZE:
		return "the digest is missing or not 48 bytes";
	case EVENTLOG_DIGEST:
		return "the digest is not that of what the event says";
	}
	return "unknown";
}

void rtmr_extend(unsigned char rtmr[QUOTE_MEASUREMENT_LEN],
                 const unsigned char digest[QUOTE_MEASUREMENT_LEN])
{
	br_sha384_context sha;

	br_sha384_init(&sha);
	br_sha384_update(&sha, rtmr, QUOTE_MEASUREMENT_LEN);
	br_sha384_update(&sha, digest, QUOTE_MEASUREMENT_LEN);
	br_sha384_out(&sha, rtmr);
}

static void update_text(br_sha384_context *sha, const char *text)
{
	br_sha384_update(sha, text, strlen(text));
}

/* A string as RFC 8785, 3.2.2.2 has it: the short escapes, \u00xx for other controls, no more. */
static void update_string(br_sha384_context *sha, struct span text)
{
	static const char shorts[] = "btn\0fr"; /* from 8 on */
	unsigned char room[8];
	struct builder b;

	update_text(sha, "\"");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = text.p[i];

		builder_init(&b, room, sizeof room);
		if (c == '"' || c == '\\') {
			builder_byte(&b, '\\');
			builder_byte(&b, c);
		} else if (c >= '\b' && c <= '\r' && shorts[c - '\b']) {
			builder_byte(&b, '\\');
			builder_byte(&b, (unsigned char)shorts[c - '\b']);
		} else if (c < ' ') {
			builder_str(&b, "\\u00");
			hex_encode(&b, span_of(&c, 1));
		} else {
			builder_byte(&b, c);
		}
		br_sha384_update(sha, b.p, b.len);
	}
	update_text(sha, "\"");
}

static void update_hex(br_sha384_context *sha, struct span bytes)
{
	unsigned char room[512];
	struct builder b;

	while (bytes.len > 0) {
		builder_init(&b, room, sizeof room);
		hex_encode(&b, span_head(bytes, sizeof room / 2));
		br_sha384_update(sha, b.p, b.len);
		bytes = span_from(bytes, sizeof room / 2);
	}
}

void runtime_event_digest(int version, struct span name, struct span payload,
                          unsigned char digest[QUOTE_MEASUREMENT_LEN])
{
	static const unsigned char type[4] = { EVENTLOG_RUNTIME & 0xff, EVENTLOG_RUNTIME >> 8 & 0xff,
		                               EVENTLOG_RUNTIME >> 16 & 0xff, EVENTLOG_RUNTIME >> 24 };
	br_sha384_context sha;

	br_sha384_init(&sha);
	if (version == 2) {
		update_text(&sha, "{\"name\":");
		update_string(&sha, name);
		update_text(&sha, ",\"payload\":\"");
		update_hex(&sha, payload);
		update_text(&sha, "\",\"type\":134217729}");
	} else {
		br_sha384_update(&sha, type, sizeof type);
		update_text(&sha, ":");
		br_sha384_update(&sha, name.p, name.len);
		update_text(&sha, ":");
		br_sha384_update(&sha, payload.p, payload.len);
	}
	br_sha384_out(&sha, digest);
}

unsigned int replay_compare(const struct replay *replay, const struct quote_td *td)
{
	unsigned int equal = 0;

	for (unsigned int i = 0; i < QUOTE_RTMRS; i++)
		if (span_eq(td->rtmr[i], span_of(replay->rtmr[i], QUOTE_MEASUREMENT_LEN)))
			equal |= 1U << i;
	return equal;
}
