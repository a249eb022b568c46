/* Policies: read. */
#include "tee/policy.h"

#include <string.h>

#include "base/hex.h"
#include "base/utc.h"
#include "tee/policy_parts.h"

const struct policy_field policy_fields[] = {
	{ "tee", POLICY_WORD, 0, POLICY_ANY },
	{ "mrtd", POLICY_BYTES, 48, POLICY_TD },
	{ "mrseam", POLICY_BYTES, 48, POLICY_TD },
	{ "mrsignerseam", POLICY_BYTES, 48, POLICY_TD },
	{ "mrconfigid", POLICY_BYTES, 48, POLICY_TD },
	{ "mrowner", POLICY_BYTES, 48, POLICY_TD },
	{ "mrownerconfig", POLICY_BYTES, 48, POLICY_TD },
	{ "mrservicetd", POLICY_BYTES, 48, POLICY_TD },
	{ "rtmr0", POLICY_BYTES, 48, POLICY_TD },
	{ "rtmr1", POLICY_BYTES, 48, POLICY_TD },
	{ "rtmr2", POLICY_BYTES, 48, POLICY_TD },
	{ "rtmr3", POLICY_BYTES, 48, POLICY_TD },
	{ "attributes", POLICY_MASKED, 8, POLICY_TD },
	{ "xfam", POLICY_MASKED, 8, POLICY_TD },
	{ "mrenclave", POLICY_BYTES, 32, POLICY_SGX },
	{ "mrsigner", POLICY_BYTES, 32, POLICY_SGX },
	{ "isvprodid", POLICY_NUMBER, 0, POLICY_SGX },
	{ "isvsvn", POLICY_LEAST, 0, POLICY_SGX },
	{ "report_data", POLICY_PADDED, QUOTE_REPORT_DATA_LEN, POLICY_ANY },
	{ "fmspc", POLICY_BYTES, PCK_FMSPC_LEN, POLICY_ANY },
	{ "tcb_evaluation", POLICY_LEAST, 0, POLICY_ANY },
	{ "tcb_date", POLICY_MOMENT, 0, POLICY_ANY },
	{ "app-id", POLICY_EVENT, 0, POLICY_TD },
	{ "compose-hash", POLICY_EVENT, 0, POLICY_TD },
	{ "instance-id", POLICY_EVENT, 0, POLICY_TD },
	{ "key-provider", POLICY_EVENT, 0, POLICY_TD },
	{ "mr-kms", POLICY_EVENT, 0, POLICY_TD },
	{ "os-image-hash", POLICY_EVENT, 0, POLICY_TD },
	{ "rootfs-hash", POLICY_EVENT, 0, POLICY_TD },
	{ "event", POLICY_EVENT, 0, POLICY_TD },
};

_Static_assert(sizeof policy_fields / sizeof *policy_fields == POLICY_FIELDS, "one each");

const char *policy_strerror(enum policy_result result)
{
	switch (result) {
	case POLICY_OK:
		return "fine";
	case POLICY_NAME:
		return "there is no such name";
	case POLICY_VALUE:
		return "no value, or not of its form";
	case POLICY_TOO_MANY:
		return "too many values";
	}
	return "unknown";
}

void policy_init(struct policy *p)
{
	p->statuses = 1U << TCB_UP_TO_DATE;
	p->n_advisories = p->n = 0;
	p->has_report_data = false;
	builder_init(&p->bytes, p->room, sizeof p->room);
}

enum policy_result policy_admit(struct policy *p, struct span statuses)
{
	enum tcb_status status;
	struct span one;

	while (span_split(&statuses, ',', &one)) {
		if (!tcb_status_find(one, &status))
			return POLICY_NAME;
		p->statuses |= 1U << status;
	}
	return POLICY_OK;
}

enum policy_result policy_admit_advisory(struct policy *p, struct span id)
{
	if (id.len == 0 || id.len > TCB_ADVISORY_LEN)
		return POLICY_VALUE;
	if (p->n_advisories == POLICY_ADVISORIES_MAX)
		return POLICY_TOO_MANY;
	p->advisory[p->n_advisories++] = id;
	return POLICY_OK;
}

