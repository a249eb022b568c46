/* Which challenge is met, and how the hook is told. */
#include <string.h>

#include "acme/authorization_parts.h"
#include "base/log.h"

struct json_value authorization_challenge(struct json_value authorization, const char *method,
                                          const char *status)
{
	struct json_value challenges = json_member(authorization, "challenges"), v;

	for (v = json_first(challenges); json_type(v) != JSON_ABSENT; v = json_next(challenges, v)) {
		struct json_value said = json_member(v, "status");

		if (json_is(json_member(v, "type"), method) &&
		    (json_is(said, status) ||
		     (json_type(said) == JSON_ABSENT && strcmp(status, "pending") == 0)))
			return v;
	}
	return v;
}

enum acme_hook_answer authorization_hook(struct authorizations *all,
                                         const struct authorization *one, const char *verb)
{
	const struct acme_outside *outside = all->a->outside;
	const char *method = proof_name(one->method), *identifier = authorization_identifier(one);

	if (!outside->hook)
		return ACME_HOOK_DECLINED;
	acme_say(all->a, ACME_DETAIL, "hook %s %s %s", verb, method, identifier);
	return outside->hook(outside->context, verb, method, identifier, one->proof.token,
	                     one->proof.auth, one->proof.record);
}

static bool prove(struct authorizations *all, struct authorization *one, struct json_value challenge)
{
	const struct proof_question question = {
		.method = one->method,
		.identifier = span_str(authorization_identifier(one)),
		.wildcard = one->wildcard,
		.address = one->address,
		.thumbprint = span_str(all->thumbprint),
		.account_url = span_str(all->a->account_url),
		.directory_url = span_str(all->a->directory_url),
		.challenge = challenge,
	};
	enum proof_result result = proof_make(&one->proof, &question);

	if (result == PROOF_OK && acme_member_url(all->a, span_str(one->url), challenge, "url",
	                                          one->challenge_url))
		return true;
	acme_say(all->a, ACME_WARNING, "%s: %s is passed over: %s", one->name, proof_name(one->method),
	         result == PROOF_OK ? "the challenge has no usable URL" : proof_strerror(result));
	return false;
}

/* Has the hook publish what one challenge wants. */
static enum acme_hook_answer offer(struct authorizations *all, struct authorization *one,
                                   struct json_value challenge, bool idle)
{
	enum acme_hook_answer answer;

	if (!prove(all, one, challenge))
		return ACME_HOOK_DECLINED;
	answer = authorization_hook(all, one, "begin");
	/* A hook that failed may have left something behind: it is told the end, too. */
	one->begun = answer != ACME_HOOK_DECLINED;
	one->later = answer == ACME_HOOK_LATER;
	one->idle = (answer == ACME_HOOK_DONE || one->later) && idle;
	return answer;
}

static enum acme_result no_method(struct authorizations *all, const struct authorization *one,
                                  struct json_value challenges)
{
	unsigned char text[512];
	struct builder offered;
	struct json_value v;
	struct span type;

	builder_init(&offered, text, sizeof text);
	for (v = json_first(challenges); json_type(v) != JSON_ABSENT && offered.len < 400;
	     v = json_next(challenges, v))
		if (json_text(json_member(v, "type"), &all->a->text, &type)) {
			builder_str(&offered, offered.len > 0 ? ", " : "");
			log_field(&offered, span_head(type, ORDER_METHOD_NAME_MAX / 2),
			          ORDER_METHOD_NAME_MAX / 2);
		}
	return acme_fail(all->a, ACME_PERM,
	                 "%s: no challenge that the hook takes; the server offers: %.*s", one->name,
	                 (int)offered.len, (const char *)text);
}

/* A challenge the server is at already comes first: an earlier run triggered it. */
enum acme_result authorization_choose(struct authorizations *all, struct authorization *one,
                                      const struct acme_answer *answer)
{
	static const char *const statuses[] = { "processing", "pending" };
	const struct order_request *request = all->request;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < request->n_methods; i++) {
			struct json_value v = authorization_challenge(answer->root, request->methods[i],
			                                              statuses[k]);

			if (json_type(v) == JSON_ABSENT ||
			    !proof_find(span_str(request->methods[i]), &one->method))
				continue;
			switch (offer(all, one, v, k == 1)) {
			case ACME_HOOK_DONE:
			case ACME_HOOK_LATER:
				return ACME_OK;
			case ACME_HOOK_DECLINED:
				break;
			case ACME_HOOK_FAILED:
				return acme_fail(all->a, ACME_TEMP, "%s: the hook failed for %s",
				                 one->name, proof_name(one->method));
			}
		}
	return no_method(all, one, json_member(answer->root, "challenges"));
}
