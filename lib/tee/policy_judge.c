/* Policies: held against a quote. */
#include "tee/boot.h"
#include "tee/policy.h"
#include "tee/policy_parts.h"

/* Registers, as replay_compare() has them. */
enum { ALL_RTMRS = (1 << QUOTE_RTMRS) - 1, RTMR3 = 1 << 3 };

static bool fail(struct verify_result *result, enum verify_reason reason, const char *what)
{
	result->reason = reason;
	result->what = what;
	return false;
}

static bool status_ok(const struct policy *p, struct verify_result *result)
{
	const struct tcb_advisories *a = &result->advisories;

	if (!(p->statuses >> result->status & 1))
		return fail(result, VERIFY_STATUS, tcb_status_name(result->status));
	/* That of TDX 1.5 is the one it was started with, unless a start would better it. */
	if (result->has_current && result->current > TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED &&
	    !(p->statuses >> result->current & 1))
		return fail(result, VERIFY_STATUS, "what runs now is worse than what is admitted");
	if (p->n_advisories == 0 || result->status == TCB_UP_TO_DATE)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;

		while (k < p->n_advisories && !span_eq(p->advisory[k], a->id[i]))
			k++;
		if (k == p->n_advisories)
			return fail(result, VERIFY_STATUS, "an advisory that is not admitted");
	}
	return true;
}

/* What the quote has in this field; for numbers the number. */
static struct span field_of(const struct verify_result *r, int field, uint64_t *number)
{
	const struct quote *q = &r->quote;

	switch ((enum policy_index)field) {
	case POLICY_TEE:
		return span_str(q->body_type == QUOTE_SGX ? "sgx" : "tdx");
	case POLICY_MRTD:
		return q->td.mr_td;
	case POLICY_MRSEAM:
		return q->td.mr_seam;
	case POLICY_MRSIGNERSEAM:
		return q->td.mr_signer_seam;
	case POLICY_MRCONFIGID:
		return q->td.mr_config_id;
	case POLICY_MROWNER:
		return q->td.mr_owner;
	case POLICY_MROWNERCONFIG:
		return q->td.mr_owner_config;
	case POLICY_MRSERVICETD:
		return q->td.mr_service_td;
	case POLICY_RTMR0:
	case POLICY_RTMR1:
	case POLICY_RTMR2:
	case POLICY_RTMR3:
		return q->td.rtmr[field - POLICY_RTMR0];
	case POLICY_ATTRIBUTES:
		return q->td.td_attributes;
	case POLICY_XFAM:
		return q->td.xfam;
	case POLICY_MRENCLAVE:
		return q->sgx.mr_enclave;
	case POLICY_MRSIGNER:
		return q->sgx.mr_signer;
	case POLICY_REPORT_DATA:
		return q->report_data;
	case POLICY_FMSPC:
		return r->pck.fmspc;
	case POLICY_ISVPRODID:
		*number = q->sgx.isv_prod_id;
		break;
	case POLICY_ISVSVN:
		*number = q->sgx.isv_svn;
		break;
	case POLICY_TCB_EVALUATION:
		*number = r->evaluation;
		break;
	case POLICY_TCB_DATE:
		*number = r->tcb_date < 0 ? 0 : (uint64_t)r->tcb_date;
		break;
	case POLICY_APP_ID:
	case POLICY_COMPOSE_HASH:
	case POLICY_INSTANCE_ID:
	case POLICY_KEY_PROVIDER:
	case POLICY_MR_KMS:
	case POLICY_OS_IMAGE_HASH:
	case POLICY_ROOTFS_HASH:
	case POLICY_OTHER_EVENT:
	case POLICY_FIELDS:
		break;
	}
	return span_of(NULL, 0);
}

static bool masked_eq(struct span a, struct span b, struct span mask)
{
	if (mask.len == 0)
		return span_eq(a, b);
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if ((a.p[i] ^ b.p[i]) & mask.p[i])
			return false;
	return true;
}

