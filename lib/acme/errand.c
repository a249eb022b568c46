/* What the client does about an account, and how it tells. */
#include "acme/errand.h"

#include <string.h>

#include "base/json.h"
#include "net/hostname.h"

enum { IDENTITIES_MAX = 32 };

static void line(struct builder *out, const char *name, const char *value)
{
	builder_str(out, name);
	builder_byte(out, ' ');
	builder_str(out, value);
	builder_byte(out, '\n');
}

/* The account is where the directory is, and its URL can stand in a CAA value (RFC 8657, 3). */
static bool may_be_published(const struct acme *a)
{
	struct url directory, account;

	return url_parse(&directory, span_str(a->directory_url)) &&
	       url_parse(&account, span_str(a->account_url)) && account.https == directory.https &&
	       account.port == directory.port && span_eq(account.host, directory.host) &&
	       !strpbrk(a->account_url, "\";\\");
}

static enum acme_result write_caa(struct acme *a, struct builder *out)
{
	static struct json_token tokens[IDENTITIES_MAX];
	struct json_value all, one;
	struct span name;
	struct json doc;
	size_t n = 0;

	if (!may_be_published(a))
		return acme_fail(a, ACME_PERM, "the account's URL %s is not at the directory's server",
		                 a->account_url);
	if (!json_read(&doc, a->directory.caa_identities, tokens, IDENTITIES_MAX))
		return acme_fail(a, ACME_PERM, "the directory names no CAA identities");
	all = json_root(&doc);
	for (one = json_first(all); json_type(one) != JSON_ABSENT; one = json_next(all, one)) {
		if (!json_text(one, &a->text, &name) || !hostname_ok(name))
			continue;
		builder_str(out, "0 issue \"");
		builder_add(out, name);
		builder_str(out, "; accounturi=");
		builder_str(out, a->account_url);
		builder_str(out, "\"\n");
		n++;
	}
	return n > 0 ? ACME_OK : acme_fail(a, ACME_PERM, "the directory names no CAA identities");
}

static enum acme_result write_account(struct acme *a, const struct account *account, bool caa,
                                      struct builder *out)
{
	builder_str(out, a->account_url);
	builder_byte(out, '\n');
	if (caa)
		return write_caa(a, out);
	line(out, "url", a->account_url);
	line(out, "status", account->status);
	for (size_t i = 0; i < account->n_contacts; i++)
		line(out, "contact", account->contact[i]);
	return ACME_OK;
}

enum acme_result errand_new(struct acme *a, void *errand, struct builder *result)
{
	const struct errand_new *e = errand;
	static struct account account;
	enum acme_result outcome;
	bool existed = false;

	if (e->request.terms_agreed && a->directory.terms_of_service[0])
		acme_say(a, ACME_STEP, "agreeing to %s", a->directory.terms_of_service);
	outcome = account_new(a, &e->request, &account, &existed);
	if (outcome != ACME_OK)
		return outcome;
	if (existed)
		acme_say(a, ACME_STEP, "this key has an account already");
	if (e->caa)
		return write_account(a, &account, true, result);
	builder_str(result, a->account_url);
	builder_byte(result, '\n');
	builder_str(result, a->account_url);
	builder_byte(result, '\n');
	return ACME_OK;
}

/* Known from before, or found by the key. */
static enum acme_result know_account(struct acme *a, struct account *account)
{
	return a->account_url[0] ? account_show(a, account) : account_find(a, account);
}

enum acme_result errand_show(struct acme *a, void *errand, struct builder *result)
{
	const struct errand_show *e = errand;
	static struct account account;
	enum acme_result outcome = ACME_OK;

	if (!e->update || !a->account_url[0])
		outcome = know_account(a, &account);
	if (outcome == ACME_OK && e->update)
		outcome = account_update(a, e->contacts, e->n_contacts, &account);
	return outcome == ACME_OK ? write_account(a, &account, e->caa, result) : outcome;
}

enum acme_result errand_can_roll(struct acme *a, void *nothing, struct builder *result)
{
	static struct account account;
	enum acme_result outcome;

	(void)nothing;
	if (!a->directory.key_change[0])
		return acme_fail(a, ACME_PERM, "the server offers no change of the account key");
	outcome = know_account(a, &account);
	builder_str(result, a->account_url);
	builder_byte(result, '\n');
	return outcome;
}

enum acme_result errand_rollover(struct acme *a, void *nothing, struct builder *result)
{
	static struct account account;
	enum acme_result outcome = account_rollover(a);
	size_t mark;

	(void)nothing;
	builder_str(result, a->account_url);
	builder_byte(result, '\n');
	if (outcome == ACME_OK || outcome == ACME_INTERNAL)
		return outcome;
	/* Only a signature by the old key that is accepted proves whose account it is. */
	mark = a->why.len;
	if (a->account_url[0] && account_show(a, &account) == ACME_OK) {
		a->why.len = mark;
		builder_str(result, "old\n");
	}
	return outcome;
}

enum acme_result errand_deactivate(struct acme *a, void *nothing, struct builder *result)
{
	static struct account account;
	enum acme_result outcome = ACME_OK;

	(void)nothing;
	if (!a->account_url[0])
		outcome = account_find(a, &account);
	if (outcome == ACME_OK)
		outcome = account_deactivate(a);
	builder_str(result, a->account_url);
	builder_byte(result, '\n');
	return outcome;
}

enum acme_result errand_revoke(struct acme *a, void *errand, struct builder *result)
{
	const struct errand_revoke *e = errand;
	static struct account account;
	enum acme_result outcome = ACME_OK;

	if (e->by == ACME_BY_ACCOUNT && !a->account_url[0])
		outcome = account_find(a, &account);
	builder_str(result, a->account_url);
	builder_byte(result, '\n');
	return outcome == ACME_OK ? account_revoke(a, e->by, e->certificate, e->reason) : outcome;
}

bool errand_split(struct span result, struct span *url, struct span *text)
{
	size_t end = span_find(result, '\n');

	for (size_t i = 0; i < result.len; i++)
		if ((result.p[i] < ' ' && result.p[i] != '\n') || result.p[i] > '~')
			return false;
	*url = span_head(result, end);
	*text = span_from(result, end + 1);
	return end < result.len && span_find(*url, ' ') == url->len && url->len < URL_MAX;
}
