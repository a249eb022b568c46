/* Authorizations: found, published, triggered, looked at, ended. */
#include "acme/authorization.h"

#include <string.h>

#include "acme/authorization_parts.h"

enum { TRIGGER_TRIES = 3 };

bool authorizations_init(struct authorizations *all, struct acme *a,
                         const struct order_request *request)
{
	all->a = a;
	all->request = request;
	all->n = 0;
	return acme_thumbprint(a, all->thumbprint);
}

bool authorizations_add(struct authorizations *all, const char *url)
{
	struct authorization *one = &all->list[all->n];

	if (all->n == CERT_NAMES_MAX)
		return false;
	one->state = AUTHORIZATION_UNKNOWN;
	one->wildcard = one->address = one->begun = one->later = one->idle = one->reported = false;
	one->name[0] = one->challenge_url[0] = 0;
	memcpy(one->url, url, strlen(url) + 1);
	all->n++;
	return true;
}

/* What was published under several names has travelled together; now each is waited for. */
static enum acme_result wait_for_all(struct authorizations *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct authorization *one = &all->list[i];

		if (one->later && authorization_hook(all, one, "wait") != ACME_HOOK_DONE)
			return acme_fail(all->a, ACME_TEMP, "%s: the hook waited in vain for %s",
			                 one->name, proof_name(one->method));
		one->later = false;
	}
	return ACME_OK;
}

enum acme_result authorizations_publish(struct authorizations *all)
{
	enum acme_result failed = ACME_OK;
	struct acme_answer answer = { .retry_after_s = -1 };

	for (size_t i = 0; i < all->n; i++) {
		struct authorization *one = &all->list[i];
		enum acme_result result = authorization_fetch(all, one, &answer);

		if (result != ACME_OK)
			return authorization_worse(failed, result);
		if (one->state == AUTHORIZATION_FAILED)
			failed = authorization_worse(failed, authorization_report(all, one, &answer));
		else if (one->state == AUTHORIZATION_PENDING && failed == ACME_OK)
			failed = authorization_choose(all, one, &answer);
	}
	return failed == ACME_OK ? wait_for_all(all) : failed;
}

/* Whether the server waits no more for this one to be triggered. */
static enum acme_result again(struct authorizations *all, struct authorization *one, bool *settled)
{
	struct acme_answer answer = { .retry_after_s = -1 };
	enum acme_result result = authorization_fetch(all, one, &answer);
	struct json_value waiting;

	if (result != ACME_OK)
		return result;
	if (one->state == AUTHORIZATION_FAILED)
		return authorization_report(all, one, &answer);
	waiting = authorization_challenge(answer.root, proof_name(one->method), "pending");
	*settled = one->state == AUTHORIZATION_VALID || json_type(waiting) == JSON_ABSENT;
	return ACME_OK;
}

/*
 * A refusal need not mean anything: the server may have looked by itself, or
 * the answer to an earlier try was lost. What counts is what the authorization says.
 */
static enum acme_result trigger(struct authorizations *all, struct authorization *one,
                                int64_t *retry_after_s)
{
	enum acme_result result = ACME_OK, then;
	struct acme_answer answer = { .retry_after_s = -1 };
	bool settled = false;

	for (int i = 0; i < TRIGGER_TRIES && !settled; i++) {
		result = acme_post(all->a, ACME_BY_ACCOUNT, span_str(one->challenge_url),
		                   span_str("{}"), NULL, &answer);
		if (result == ACME_OK) {
			if (answer.retry_after_s > *retry_after_s)
				*retry_after_s = answer.retry_after_s;
			break;
		}
		then = again(all, one, &settled);
		if (then != ACME_OK)
			return then;
		if (result != ACME_TEMP && !settled)
			return result;
		if (settled || i + 1 < TRIGGER_TRIES)
			acme_forget(all->a);
	}
	if (result != ACME_OK && !settled)
		return result;
	one->idle = false;
	return ACME_OK;
}

enum acme_result authorizations_trigger(struct authorizations *all, int64_t *retry_after_s)
{
	*retry_after_s = -1;
	for (size_t i = 0; i < all->n; i++) {
		enum acme_result result = ACME_OK;

		if (all->list[i].idle)
			result = trigger(all, &all->list[i], retry_after_s);
		if (result != ACME_OK)
			return result;
	}
	return ACME_OK;
}

enum acme_result authorizations_look(struct authorizations *all)
{
	enum acme_result failed = ACME_OK;
	struct acme_answer answer = { .retry_after_s = -1 };

	for (size_t i = 0; i < all->n; i++) {
		struct authorization *one = &all->list[i];
		enum acme_result result;

		if (one->state == AUTHORIZATION_VALID)
			continue;
		result = authorization_fetch(all, one, &answer);
		if (result != ACME_OK)
			return authorization_worse(failed, result);
		if (one->state == AUTHORIZATION_FAILED)
			failed = authorization_worse(failed, authorization_report(all, one, &answer));
	}
	return failed;
}

bool authorizations_failed(const struct authorizations *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].state == AUTHORIZATION_FAILED)
			return true;
	return false;
}

void authorizations_valid(struct authorizations *all)
{
	for (size_t i = 0; i < all->n; i++)
		all->list[i].state = AUTHORIZATION_VALID;
}

void authorizations_end(struct authorizations *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct authorization *one = &all->list[i];

		if (!one->begun)
			continue;
		one->begun = false;
		/* Who called the hook has said already how it ended. */
		if (authorization_hook(all, one, one->state == AUTHORIZATION_VALID ? "done" : "failed") ==
		    ACME_HOOK_FAILED)
			acme_say(all->a, ACME_DETAIL, "%s: the hook could not clean up after %s",
			         one->name, proof_name(one->method));
	}
}