static bool rule_met(const struct policy_rule *rule, const struct verify_result *r)
{
	const struct policy_field *field = &policy_fields[rule->field];
	bool is_sgx = r->quote.body_type == QUOTE_SGX;
	uint64_t number = 0;
	struct span value;

	if (field->kind != POLICY_ANY && (field->kind == POLICY_SGX) != is_sgx)
		return false;
	value = field_of(r, rule->field, &number);
	switch (field->form) {
	case POLICY_WORD:
	case POLICY_BYTES:
	case POLICY_PADDED:
		return span_eq(value, rule->value);
	case POLICY_MASKED:
		return masked_eq(value, rule->value, rule->mask);
	case POLICY_NUMBER:
		return number == rule->number;
	case POLICY_LEAST:
	case POLICY_MOMENT:
		return number >= rule->number;
	case POLICY_EVENT:
		break;
	}
	return false;
}

/* One of the rules of the same field. */
static bool field_met(const struct policy *p, int field, const struct verify_result *r)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->rule[i].field == field && rule_met(&p->rule[i], r))
			return true;
	return false;
}

static bool rules_ok(const struct policy *p, struct verify_result *result)
{
	if (p->has_report_data &&
	    !span_eq(result->quote.report_data, span_of(p->report_data, sizeof p->report_data)))
		return fail(result, VERIFY_POLICY, "report_data");
	for (size_t i = 0; i < p->n; i++) {
		const struct policy_field *field = &policy_fields[p->rule[i].field];

		if (field->form != POLICY_EVENT && !field_met(p, p->rule[i].field, result))
			return fail(result, VERIFY_POLICY, field->name);
	}
	return true;
}

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

/* What identifies a TD is what it measured before its application ran (tee/boot.h). */
static bool see_event(void *context, const struct event *event)
{
	struct events *e = context;
	const struct policy *p = e->policy;
	bool identifies = boot_event(&e->boot, event) == BOOT_IDENTITY, met = false;
	const char *about = NULL;

	e->registers |= 1U << event->imr;
	e->hidden = e->hidden || (event->imr == QUOTE_RTMRS - 1 && !event->runtime);
	if (!event->runtime || event->imr != QUOTE_RTMRS - 1)
		return true;
	for (size_t i = 0; i < p->n; i++) {
		if (!is_about(&p->rule[i], event))
			continue;
		about = policy_fields[p->rule[i].field].name;
		met = met || payload_is(&p->rule[i], event);
	}
	for (size_t i = 0; i < p->n && met; i++)
		if (is_about(&p->rule[i], event) && (identifies || !boot_identifies(p->rule[i].event)))
			e->met[i] = true;
	if (about && !met && !e->wrong)
		e->wrong = about;
	return true;
}

/* What no event says may be what one says that is hidden, but not of what came before it. */
static bool events_ok(const struct events *e, struct verify_result *result)
{
	const struct policy *p = e->policy;

	if (e->wrong)
		return fail(result, VERIFY_POLICY, e->wrong);
	for (size_t i = 0; i < p->n; i++)
		if (is_event(&p->rule[i]) &&
		    (!e->met[i] || (e->hidden && !boot_identifies(p->rule[i].event))))
			return fail(result, VERIFY_POLICY, policy_fields[p->rule[i].field].name);
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

static bool log_ok(const struct policy *p, const struct policy_log *log,
                   struct verify_result *result)
{
	struct events events = { .policy = p };
	struct replay replay;
	enum eventlog_result r;
	unsigned int wanted;

	if (result->quote.body_type == QUOTE_SGX)
		return fail(result, VERIFY_REPLAY, "an enclave has no event log");
	r = replay_log(log, &replay, &events);
	if (r != EVENTLOG_OK)
		return fail(result, VERIFY_REPLAY, eventlog_strerror(r));
	wanted = log->may_be_rtmr3 && (events.registers | RTMR3) == RTMR3 ? RTMR3 : ALL_RTMRS;
	if ((replay_compare(&replay, &result->quote.td) & wanted) != wanted)
		return fail(result, VERIFY_REPLAY, "the event log does not lead to the RTMRs");
	return events_ok(&events, result);
}

bool policy_judge(const struct policy *p, const struct policy_log *log, struct verify_result *result)
{
	if (!status_ok(p, result) || !rules_ok(p, result))
		return false;
	if (log)
		return log_ok(p, log, result);
	return !policy_wants_log(p) ||
	       fail(result, VERIFY_POLICY, "rules about events, and no event log");
}
