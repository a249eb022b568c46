/* Event logs: found or put together, read for what they say of the app, written. */
#include "tee/agent_log.h"

#include <errno.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/json_compact.h"
#include "tee/rtmr.h"

enum { LOCK_MS = 5000 }; /* for an event that is being measured */

/* Copied: an event's bytes are valid during the call alone. */
static void keep(struct agent_evidence *e, struct span *to, struct span payload)
{
	size_t at = e->text.len;

	builder_add(&e->text, payload);
	if (builder_ok(&e->text))
		*to = span_from(builder_span(&e->text), at);
}

static bool each(void *context, const struct event *event)
{
	struct agent_evidence *e = context;
	const struct {
		const char *name;
		struct span *to;
	} known[] = {
		{ "app-id", &e->app_id },
		{ "compose-hash", &e->compose_hash },
		{ "instance-id", &e->instance_id },
		{ "key-provider", &e->key_provider },
		{ "os-image-hash", &e->os_image_hash },
	};

	if (boot_event(&e->boot, event) != BOOT_IDENTITY)
		return true;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_is(event->name, known[i].name))
			keep(e, known[i].to, event->payload);
	return true;
}

static bool append_event(void *context, const struct event *event)
{
	struct builder *out = context;

	if (out->len > 1)
		builder_byte(out, ',');
	eventlog_write_event(out, event, span_of(event->digest, sizeof event->digest));
	return true;
}

bool agent_log_lines(struct agent_evidence *e)
{
	struct agent_lines *lines = e->lines;
	enum rtmr_result r = RTMR_OK;

	if (lines)
		r = rtmr_read_log(lines->fd, lines->room, sizeof lines->room, &lines->len, deadline_in(LOCK_MS));
	if (r == RTMR_OK)
		return true;
	return agent_evidence_fail(e, "runtime events", r == RTMR_LOG ? strerror(errno) : rtmr_strerror(r));
}

/* The log of the VM around, in the form that all others have. */
static bool assemble(struct agent_evidence *e)
{
	struct replay replay = { .events = 0 };
	enum eventlog_result r = EVENTLOG_OK;
	struct builder out;
	size_t at;

	builder_init(&out, e->log_room, sizeof e->log_room);
	builder_byte(&out, '[');
	if (e->ccel.len > 0)
		r = eventlog_ccel(e->ccel, &replay, append_event, &out, &at);
	if (r != EVENTLOG_OK)
		return agent_evidence_fail(e, "CCEL", eventlog_strerror(r));
	if (!agent_log_lines(e))
		return false;
	if (e->lines)
		r = eventlog_lines(span_of(e->lines->room, e->lines->len), &replay, append_event, &out, &at);
	if (r != EVENTLOG_OK)
		return agent_evidence_fail(e, "runtime events", eventlog_strerror(r));
	builder_byte(&out, ']');
	e->event_log = builder_span(&out);
	return builder_ok(&out) || agent_evidence_fail(e, "event log", eventlog_strerror(EVENTLOG_TOO_LARGE));
}

static bool find_log(struct agent_evidence *e)
{
	enum file_result r;
	size_t len;

	if (e->event_log.len > 0)
		return true;
	r = file_read(e->dir, "eventlog.json", e->log_room, sizeof e->log_room, &len);
	e->event_log = span_of(e->log_room, r == FILE_OK ? len : 0);
	if (r == FILE_MISSING)
		return assemble(e);
	return r == FILE_OK || agent_evidence_fail(e, "eventlog.json", file_strerror(r));
}

bool agent_log_read(struct agent_evidence *e)
{
	static const struct span none = { NULL, 0 };
	enum eventlog_result r;
	size_t at;

	if (!find_log(e))
		return false;
	e->app_id = e->compose_hash = e->instance_id = e->key_provider = e->os_image_hash = none;
	e->boot = (struct boot){ .seen = 0 };
	builder_init(&e->text, e->text_room, sizeof e->text_room);
	if (!json_read(&e->log, e->event_log, e->tokens, AGENT_LOG_TOKENS))
		return agent_evidence_fail(e, "event log", eventlog_strerror(EVENTLOG_SYNTAX));
	r = eventlog_json(json_root(&e->log), &e->replay, each, e, &at);
	if (r != EVENTLOG_OK)
		return agent_evidence_fail(e, "event log", eventlog_strerror(r));
	return builder_ok(&e->text) || agent_evidence_fail(e, "event log", "what it says of the app is too long");
}

void agent_log_write(struct builder *out, const struct agent_evidence *e, bool runtime)
{
	struct json_value log = json_root(&e->log);
	bool first = true;

	if (!runtime) {
		json_compact(out, log);
		return;
	}
	builder_byte(out, '[');
	for (struct json_value v = json_first(log); json_type(v) != JSON_ABSENT; v = json_next(log, v)) {
		uint64_t imr;

		if (!json_number(json_member(v, "imr"), UINT32_MAX, &imr) || imr != QUOTE_RTMRS - 1)
			continue;
		if (!first)
			builder_byte(out, ',');
		json_compact(out, v);
		first = false;
	}
	builder_byte(out, ']');
}
