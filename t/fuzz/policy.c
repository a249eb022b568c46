/* Policies: whatever is read fits, and a quote can be held against it. */
#include <stdlib.h>

#include "tee/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* max_len=4096 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char report[QUOTE_SGX_LEN];
	static struct json_token tokens[64];
	static struct policy p;
	struct verify_result result = { .genuine = true, .what = "" };
	struct policy_log log = { .bytes = span_str("[]"), .tokens = tokens, .n = 64 };
	struct span text = span_of(data, size);
	size_t line;

	policy_init(&p);
	result.quote.body_type = size % 2 ? QUOTE_SGX : QUOTE_TD10;
	quote_read_sgx(&result.quote.sgx, span_of(report, sizeof report));
	if (policy_add_lines(&p, text, &line) != POLICY_OK)
		return 0;
	if (p.n > POLICY_RULES_MAX || p.bytes.len > sizeof p.room || line > size + 1)
		abort();
	if (policy_judge(&p, policy_wants_log(&p) ? &log : NULL, &result) != (result.reason == VERIFY_OK))
		abort();
	return 0;
}
