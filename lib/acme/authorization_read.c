/* What the server says about an authorization. */
#include <string.h>

#include "acme/authorization_parts.h"
#include "acme/problem.h"

static bool asked_for(const struct name_set *names, const char *text, bool wildcard)
{
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->name[i].text;

		if (wildcard == (strncmp(name, "*.", 2) == 0) &&
		    strcmp(wildcard ? name + 2 : name, text) == 0)
			return true;
	}
	return false;
}

/*
 * Whose it is: the identifier, compared as names are, and the wildcard flag.
 * Servers that forget the flag mean the wildcard when that alone was asked for.
 */
static bool identify(struct authorizations *all, struct authorization *one, struct json_value v)
{
	static struct name_set canonical;
	const struct name_set *names = all->request->names;
	struct json_value identifier = json_member(v, "identifier");
	bool wildcard = false;
	struct builder name;
	const char *text;
	struct span value;

	canonical.n = 0;
	json_boolean(json_member(v, "wildcard"), &wildcard);
	if (!json_text(json_member(identifier, "value"), &all->a->text, &value) ||
	    name_set_add(&canonical, value) != NAME_OK)
		return false;
	text = canonical.name[0].text;
	one->address = canonical.name[0].kind == CERT_IP;
	if (!json_is(json_member(identifier, "type"), one->address ? "ip" : "dns"))
		return false;
	if (strncmp(text, "*.", 2) == 0) {
		text += 2;
		wildcard = true;
	}
	if (!asked_for(names, text, wildcard)) {
		if (wildcard || !asked_for(names, text, true))
			return false;
		wildcard = true;
	}
	if (one->name[0])
		return one->wildcard == wildcard && strcmp(authorization_identifier(one), text) == 0;
	one->wildcard = wildcard;
	builder_init(&name, one->name, sizeof one->name);
	builder_str(&name, wildcard ? "*." : "");
	builder_str(&name, text);
	return builder_cstr(&name) != NULL;
}

static bool state_of(struct json_value v, enum authorization_state *state)
{
	static const struct {
		const char *word;
		enum authorization_state state;
	} words[] = {
		{ "pending", AUTHORIZATION_PENDING },     { "valid", AUTHORIZATION_VALID },
		{ "invalid", AUTHORIZATION_FAILED },      { "deactivated", AUTHORIZATION_FAILED },
		{ "expired", AUTHORIZATION_FAILED },      { "revoked", AUTHORIZATION_FAILED },
		/* What early drafts called it, and the life of a challenge. */
		{ "processing", AUTHORIZATION_PENDING },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (json_is(json_member(v, "status"), words[i].word)) {
			*state = words[i].state;
			return true;
		}
	return false;
}

enum acme_result authorization_fetch(struct authorizations *all, struct authorization *one,
                                     struct acme_answer *answer)
{
	struct acme *a = all->a;
	enum acme_result result = acme_post(a, ACME_BY_ACCOUNT, span_str(one->url),
	                                    span_of(NULL, 0), NULL, answer);
	struct json_value v;

	if (result != ACME_OK)
		return result;
	v = answer->root;
	if (!state_of(v, &one->state))
		return acme_fail(a, ACME_TEMP, "%s: not an authorization", one->url);
	if (!identify(all, one, v)) {
		one->state = AUTHORIZATION_UNKNOWN;
		return acme_fail(a, ACME_PERM, "%s: an authorization for a name not asked for",
		                 one->url);
	}
	return ACME_OK;
}

enum acme_result authorization_report(struct authorizations *all, struct authorization *one,
                                      const struct acme_answer *answer)
{
	struct json_value list = json_member(answer->root, "challenges"), v;
	enum acme_result result = ACME_OK;

	for (v = json_first(list); json_type(v) != JSON_ABSENT; v = json_next(list, v)) {
		struct json_value error = json_member(v, "error");
		unsigned char text[HOSTNAME_MAX + 64];
		struct builder subject;
		struct span type;
		struct problem problem;

		if (json_type(error) != JSON_OBJECT)
			continue;
		problem_read(&problem, error, 0);
		result = authorization_worse(result, problem.result);
		builder_init(&subject, text, sizeof text);
		builder_str(&subject, one->name);
		if (json_text(json_member(v, "type"), &all->a->text, &type)) {
			builder_byte(&subject, ' ');
			builder_add(&subject, span_head(type, ORDER_METHOD_NAME_MAX));
		}
		if (!one->reported)
			problem_explain(all->a, error, builder_span(&subject));
	}
	if (result == ACME_OK) {
		result = ACME_TEMP;
		if (!one->reported)
			acme_fail(all->a, result, "%s: the authorization has failed, for no reason told",
			          one->name);
	}
	one->reported = true;
	return result;
}
