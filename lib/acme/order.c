/*
 * An order's run: what is done in each state it is found in.
 *
 *   pending     challenges are published and triggered, once; then it is polled
 *   ready       the CSR is sent
 *   processing  it is polled
 *   valid       the chain is downloaded
 *   invalid     what the server says about it is told
 *
 * A server need not go through all of them, nor tell us each: what counts is
 * always what the order says.
 */
#include "acme/order_parts.h"

#include <string.h>

#include "acme/problem.h"
#include "base/base64.h"
#include "tls/request.h"

enum {
	FINALIZE_MAX = 5,    /* how often a CSR is sent */
	READY_POLLS = 6,     /* looks at an order that took it and still says ready, before it is again */
	LOOK_FIRST = 4,      /* polls of a pending order before its authorizations are looked at */
	LOOK_EVERY = 3       /* and between that and the next time */
};

static const char *const words[] = {
	[ORDER_PENDING] = "pending", [ORDER_READY] = "ready", [ORDER_PROCESSING] = "processing",
	[ORDER_VALID] = "valid", [ORDER_INVALID] = "invalid",
};

static bool status_of(struct json_value order, enum order_status *status)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (json_is(json_member(order, "status"), words[i])) {
			*status = (enum order_status)i;
			return true;
		}
	return false;
}

static enum acme_result take_authorizations(struct order *o, struct json_value order)
{
	struct json_value list = json_member(order, "authorizations"), v;
	char url[URL_MAX];
	struct span text;

	for (v = json_first(list); json_type(v) != JSON_ABSENT; v = json_next(list, v)) {
		if (!json_text(v, &o->a->text, &text) || !acme_url(o->a, span_str(o->url), text, url))
			return acme_fail(o->a, ACME_PERM, "%s: an authorization is no URL to ask", o->url);
		if (!authorizations_add(&o->all, url))
			return acme_fail(o->a, ACME_PERM, "%s: more than %d authorizations", o->url,
			                 CERT_NAMES_MAX);
	}
	return ACME_OK;
}

/* Why it is invalid; without an error that is its authorizations' affair. */
static void take_error(struct order *o, struct json_value error)
{
	struct problem problem;

	if (json_type(error) != JSON_OBJECT)
		return;
	problem_read(&problem, error, 0);
	o->failure = problem.result;
	o->error_from = o->a->why.len;
	problem_explain(o->a, error, span_str("order"));
	o->error_to = o->a->why.len;
}

/* What an order object says. Its URL is known already: only newOrder's Location tells it. */
static enum acme_result take(struct order *o, const struct acme_answer *answer)
{
	struct json_value order = answer->root;
	struct span base = span_str(o->url);
	char url[URL_MAX];

	if (!status_of(order, &o->status))
		return acme_fail(o->a, ACME_TEMP, "%s: not an order with a known status", o->url);
	o->retry_after_s = answer->retry_after_s;
	if (acme_member_url(o->a, base, order, "finalize", url))
		memcpy(o->finalize, url, sizeof url);
	if (acme_member_url(o->a, base, order, "certificate", url))
		memcpy(o->certificate, url, sizeof url);
	if (o->status > o->furthest) {
		o->furthest = o->status;
		o->polls = 0;
	}
	if (o->status == ORDER_INVALID)
		take_error(o, json_member(order, "error"));
	return o->all.n == 0 && !o->published ? take_authorizations(o, order) : ACME_OK;
}

/* An order about which nothing is known but `resumed` and its URL. */
static enum acme_result begin(struct order *o)
{
	o->status = o->furthest = ORDER_PENDING;
	o->published = o->accepted = o->stale = false;
	o->polls = o->finalized = 0;
	o->retry_after_s = -1;
	o->finalize[0] = o->certificate[0] = 0;
	o->failure = ACME_OK;
	o->error_from = o->error_to = 0;
	return authorizations_init(&o->all, o->a, o->request) ? ACME_OK : ACME_PERM;
}

/* The certificate that is replaced may be unknown there, of another account, or replaced already. */
static bool replacing_refused(const struct acme *a)
{
	static const char *const types[] = { "alreadyReplaced", "conflict", "malformed", "unauthorized" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(a->problem_type, types[i]) == 0)
			return true;
	return a->status == 409;
}

static enum acme_result post_new(struct order *o, bool replaces, struct acme_answer *answer)
{
	struct acme *a = o->a;
	struct builder payload;

	builder_init(&payload, a->payload, sizeof a->payload);
	if (!order_payload(&payload, o->request, replaces))
		return acme_fail(a, ACME_INTERNAL, "an order that is too large");
	return acme_post(a, ACME_BY_ACCOUNT, span_str(a->directory.new_order),
	                 builder_span(&payload), NULL, answer);
}

