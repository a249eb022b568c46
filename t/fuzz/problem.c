/*
 * A problem document in words: lines of printable bytes and nothing else, of a
 * class that is temporary or permanent, however it is cut.
 */
#include "acme/problem.h"

#include "../unit/acme_outside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct outside o;
static struct acme a;
static struct http_response head;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void printable(struct span text, bool lines)
{
	for (size_t i = 0; i < text.len; i++)
		must((text.p[i] >= ' ' && text.p[i] <= '~') || (lines && text.p[i] == '\n'));
	must(!lines || text.len == 0 || text.p[text.len - 1] == '\n');
}

/* The first byte is the status, then comes the body; max_len=65536. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 400, 401, 403, 404, 409, 429, 500, 503 };
	struct acme_answer answer = { .head = &head, .retry_after_s = -1 };
	struct problem p;

	if (size == 0)
		return 0;
	outside_start(&o, KEY_P256);
	a.outside = &o.functions;
	acme_forget(&a);
	builder_init(&a.text, a.text_bytes, sizeof a.text_bytes);
	head.status = statuses[data[0] % 8];
	head.n_fields = data[0] % 2;
	head.field[0] = (struct http_field){ span_str("Content-Type"), span_str("text/html") };
	answer.body = span_of(data + 1, size - 1);
	answer.root = json_read(&a.json, answer.body, a.tokens, ACME_TOKENS_MAX) ?
	                      json_root(&a.json) : (struct json_value){ NULL, -1 };
	p.result = problem_of_answer(&a, span_str("https://ca.test/x"), &answer);
	must(p.result == ACME_TEMP || p.result == ACME_PERM);
	must(p.result == ACME_TEMP || head.status < 429);
	must(strlen(a.problem_type) < PROBLEM_TYPE_MAX && a.why.len > 0);
	printable(span_str(a.problem_type), false);
	printable(builder_span(&a.why), true);
	problem_read(&p, answer.root, 0);
	must(p.result == ACME_TEMP || p.result == ACME_PERM);
	problem_explain(&a, answer.root, answer.body);
	printable(builder_span(&a.why), true);
	return 0;
}
