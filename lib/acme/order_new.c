/* What a new order is told, and what it would be told. */
#include "acme/order_parts.h"

#include <string.h>

#include "base/log.h"

enum { PROFILE_TOKENS = 1024, SHOWN_MAX = 256 };

bool order_method_known(struct span method)
{
	enum proof_method found;

	return proof_find(method, &found);
}

static const char *type_of(const struct name_set *names, size_t i)
{
	return names->name[i].kind == CERT_IP ? "ip" : "dns";
}

static void member(struct builder *out, const char *name, const char *value)
{
	builder_str(out, ",\"");
	builder_str(out, name);
	builder_str(out, "\":");
	json_write_string(out, span_str(value));
}

bool order_payload(struct builder *out, const struct order_request *request, bool replaces)
{
	const struct name_set *names = request->names;

	builder_str(out, "{\"identifiers\":[");
	for (size_t i = 0; i < names->n; i++) {
		builder_str(out, i > 0 ? ",{\"type\":\"" : "{\"type\":\"");
		builder_str(out, type_of(names, i));
		builder_str(out, "\",\"value\":");
		json_write_string(out, span_str(names->name[i].text));
		builder_byte(out, '}');
	}
	builder_byte(out, ']');
	if (request->profile)
		member(out, "profile", request->profile);
	if (replaces)
		member(out, "replaces", request->replaces);
	builder_byte(out, '}');
	return builder_ok(out);
}

static bool has_name(const struct name_set *set, const char *text)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->name[i].text, text) == 0)
			return true;
	return false;
}

/* No name is twice in a set. */
bool order_same_names(const struct name_set *a, const struct name_set *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!has_name(b, a->name[i].text))
			return false;
	return a->n == b->n;
}

bool order_is_for(struct acme *a, struct json_value order, const struct name_set *names,
                  bool *absent)
{
	static struct name_set said;
	struct json_value list = json_member(order, "identifiers"), v;

	*absent = json_count(list) == 0;
	said.n = 0;
	for (v = json_first(list); json_type(v) != JSON_ABSENT; v = json_next(list, v)) {
		struct span text;
		enum name_result result;

		if (!json_text(json_member(v, "value"), &a->text, &text))
			return false;
		result = name_set_add(&said, text);
		if (result != NAME_OK && result != NAME_TWICE)
			return false;
	}
	return order_same_names(&said, names);
}

/* The directory's profiles: name and description. */
static struct json_value profiles(const struct acme *a)
{
	static struct json_token tokens[PROFILE_TOKENS];
	static struct json doc;

	if (a->directory.profiles.len == 0 ||
	    !json_read(&doc, a->directory.profiles, tokens, PROFILE_TOKENS))
		return (struct json_value){ NULL, -1 };
	return json_root(&doc);
}

static bool profile_is(struct acme *a, struct json_value name, const char *wanted)
{
	struct span text;

	return json_text(name, &a->text, &text) && span_is(text, wanted);
}

static enum acme_result check_profile(struct acme *a, const char *wanted)
{
	struct json_value all = profiles(a), v;
	unsigned char text[1024];
	struct builder names;
	struct span name;

	builder_init(&names, text, sizeof text);
	for (v = json_first(all); json_type(v) != JSON_ABSENT; v = json_next(all, v)) {
		if (profile_is(a, json_name(all, v), wanted))
			return ACME_OK;
		if (names.len > sizeof text / 2 || !json_text(json_name(all, v), &a->text, &name))
			continue;
		builder_str(&names, names.len > 0 ? ", " : "");
		log_field(&names, span_head(name, 64), 64);
	}
	if (names.len == 0)
		return acme_fail(a, ACME_PERM, "the server offers no profiles");
	return acme_fail(a, ACME_PERM, "the server offers no such profile, but: %.*s",
	                 (int)names.len, (const char *)text);
}

enum acme_result order_check(struct acme *a, const struct order_request *request)
{
	if (request->names->n == 0)
		return acme_fail(a, ACME_INTERNAL, "an order for no name");
	for (size_t i = 0; i < request->n_methods; i++)
		if (!order_method_known(span_str(request->methods[i])))
			return acme_fail(a, ACME_PERM, "not a challenge method known here");
	return request->profile ? check_profile(a, request->profile) : ACME_OK;
}

bool order_key_is_its_own(struct acme *a, struct span spki)
{
	const struct public_key *account = acme_public_key(a, ACME_ACCOUNT_KEY);
	struct public_key key;

	if (!account)
		return false;
	if (!public_key_parse(&key, spki) || key.type != account->type ||
	    !span_eq(key.point, account->point) || !span_eq(key.modulus, account->modulus))
		return true;
	(void)acme_fail(a, ACME_PERM, "the certificate request has the account's key");
	return false;
}

static void line(struct builder *out, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	builder_str(out, key);
	builder_byte(out, ' ');
	log_hostile(out, span_str(value), URL_MAX);
	builder_byte(out, '\n');
}

static void describe_profiles(struct acme *a, struct builder *out)
{
	struct json_value all = profiles(a), v;

	for (v = json_first(all); json_type(v) != JSON_ABSENT; v = json_next(all, v)) {
		struct span name, description;

		if (!json_text(json_name(all, v), &a->text, &name))
			continue;
		builder_str(out, "offers-profile ");
		log_field(out, name, SHOWN_MAX);
		if (json_text(v, &a->text, &description) && description.len > 0) {
			builder_byte(out, ' ');
			log_hostile(out, description, SHOWN_MAX);
		}
		builder_byte(out, '\n');
	}
}

enum acme_result order_describe(struct acme *a, const struct order_request *request,
                                struct builder *out)
{
	const struct name_set *names = request->names;
	enum acme_result result = order_check(a, request);

	line(out, "directory", a->directory_url);
	line(out, "account", a->account_url);
	line(out, "continues", request->resume_url);
	for (size_t i = 0; i < names->n; i++)
		line(out, names->name[i].kind == CERT_IP ? "name ip" : "name dns", names->name[i].text);
	for (size_t i = 0; i < request->n_methods; i++)
		line(out, "method", request->methods[i]);
	line(out, "profile", request->profile);
	line(out, "replaces", request->replaces);
	line(out, "preferred-issuer", request->preferred_issuer);
	describe_profiles(a, out);
	if (result == ACME_OK && !builder_ok(out))
		return acme_fail(a, ACME_INTERNAL, "no room to describe the order");
	return result;
}
