/* Policies: held against an event log. */
#include "tee/policy_parts.h"

#include <string.h>

#include "tee/boot.h"

/* Registers, as replay_compare() has them. */
enum { ALL_RTMRS = (1 << QUOTE_RTMRS) - 1, RTMR3 = 1 << 3 };

/* Which rules about events were met, and the first event that met none of its name's. */
struct events {
	const struct policy *policy;
	struct boot boot;
	bool met[POLICY_RULES_MAX];
	const char *wrong;
	bool hidden;            /* RTMR3 has an event of which nobody can say what its name is */
	unsigned int registers; /* that the log has events of, as bits */
};

static bool is_event(const struct policy_rule *rule)
{
	return policy_fields[rule->field].form == POLICY_EVENT;
}

/* From `at` on, an event's name, a ":" and its payload have these bytes. */
static bool joined_has(const struct event *e, size_t at, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++, at++) {
		size_t behind = at - e->name.len - 1;

		if (at > e->name.len && behind >= e->payload.len)
			return false;
		if (bytes.p[i] != (at < e->name.len ? e->name.p[at] : at == e->name.len ? ':' : e->payload.p[behind]))
			return false;
	}
	return true;
}

/*
 * A digest of version 1 is one over name ":" payload: where the name ends is the word of whoever
 * wrote the log, who would give an event that he wants to hide a longer one.
 */
static bool is_about(const struct policy_rule *rule, const struct event *e)
{
	if (!is_event(rule))
		return false;
	return e->version == 2 ? span_eq(rule->event, e->name) :
	                         joined_has(e, 0, rule->event) &&
	                                 joined_has(e, rule->event.len, span_str(":"));
}

static bool payload_is(const struct policy_rule *rule, const struct event *e)
{
	if (e->version == 2)
		return span_eq(rule->value, e->payload);
	return rule->event.len + rule->value.len == e->name.len + e->payload.len &&
	       joined_has(e, rule->event.len + 1, rule->value);
}

/* One of the payloads that an event of this name may have. */
static bool payload_ok(const struct policy *p, struct span name, const struct event *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_event(&p->rule[i]) && span_eq(p->rule[i].event, name) && payload_is(&p->rule[i], e))
			return true;
	return false;
}

/* What identifies a TD is what it measured before its application ran (tee/boot.h). */
static bool see_event(void *context, const struct event *event)
{
	struct events *e = context;
	const struct policy *p = e->policy;
	bool identifies = boot_event(&e->boot, event) == BOOT_IDENTITY, good = false;
	struct span name = span_of(NULL, 0);

	e->registers |= 1U << event->imr;
	e->hidden = e->hidden || (event->imr == QUOTE_RTMRS - 1 && !event->runtime);
	if (!event->runtime || event->imr != QUOTE_RTMRS - 1)
		return true;
	for (size_t i = 0; i < p->n; i++) {
		const struct policy_rule *rule = &p->rule[i];

		if (!is_about(rule, event))
			continue;
		if (!span_eq(rule->event, name)) {
			name = rule->event;
			good = payload_ok(p, name, event);
		}
		if (!good && !e->wrong)
			e->wrong = policy_fields[rule->field].name;
		if (good && (identifies || !boot_identifies(name)))
			e->met[i] = true;
	}
	return true;
}

/* What no event says may be what one says that is hidden, but not of what came before it. */
static bool events_ok(const struct events *e, struct verify_result *result)
{
	const struct policy *p = e->policy;

	if (e->wrong)
		return policy_fail(result, VERIFY_POLICY, e->wrong);
	for (size_t i = 0; i < p->n; i++)
		if (is_event(&p->rule[i]) &&
		    (!e->met[i] || (e->hidden && !boot_identifies(p->rule[i].event))))
			return policy_fail(result, VERIFY_POLICY, policy_fields[p->rule[i].field].name);
	return true;
}

static struct span without_space(struct span text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.p[0], 4))
		text = span_from(text, 1);
	return text;
}

/* A firmware's log begins with a register's number, which is no bracket. */
static enum eventlog_result replay_log(const struct policy_log *log, struct replay *replay,
                                       struct events *events)
{
	struct json doc;
	size_t at;

	if (!span_starts(without_space(log->bytes), "["))
		return eventlog_ccel(log->bytes, replay, see_event, events, &at);
	if (!json_read(&doc, log->bytes, log->tokens, log->n))
		return EVENTLOG_SYNTAX;
	return eventlog_json(json_root(&doc), replay, see_event, events, &at);
}

bool policy_log_ok(const struct policy *p, const struct policy_log *log, struct verify_result *result)
{
	struct events events = { .policy = p };
	struct replay replay;
	enum eventlog_result r;
	unsigned int wanted;

	if (result->quote.body_type == QUOTE_SGX)
		return policy_fail(result, VERIFY_REPLAY, "an enclave has no event log");
	r = replay_log(log, &replay, &events);
	if (r != EVENTLOG_OK)
		return policy_fail(result, VERIFY_REPLAY, eventlog_strerror(r));
	wanted = log->may_be_rtmr3 && (events.registers | RTMR3) == RTMR3 ? RTMR3 : ALL_RTMRS;
	if ((replay_compare(&replay, &result->quote.td) & wanted) != wanted)
		return policy_fail(result, VERIFY_REPLAY, "the event log does not lead to the RTMRs");
	return events_ok(&events, result);
}
