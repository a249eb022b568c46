/* Event logs a line each, as they are written while the guest runs. */
#include "base/base64.h"
#include "base/hex.h"
#include "tee/eventlog_parts.h"

enum { TOKENS = 64 }; /* values and names of a line */

/* The agent's own form: what is a runtime event of RTMR3 needs no register, type or digest. */
static enum eventlog_result read_runtime(struct json_value v, struct event *e)
{
	struct json_value name = json_member(v, "event"), payload = json_member(v, "payload");
	enum eventlog_result r = eventlog_version(json_member(v, "version"), &e->version);
	struct builder b;
	struct span text;

	if (r == EVENTLOG_OK && (json_type(name) != JSON_STRING || json_type(payload) != JSON_STRING))
		r = EVENTLOG_FIELD;
	if (r == EVENTLOG_OK)
		r = eventlog_name(name, &e->name);
	if (r != EVENTLOG_OK)
		return r;
	if (!eventlog_plain(payload, &text))
		return EVENTLOG_FIELD;
	eventlog_payload_room(&b);
	if (!base64_decode(&b, text))
		return builder_ok(&b) ? EVENTLOG_FIELD : EVENTLOG_TOO_LARGE;
	e->payload = builder_span(&b);
	e->imr = QUOTE_RTMRS - 1;
	e->type = EVENTLOG_RUNTIME;
	e->runtime = true;
	runtime_event_digest(e->version, e->name, e->payload, e->digest);
	return EVENTLOG_OK;
}

static enum eventlog_result read_line(struct span line, struct replay *replay, event_fn each,
                                      void *context, bool *more)
{
	struct json_token tokens[TOKENS];
	struct event e = { .imr = 0 };
	enum eventlog_result r;
	struct json doc;
	struct json_value v;

	if (!json_read(&doc, line, tokens, TOKENS))
		return EVENTLOG_SYNTAX;
	v = json_root(&doc);
	if (json_type(v) != JSON_OBJECT)
		return EVENTLOG_SYNTAX;
	if (json_type(json_member(v, "imr")) != JSON_ABSENT)
		return eventlog_event(v, replay, each, context, more);
	r = read_runtime(v, &e);
	if (r == EVENTLOG_OK)
		*more = eventlog_extend(replay, &e, each, context);
	return r;
}

static bool blank(struct span line)
{
	line = span_trim(line);
	return line.len == 0 || span_is(line, "\r");
}

enum eventlog_result eventlog_lines(struct span text, struct replay *replay, event_fn each,
                                    void *context, size_t *at)
{
	enum eventlog_result r = EVENTLOG_OK;
	size_t events = 0;
	struct span line;
	bool more = true;

	*at = 0;
	if (!text.p)
		return EVENTLOG_OK;
	while (more && span_split(&text, '\n', &line)) {
		if (!blank(line)) {
			if (++events > EVENTLOG_EVENTS)
				return EVENTLOG_TOO_LARGE;
			r = read_line(line, replay, each, context, &more);
			if (r != EVENTLOG_OK)
				break;
		}
		++*at;
	}
	return r;
}

static void write_number(struct builder *out, const char *name, uint64_t value)
{
	builder_str(out, name);
	builder_number(out, value);
}

static void write_hex(struct builder *out, const char *name, struct span bytes)
{
	builder_str(out, name);
	builder_byte(out, '"');
	hex_encode(out, bytes);
	builder_byte(out, '"');
}

void eventlog_write_event(struct builder *out, const struct event *e, struct span digest)
{
	write_number(out, "{\"imr\":", e->imr);
	write_number(out, ",\"event_type\":", e->type);
	write_hex(out, ",\"digest\":", digest);
	builder_str(out, ",\"event\":");
	json_write_string(out, e->name);
	write_hex(out, ",\"event_payload\":", e->payload);
	builder_str(out, e->version == 2 ? ",\"version\":2}" : "}");
}

void eventlog_write_line(struct builder *out, const struct event *e)
{
	if (e->runtime && e->imr == QUOTE_RTMRS - 1) {
		builder_str(out, "{\"event\":");
		json_write_string(out, e->name);
		builder_str(out, ",\"payload\":\"");
		base64_encode(out, e->payload);
		builder_str(out, e->version == 2 ? "\",\"version\":2}\n" : "\"}\n");
		return;
	}
	eventlog_write_event(out, e, span_of(e->digest, sizeof e->digest));
	builder_byte(out, '\n');
}
