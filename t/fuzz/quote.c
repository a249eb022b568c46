/* Quotes: every span lies in the bytes where the layout has it, and the parts follow each other. */
#include "tee/quote.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static bool inside(struct span s, struct span all)
{
	return s.len == 0 || (s.p >= all.p && s.p + s.len <= all.p + all.len);
}

static void body(const struct quote *q)
{
	size_t header = q->version == 5 ? 54 : 48;

	must(q->version >= 3 && q->version <= 5);
	must(q->signed_part.len == header + q->body.len && q->body.p == q->signed_part.p + header);
	must(q->report_data.len == QUOTE_REPORT_DATA_LEN && inside(q->report_data, q->body));
	must(q->vendor_id.len == 16 && q->user_data.len == 20);
	must((q->body_type == QUOTE_SGX) == (q->tee == QUOTE_TEE_SGX));
	if (q->body_type == QUOTE_SGX) {
		must(q->body.len == QUOTE_SGX_LEN && inside(q->sgx.mr_enclave, q->body));
		return;
	}
	must(q->td.mr_td.p == q->body.p + 136 && q->td.rtmr[3].p == q->body.p + 472);
	must(q->td.rtmr[3].len == QUOTE_MEASUREMENT_LEN);
	must((q->td.mr_service_td.len == 0) == (q->body_type == QUOTE_TD10));
	must(inside(q->td.mr_service_td, q->body));
}

/* From the front to the end: nothing lies between, nothing overlaps. */
static void signature(const struct quote *q, size_t size)
{
	size_t wrapper = q->version == 3 ? 0 : 6;

	must(q->all.len + q->trailing == size);
	must(q->signature.p == q->all.p + q->signed_part.len + 4 && q->signature.len == QUOTE_SIGNATURE_LEN);
	must(q->key.p == q->signature.p + q->signature.len && q->key.len == QUOTE_KEY_LEN);
	must(q->qe_report.p == q->key.p + q->key.len + wrapper && q->qe_report.len == QUOTE_SGX_LEN);
	must(q->qe.report_data.len == 64 && inside(q->qe.report_data, q->qe_report));
	must(q->qe_signature.p == q->qe_report.p + q->qe_report.len);
	must(q->qe_auth.p == q->qe_signature.p + q->qe_signature.len + 2);
	must(q->cert.p == q->qe_auth.p + q->qe_auth.len + 6);
	must(q->cert.p + q->cert.len == q->all.p + q->all.len);
}

/* max_len=8192 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct quote q, alone;
	struct span all = span_of(data, size), bytes;
	enum quote_result result = quote_read(&q, all), body_result = quote_read_body(&alone, all);
	unsigned char *copy = malloc(size + 1);

	must(body_result == QUOTE_OK || result == body_result);
	if (body_result == QUOTE_OK) {
		body(&alone);
		must(alone.all.len + alone.trailing == size);
	}
	if (result == QUOTE_OK) {
		body(&q);
		signature(&q, size);
		must(quote_read(&q, q.all) == QUOTE_OK && q.trailing == 0);
	}
	memcpy(copy, data, size);
	if (quote_unhex(copy, size, &bytes))
		must(bytes.len <= size && inside(bytes, span_of(copy, size)));
	free(copy);
	return 0;
}