/* The next word of a line; false at its end, or before a comment. */
static bool next_word(struct span *line, struct span *word)
{
	size_t n = 0;

	*line = span_trim(*line);
	while (n < line->len && !memchr(" \t", line->p[n], 2))
		n++;
	*word = span_head(*line, n);
	*line = span_from(*line, n);
	return n > 0 && word->p[0] != '#';
}

static bool find_field(struct span name, int *field)
{
	for (int i = 0; i < POLICY_FIELDS; i++) {
		if (span_is(name, policy_fields[i].name)) {
			*field = i;
			return true;
		}
	}
	return false;
}

/* Into the policy's own storage. */
static bool read_hex(struct policy *p, struct span text, struct span *bytes)
{
	size_t before = p->bytes.len;

	if (!hex_decode(&p->bytes, text))
		return false;
	*bytes = span_from(builder_span(&p->bytes), before);
	return true;
}

static bool read_masked(struct policy *p, struct span text, size_t len, struct policy_rule *rule)
{
	size_t slash = span_find(text, '/');

	if (!read_hex(p, span_head(text, slash), &rule->value) || rule->value.len != len)
		return false;
	return slash == text.len ||
	       (read_hex(p, span_from(text, slash + 1), &rule->mask) && rule->mask.len == len);
}

static bool read_padded(struct policy *p, struct span text, size_t len, struct policy_rule *rule)
{
	unsigned char *rest;

	if (text.len == 0 || !read_hex(p, text, &rule->value) || rule->value.len > len)
		return false;
	rest = builder_take(&p->bytes, len - rule->value.len);
	if (!rest)
		return false;
	memset(rest, 0, len - rule->value.len);
	rule->value.len = len;
	return true;
}

static bool read_value(struct policy *p, const struct policy_field *field, struct span text,
                       struct policy_rule *rule)
{
	int64_t moment;

	switch (field->form) {
	case POLICY_WORD:
		rule->value = text;
		return span_is(text, "tdx") || span_is(text, "sgx");
	case POLICY_BYTES:
		return read_hex(p, text, &rule->value) && rule->value.len == field->len;
	case POLICY_MASKED:
		return read_masked(p, text, field->len, rule);
	case POLICY_PADDED:
		return read_padded(p, text, field->len, rule);
	case POLICY_NUMBER:
	case POLICY_LEAST:
		return span_number(text, UINT32_MAX, &rule->number);
	case POLICY_MOMENT:
		if (!utc_parse(text, &moment) || moment < 0)
			return false;
		rule->number = (uint64_t)moment;
		return true;
	case POLICY_EVENT:
		break;
	}
	return read_hex(p, text, &rule->value);
}

static enum policy_result add_line(struct policy *p, struct span line)
{
	struct policy_rule rule = { .field = 0 };
	struct span word;
	bool any = false;

	if (!next_word(&line, &word))
		return POLICY_OK;
	if (!find_field(word, &rule.field))
		return POLICY_NAME;
	rule.event = word;
	if (span_is(word, "event") && !next_word(&line, &rule.event))
		return POLICY_VALUE;
	for (; next_word(&line, &word); any = true) {
		struct policy_rule one = rule;

		if (p->n == POLICY_RULES_MAX)
			return POLICY_TOO_MANY;
		if (!read_value(p, &policy_fields[rule.field], word, &one))
			return builder_ok(&p->bytes) ? POLICY_VALUE : POLICY_TOO_MANY;
		p->rule[p->n++] = one;
	}
	return any ? POLICY_OK : POLICY_VALUE;
}

enum policy_result policy_add_lines(struct policy *p, struct span text, size_t *line)
{
	enum policy_result r = POLICY_OK;
	struct span one;

	for (*line = 1; text.len > 0 && span_split(&text, '\n', &one); ++*line) {
		if (one.len > 0 && one.p[one.len - 1] == '\r')
			one.len--;
		r = add_line(p, one);
		if (r != POLICY_OK)
			return r;
	}
	return r;
}

bool policy_wants_log(const struct policy *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (policy_fields[p->rule[i].field].form == POLICY_EVENT)
			return true;
	return false;
}