static enum acme_result make(struct order *o)
{
	const struct acme_outside *outside = o->a->outside;
	bool replaces = o->request->replaces != NULL, absent;
	struct acme_answer answer = { .retry_after_s = -1 };
	enum acme_result result;

	o->resumed = false;
	result = begin(o);
	if (result != ACME_OK)
		return result;
	acme_say(o->a, ACME_STEP, "ordering");
	result = post_new(o, replaces, &answer);
	if (result == ACME_PERM && replaces && replacing_refused(o->a)) {
		acme_say(o->a, ACME_WARNING, "the server takes no word of what is replaced (%s)",
		         o->a->problem_type[0] ? o->a->problem_type : "HTTP status 409");
		acme_forget(o->a);
		result = post_new(o, false, &answer);
	}
	if (result != ACME_OK)
		return result;
	if (!answer.location[0])
		return acme_fail(o->a, ACME_TEMP, "the server does not say where the order is");
	memcpy(o->url, answer.location, sizeof o->url);
	if (outside->keep_order && !outside->keep_order(outside->context, span_str(o->url)))
		return acme_fail(o->a, ACME_TEMP, "the order's URL could not be kept");
	if (!order_is_for(o->a, answer.root, o->request->names, &absent) && !absent)
		return acme_fail(o->a, ACME_PERM, "%s: the order is not for the names asked for", o->url);
	return take(o, &answer);
}

static void tell_unusable(const struct order *o)
{
	if (o->request->unusable)
		*o->request->unusable = true;
}

/* An order of an earlier run: `*gone` when there is nothing to continue. */
static enum acme_result take_up(struct order *o, bool *gone)
{
	struct acme_answer answer = { .retry_after_s = -1 };
	enum acme_result result;
	struct builder url;
	bool absent;

	builder_init(&url, o->url, sizeof o->url);
	builder_str(&url, o->request->resume_url);
	o->resumed = true;
	*gone = true;
	if (!builder_cstr(&url))
		return ACME_OK;
	result = begin(o);
	if (result != ACME_OK)
		return result;
	acme_say(o->a, ACME_STEP, "continuing the order %s", o->url);
	result = acme_post(o->a, ACME_BY_ACCOUNT, span_str(o->url), span_of(NULL, 0), NULL, &answer);
	if (result == ACME_TEMP || result == ACME_INTERNAL) {
		tell_unusable(o);
		return result;
	}
	*gone = result != ACME_OK || !order_is_for(o->a, answer.root, o->request->names, &absent) ||
	        take(o, &answer) != ACME_OK || o->status == ORDER_INVALID;
	if (*gone)
		acme_forget(o->a);
	return ACME_OK;
}

/*
 * Waits and looks. A pending order whose authorizations are settled may say so
 * late, or only when they are asked for: they are looked at from time to time.
 */
static enum acme_result poll(struct order *o)
{
	const struct acme_outside *outside = o->a->outside;
	unsigned int n = o->polls++;
	struct acme_answer answer = { .retry_after_s = -1 };
	enum acme_result result;

	if (!outside->wait(outside->context, acme_poll_ms(n, o->retry_after_s))) {
		acme_heed(o->a, o->retry_after_s);
		return acme_fail(o->a, ACME_TEMP, "%s: still %s when the time was up", o->url,
		                 words[o->status]);
	}
	if (o->status == ORDER_PENDING && n >= LOOK_FIRST && (n - LOOK_FIRST) % LOOK_EVERY == 0) {
		result = authorizations_look(&o->all);
		if (result != ACME_OK)
			return result;
	}
	result = acme_post(o->a, ACME_BY_ACCOUNT, span_str(o->url), span_of(NULL, 0), NULL, &answer);
	return result == ACME_OK ? take(o, &answer) : result;
}

/* Pending: what can be proven is published and triggered, all of it before the first look. */
static enum acme_result prove(struct order *o)
{
	enum acme_result result;

	o->published = true;
	acme_say(o->a, ACME_STEP, "publishing %zu challenge%s", o->all.n,
	         o->all.n == 1 ? "" : "s");
	result = authorizations_publish(&o->all);
	o->stale = result != ACME_OK && o->resumed && authorizations_failed(&o->all);
	if (result != ACME_OK)
		return result;
	acme_say(o->a, ACME_STEP, "waiting for the server to look at them");
	return authorizations_trigger(&o->all, &o->retry_after_s);
}

static enum acme_result post_csr(struct order *o, struct acme_answer *answer)
{
	struct acme *a = o->a;
	struct builder payload;

	builder_init(&payload, a->payload, sizeof a->payload);
	builder_str(&payload, "{\"csr\":\"");
	base64_url_encode(&payload, o->request->csr);
	builder_str(&payload, "\"}");
	if (!builder_ok(&payload))
		return acme_fail(a, ACME_INTERNAL, "a certificate request that is too large");
	return acme_post(a, ACME_BY_ACCOUNT, span_str(o->finalize), builder_span(&payload), NULL,
	                 answer);
}

