/* Policies: held against a quote. */
#include "tee/policy_parts.h"

bool policy_fail(struct verify_result *result, enum verify_reason reason, const char *what)
{
	result->reason = reason;
	result->what = what;
	return false;
}

static bool status_ok(const struct policy *p, struct verify_result *result)
{
	const struct tcb_advisories *a = &result->advisories;

	if (!(p->statuses >> result->status & 1))
		return policy_fail(result, VERIFY_STATUS, tcb_status_name(result->status));
	/* That of TDX 1.5 is the one it was started with, unless a start would better it. */
	if (result->has_current && result->current > TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED &&
	    !(p->statuses >> result->current & 1))
		return policy_fail(result, VERIFY_STATUS, "what runs now is worse than what is admitted");
	if (p->n_advisories == 0 || result->status == TCB_UP_TO_DATE)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;

		while (k < p->n_advisories && !span_eq(p->advisory[k], a->id[i]))
			k++;
		if (k == p->n_advisories)
			return policy_fail(result, VERIFY_STATUS, "an advisory that is not admitted");
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
		return policy_fail(result, VERIFY_POLICY, "report_data");
	for (size_t i = 0; i < p->n; i++) {
		const struct policy_field *field = &policy_fields[p->rule[i].field];

		if (field->form != POLICY_EVENT && !field_met(p, p->rule[i].field, result))
			return policy_fail(result, VERIFY_POLICY, field->name);
	}
	return true;
}

bool policy_judge(const struct policy *p, const struct policy_log *log, struct verify_result *result)
{
	if (!status_ok(p, result) || !rules_ok(p, result))
		return false;
	if (log)
		return policy_log_ok(p, log, result);
	return !policy_wants_log(p) ||
	       policy_fail(result, VERIFY_POLICY, "rules about events, and no event log");
}
