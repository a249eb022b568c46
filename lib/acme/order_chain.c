/* The certificate of a valid order, and the chain that is wished for. */
#include "acme/order_parts.h"

#include <string.h>

#include "base/log.h"

enum { ALTERNATES_MAX = 8, RANK_BEST = 4 };

/* The alternates' URLs, which the next request makes the answer forget. */
struct alternates {
	size_t n;
	char url[ALTERNATES_MAX][URL_MAX];
};

static void take_alternates(struct order *o, const struct acme_answer *answer,
                            struct alternates *alternates)
{
	struct span target;

	alternates->n = 0;
	for (size_t i = 0; alternates->n < ALTERNATES_MAX &&
	                   http_link(answer->head, "alternate", i, &target); i++)
		if (acme_url(o->a, span_str(o->certificate), target, alternates->url[alternates->n]))
			alternates->n++;
}

/* One chain, checked; `answer` is what it came in. */
static enum acme_result fetch(struct order *o, const char *url, struct chain *chain,
                              struct acme_answer *answer)
{
	struct acme *a = o->a;
	enum chain_result found;
	enum acme_result result = acme_post(a, ACME_BY_ACCOUNT, span_str(url), span_of(NULL, 0),
	                                    "application/pem-certificate-chain", answer);

	if (result != ACME_OK)
		return result;
	found = chain_read(chain, answer->body);
	if (found == CHAIN_OK)
		found = chain_check(chain, o->spki, o->request->names,
		                    a->outside->unix_now(a->outside->context));
	if (found != CHAIN_OK)
		return acme_fail(a, ACME_TEMP, "the certificate cannot be used: %s",
		                 chain_strerror(found));
	return ACME_OK;
}

static const char *top(const struct chain *chain, char *shown, size_t size)
{
	struct builder b;

	builder_init(&b, shown, size - 1);
	log_hostile(&b, chain_common_name(chain->cert[chain->n - 1].issuer), size / 4 - 1);
	shown[b.len] = 0;
	return shown;
}

/*
 * The best of the chains there are; the first of several that are as good. An
 * alternate that cannot be had is none: there is a certificate already.
 */
static const struct chain *prefer(struct order *o, struct chain *best, struct chain *other,
                                  const struct alternates *alternates)
{
	struct span wish = span_str(o->request->preferred_issuer);
	int rank = chain_rank(best, wish);
	struct acme_answer answer = { .retry_after_s = -1 };
	char shown[256];

	for (size_t i = 0; i < alternates->n && rank < RANK_BEST; i++) {
		struct chain *spare = best;

		if (fetch(o, alternates->url[i], other, &answer) != ACME_OK) {
			acme_forget(o->a);
			acme_say(o->a, ACME_WARNING, "%s: cannot be used", alternates->url[i]);
		} else if (chain_rank(other, wish) > rank) {
			rank = chain_rank(other, wish);
			best = other;
			other = spare;
		}
	}
	if (rank == 0)
		acme_say(o->a, ACME_WARNING, "no chain is from the issuer wished for: it is from \"%s\"",
		         top(best, shown, sizeof shown));
	return best;
}

static void warn(struct order *o, const struct chain *chain)
{
	const struct acme_outside *outside = o->a->outside;

	if (!chain_in_order(chain))
		acme_say(o->a, ACME_WARNING, "the chain's certificates were not issued each by the next");
	if (chain->cert[0].not_before > outside->unix_now(outside->context))
		acme_say(o->a, ACME_WARNING, "the certificate is not valid yet: is the clock here right?");
}

enum acme_result order_download(struct order *o, struct builder *out)
{
	static struct chain chains[2];
	static struct alternates alternates;
	const struct chain *chain = &chains[0];
	struct acme_answer answer = { .retry_after_s = -1 };
	enum acme_result result;

	if (!o->certificate[0])
		return acme_fail(o->a, ACME_TEMP, "%s: valid, but has no certificate", o->url);
	acme_say(o->a, ACME_STEP, "downloading the certificate");
	result = fetch(o, o->certificate, &chains[0], &answer);
	/* Not ours, expired or gone: an earlier run's order is then no order. */
	o->stale = result != ACME_OK && o->resumed && !o->accepted &&
	           (result == ACME_PERM || o->a->status / 100 == 2);
	if (result != ACME_OK)
		return result;
	if (o->request->preferred_issuer) {
		take_alternates(o, &answer, &alternates);
		chain = prefer(o, &chains[0], &chains[1], &alternates);
	}
	warn(o, chain);
	chain_write(chain, 0, chain->n, out);
	return builder_ok(out) ? ACME_OK : acme_fail(o->a, ACME_INTERNAL, "no room for the chain");
}