/* A refusal that says nothing about the CSR, or no answer. */
static bool unsettled(struct acme *a, enum acme_result result)
{
	if (strcmp(a->problem_type, "orderNotReady") == 0) {
		acme_forget(a);
		return true;
	}
	return result == ACME_TEMP && (a->status == 0 || a->status >= 500);
}

/*
 * Ready: the CSR is sent. An answer that was lost, or that the order is not
 * ready after all, settles nothing: the order is looked at before it is sent again.
 */
static enum acme_result finalize(struct order *o)
{
	struct acme_answer answer = { .retry_after_s = -1 };
	enum acme_result result;

	if (!o->finalize[0])
		return acme_fail(o->a, ACME_TEMP, "%s: ready, but has no finalize URL", o->url);
	if (o->finalized++ == FINALIZE_MAX)
		return acme_fail(o->a, ACME_TEMP, "%s: asked for the certificate %d times, still ready",
		                 o->url, FINALIZE_MAX);
	authorizations_valid(&o->all);
	acme_say(o->a, ACME_STEP, "asking for the certificate");
	result = post_csr(o, &answer);
	o->accepted = result == ACME_OK;
	if (o->accepted) {
		o->polls = 0;
		/* Whoever answers with something else is asked again. */
		if (json_type(json_member(answer.root, "status")) == JSON_STRING)
			result = take(o, &answer);
	} else if (unsettled(o->a, result)) {
		o->retry_after_s = answer.retry_after_s;
		result = ACME_OK;
	}
	authorizations_end(&o->all);
	return result == ACME_OK && o->status <= ORDER_READY ? poll(o) : result;
}

/*
 * Invalid: every name that failed, with the server's reasons. Where there are such, the
 * order's own error is one of them once more, and left out.
 */
static enum acme_result explain(struct order *o)
{
	enum acme_result result = authorizations_look(&o->all);
	struct builder *why = &o->a->why;

	if (authorizations_failed(&o->all) && why->len > o->error_to) {
		memmove(why->p + o->error_from, why->p + o->error_to, why->len - o->error_to);
		why->len -= o->error_to - o->error_from;
	}
	if (o->failure > result)
		result = o->failure;
	if (result == ACME_OK)
		return acme_fail(o->a, ACME_TEMP, "%s: invalid, for no reason told", o->url);
	return result;
}

static enum acme_result step(struct order *o, struct builder *chain, bool *done)
{
	switch (o->status) {
	case ORDER_PENDING:
		return o->published ? poll(o) : prove(o);
	case ORDER_READY:
		return o->accepted && o->polls < READY_POLLS ? poll(o) : finalize(o);
	case ORDER_PROCESSING:
		return poll(o);
	case ORDER_VALID:
		*done = true;
		return order_download(o, chain);
	case ORDER_INVALID:
		return explain(o);
	}
	return ACME_INTERNAL;
}

/* To its end; the hook is told the end of all it began, wherever that is. */
static enum acme_result drive(struct order *o, struct builder *chain)
{
	enum acme_result result = ACME_OK;
	bool done = false;

	while (result == ACME_OK && !done)
		result = step(o, chain, &done);
	authorizations_end(&o->all);
	return result;
}

/* The request that will be sent: its key, and that it is for these names. */
static enum acme_result check_csr(struct order *o)
{
	static struct name_set names;
	struct request csr;

	names.n = 0;
	if (!request_read(&csr, o->request->csr, &names))
		return acme_fail(o->a, ACME_PERM, "the certificate request is malformed");
	if (!order_same_names(&names, o->request->names))
		return acme_fail(o->a, ACME_PERM, "the certificate request is for other names");
	o->spki = csr.spki;
	return order_key_is_its_own(o->a, csr.spki) ? ACME_OK : ACME_PERM;
}

static enum acme_result run(struct order *o, struct builder *chain)
{
	enum acme_result result = order_check(o->a, o->request);
	bool gone = true;

	if (result == ACME_OK)
		result = check_csr(o);
	if (result == ACME_OK && o->request->resume_url)
		result = take_up(o, &gone);
	if (result == ACME_OK && !gone) {
		result = drive(o, chain);
		if (!o->stale) {
			if (result != ACME_OK && o->status == ORDER_VALID)
				tell_unusable(o);
			return result;
		}
		acme_forget(o->a);
		acme_say(o->a, ACME_STEP, "the order of an earlier run is of no use");
		result = ACME_OK;
	}
	if (result == ACME_OK)
		result = make(o);
	return result == ACME_OK ? drive(o, chain) : result;
}

enum acme_result order_run(struct acme *a, const struct order_request *request,
                           struct builder *chain)
{
	static struct order order;
	enum acme_result result;

	order.a = a;
	order.request = request;
	result = run(&order, chain);
	if (result == ACME_OK)
		acme_forget(a);
	return result;
}
