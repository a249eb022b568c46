/* The method EmitEvent: an event of the app's own, measured into RTMR3 and logged. */
#include <errno.h>
#include <sys/file.h>

#include "base/file.h"
#include "tee/agent_log.h"
#include "tee/agent_parts.h"
#include "tee/rtmr.h"

/* The log with one event more; it is an array that was read. */
static void append(struct builder *out, struct span log, const struct event *event)
{
	size_t end = log.len;

	while (log.p[end - 1] != ']')
		end--;
	builder_add(out, span_head(log, end - 1));
	while (out->len > 0 && memchr(" \t\r\n", out->p[out->len - 1], 4))
		out->len--;
	builder_str(out, out->len > 0 && out->p[out->len - 1] == '[' ? "" : ",\n");
	eventlog_write_event(out, event, span_of(event->digest, sizeof event->digest));
	builder_str(out, "]\n");
}

/* An event has five or six members in a JSON log, and is one: more than these, and quotes have no log. */
enum { EVENTS = SIM_LOG_TOKENS / 16 };

/* One at a time: the register is the log. What the machine's quotes cannot be made of is not written. */
static bool simulate(struct agent *a, const struct event *event)
{
	static unsigned char room[SIM_LOG_MAX];
	struct agent_evidence *e = a->evidence;
	struct builder log;
	enum file_result r;

	if (flock(e->dir, LOCK_EX) < 0)
		return agent_fail(a, "the state cannot be locked", strerror(errno));
	if (!agent_evidence_log(e))
		return agent_fail(a, "Failed to emit event", e->why);
	builder_init(&log, room, sizeof room);
	append(&log, e->event_log, event);
	if (!builder_ok(&log) || e->replay.events >= EVENTS)
		return agent_fail(a, "Failed to emit event", "the event log is full");
	r = file_replace(e->dir, "eventlog.json", 0644, builder_span(&log));
	return r == FILE_OK || agent_fail(a, "Failed to emit event", file_strerror(r));
}

static bool measure(struct agent *a, const struct event *event)
{
	enum rtmr_result r = rtmr_measure(a->rtmr, a->log, event, a->deadline);

	return r == RTMR_OK || agent_fail(a, "Failed to emit event", rtmr_strerror(r));
}

bool agent_emit_event(struct agent *a)
{
	struct event event = { .imr = QUOTE_RTMRS - 1, .type = EVENTLOG_RUNTIME, .version = 1,
	                       .runtime = true };

	if (!agent_text(a->arguments, "event", &event.name) ||
	    !agent_bytes(a->arguments, "payload", &event.payload))
		return agent_wrong(a);
	if (event.name.len == 0)
		return agent_fail(a, "Event name cannot be empty", NULL);
	if (event.name.len > EVENTLOG_NAME_MAX)
		return agent_fail(a, "event", "too long");
	if (event.payload.len > AGENT_EVENT_MAX)
		return agent_fail(a, "payload", "too long");
	runtime_event_digest(event.version, event.name, event.payload, event.digest);
	if (!(a->is_simulated ? simulate(a, &event) : measure(a, &event)))
		return false;
	builder_str(a->out, "{}");
	return true;
}
