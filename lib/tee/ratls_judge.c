/* The judgement over a certificate's evidence. */
#include "tee/ratls_judge.h"

static bool refuse(struct ratls_judge *j, const char *what)
{
	j->what = what;
	j->reason = VERIFY_OK;
	return false;
}

/* The quote as such. */
static bool judge_quote(struct ratls_judge *j, struct span quote, struct span log, int64_t unix_now)
{
	const struct verify_input in = { .quote = quote, .collateral = j->collateral, .root = j->root,
		                         .now = unix_now };
	const struct policy_log replay = { log, j->tokens, RATLS_LOG_TOKENS, .may_be_rtmr3 = true };
	bool with_log = log.len > 0 && policy_wants_log(j->policy);
	bool good = verify_quote(&j->work, &in, &j->result) &&
	            policy_judge(j->policy, with_log ? &replay : NULL, &j->result);

	j->what = j->result.what;
	j->reason = j->result.reason;
	return good;
}

bool ratls_judge_quote(struct ratls_judge *j, struct span quote, struct span log,
                       struct span report_data, int64_t unix_now)
{
	struct quote q;

	if (quote_read(&q, quote) != QUOTE_OK)
		return refuse(j, "the evidence has no quote");
	if (!span_eq(q.report_data, report_data))
		return refuse(j, "the quote is about something else");
	return judge_quote(j, quote, log, unix_now);
}

/* Where a nonce is asked for, the one form that has a place for it is the one to be looked at. */
static enum ratls_result read_evidence(struct ratls_judge *j, const struct cert *cert)
{
	enum ratls_result result = RATLS_NONE;
	struct builder room;

	builder_init(&room, j->room, sizeof j->room);
	if (j->nonce.p)
		result = ratls_read_form(&j->evidence, cert, RATLS_CCC, &room);
	return result == RATLS_NONE ? ratls_read(&j->evidence, cert, &room) : result;
}

/* What can be told without a signature. */
static bool fits(struct ratls_judge *j, const struct cert *cert)
{
	const struct ratls *r = &j->evidence;
	enum ratls_result result = read_evidence(j, cert);
	struct quote q;

	if (result != RATLS_OK)
		return refuse(j, ratls_strerror(result));
	if (quote_read(&q, r->quote) != QUOTE_OK)
		return refuse(j, "the certificate's evidence has no quote");
	if (!ratls_binds(r, q.report_data, cert->spki))
		return refuse(j, "the certificate's evidence is about another key");
	if (j->nonce.p && !(r->has_nonce && span_eq(r->nonce, j->nonce)))
		return refuse(j, "the certificate's evidence has not the nonce");
	return true;
}

bool ratls_judge(struct ratls_judge *j, struct span der, int64_t unix_now)
{
	struct cert cert;

	if (!cert_read(&cert, der))
		return refuse(j, "no certificate");
	return fits(j, &cert) && judge_quote(j, j->evidence.quote, j->evidence.log, unix_now);
}
