/*
 * Policies: whatever is read fits, and a quote can be held against it, with an event log that leads to
 * its RTMRs: what follows the first NUL. No rule about an event is met that has none.
 */
#include <stdlib.h>

#include "tee/eventlog.h"
#include "tee/policy.h"

enum { TOKENS = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_token tokens[TOKENS];
static struct replay replay;
static size_t runtime;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static bool count(void *context, const struct event *e)
{
	(void)context;
	runtime += e->runtime && e->imr == QUOTE_RTMRS - 1;
	return true;
}

static void lead_to(struct span log, struct verify_result *result)
{
	struct json doc;
	size_t at;

	runtime = 0;
	replay = (struct replay){ .events = 0 };
	if (json_read(&doc, log, tokens, TOKENS))
		eventlog_json(json_root(&doc), &replay, count, NULL, &at);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		result->quote.td.rtmr[i] = span_of(replay.rtmr[i], QUOTE_MEASUREMENT_LEN);
}

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char report[QUOTE_SGX_LEN];
	static struct policy p;
	struct verify_result result = { .genuine = true, .what = "" };
	struct span all = span_of(data, size), text = span_head(all, span_find(all, 0));
	struct policy_log log = { .bytes = span_from(all, text.len + 1), .tokens = tokens, .n = TOKENS };
	bool has_log = text.len < size, good;
	size_t line;

	policy_init(&p);
	result.quote.body_type = size % 2 && !has_log ? QUOTE_SGX : QUOTE_TD10;
	quote_read_sgx(&result.quote.sgx, span_of(report, sizeof report));
	if (policy_add_lines(&p, text, &line) != POLICY_OK)
		return 0;
	must(p.n <= POLICY_RULES_MAX && p.bytes.len <= sizeof p.room && line <= size + 1);
	lead_to(log.bytes, &result);
	good = policy_judge(&p, has_log ? &log : NULL, &result);
	must(good == (result.reason == VERIFY_OK));
	must(!good || !policy_wants_log(&p) || (has_log && runtime > 0));
	return 0;
}
