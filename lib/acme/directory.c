/* The directory (RFC 8555, 7.1.1) and the URLs that come out of objects. */
#include "acme/acme.h"

#include <string.h>

#include "acme/exchange.h"
#include "acme/problem.h"
#include "base/log.h"

static const struct {
	const char *word, *url;
} known[] = {
	{ "production", "https://acme-v02.api.letsencrypt.org/directory" },
	{ "staging", "https://acme-staging-v02.api.letsencrypt.org/directory" },
};

bool acme_directory_url(struct builder *out, struct span text)
{
	struct url url;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_is(text, known[i].word)) {
			builder_str(out, known[i].url);
			return builder_ok(out);
		}
	if (!url_parse(&url, text))
		return false;
	builder_add(out, span_head(text, span_find(text, '#')));
	/* The path that is not written is "/" (RFC 9110, 4.2.3). */
	if (url.path.p == url_root.p && url.query.len == 0)
		builder_byte(out, '/');
	return builder_ok(out);
}

bool acme_url(struct acme *a, struct span base, struct span reference, char *url)
{
	struct builder b;

	builder_init(&b, url, URL_MAX);
	if (reference.len > 0 && url_resolve(&b, base, reference) &&
	    acme_may_ask(a, builder_span(&b)) && builder_cstr(&b))
		return true;
	url[0] = 0;
	return false;
}

bool acme_member_url(struct acme *a, struct span base, struct json_value object, const char *name,
                     char *url)
{
	struct span text;

	url[0] = 0;
	return json_text(json_member(object, name), &a->text, &text) &&
	       acme_url(a, base, text, url);
}

/* A member that is only shown, escaped: whatever string it is. */
static void shown(struct acme *a, struct json_value object, const char *name, char *to)
{
	struct builder b;
	struct span text;

	to[0] = 0;
	if (!json_text(json_member(object, name), &a->text, &text))
		return;
	builder_init(&b, to, URL_MAX);
	log_hostile(&b, text, URL_MAX);
	if (builder_cstr(&b))
		return;
	builder_init(&b, to, URL_MAX);
	log_hostile(&b, text, URL_MAX / 4 - 4);
	(void)builder_cstr(&b);
}

/* A member of this type as it is spelled, kept in the directory's own storage; or nothing. */
static struct span kept(struct builder *store, struct json_value object, const char *name,
                        enum json_type type)
{
	struct json_value v = json_member(object, name);
	struct span text = json_source(v);
	unsigned char *at;

	if (json_type(v) != type || text.len > store->cap - store->len)
		return (struct span){ NULL, 0 };
	at = builder_take(store, text.len);
	memcpy(at, text.p, text.len);
	return span_of(at, text.len);
}

static enum acme_result take_directory(struct acme *a, const struct acme_answer *answer)
{
	struct acme_directory *d = &a->directory;
	const struct span base = span_str(a->directory_url);
	struct json_value root = answer->root, meta = json_member(root, "meta");
	struct builder store;

	if (!acme_member_url(a, base, root, "newNonce", d->new_nonce) ||
	    !acme_member_url(a, base, root, "newAccount", d->new_account) ||
	    !acme_member_url(a, base, root, "newOrder", d->new_order))
		return acme_fail(a, ACME_PERM, "%s is no ACME directory%s", a->directory_url,
		                 json_type(root) == JSON_OBJECT ?
		                         ": newNonce, newAccount or newOrder is no URL that may be asked" :
		                         ": it is no JSON object");
	(void)acme_member_url(a, base, root, "revokeCert", d->revoke_cert);
	(void)acme_member_url(a, base, root, "keyChange", d->key_change);
	(void)acme_member_url(a, base, root, "renewalInfo", d->renewal_info);
	shown(a, meta, "termsOfService", d->terms_of_service);
	shown(a, meta, "website", d->website);
	d->external_account_required = false;
	(void)json_boolean(json_member(meta, "externalAccountRequired"),
	                   &d->external_account_required);
	builder_init(&store, d->store, sizeof d->store);
	d->profiles = kept(&store, meta, "profiles", JSON_OBJECT);
	d->caa_identities = kept(&store, meta, "caaIdentities", JSON_ARRAY);
	return ACME_OK;
}

static bool redirected(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void clear(struct acme *a, const struct acme_outside *outside)
{
	a->outside = outside;
	a->directory_url[0] = a->account_url[0] = a->nonce[0] = a->problem_type[0] = 0;
	a->requests = 0;
	a->clock_skew_s = 0;
	a->skew_warned = false;
	a->status = 0;
	for (size_t i = 0; i < sizeof a->keys / sizeof *a->keys; i++)
		a->keys[i].known = false;
	acme_forget(a);
}

enum acme_result acme_open(struct acme *a, const struct acme_outside *outside, struct span url)
{
	struct builder b;
	struct acme_answer answer;
	enum acme_result result;

	clear(a, outside);
	builder_init(&b, a->directory_url, sizeof a->directory_url);
	if (!acme_directory_url(&b, url) || !builder_cstr(&b)) {
		a->directory_url[0] = 0;
		return acme_fail(a, ACME_PERM, "the directory is no https or http URL");
	}
	acme_say(a, ACME_STEP, "asking for the directory %s", a->directory_url);
	for (int n = 0; n <= ACME_REDIRECTS_MAX; n++) {
		result = exchange_ask(a, "GET", span_str(a->directory_url), &answer);
		if (result != ACME_OK)
			return result;
		if (answer.head->status == 200)
			return take_directory(a, &answer);
		if (!redirected(answer.head->status))
			return problem_of_answer(a, span_str(a->directory_url), &answer);
		if (!answer.location[0])
			return acme_fail(a, ACME_PERM, "%s: a redirect to nowhere we may go",
			                 a->directory_url);
		memcpy(a->directory_url, answer.location, sizeof a->directory_url);
	}
	return acme_fail(a, ACME_PERM, "%s: more than %d redirects", a->directory_url,
	                 ACME_REDIRECTS_MAX);
}
