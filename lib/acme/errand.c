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

/* Those in DNS, and no others. */
static bool is_for_wildcards(struct span method)
{
	return span_starts(method, "dns-");
}

/* "; validationmethods=..." (RFC 8657, 4), those for wildcards or all; how many they are. */
static size_t write_methods(struct builder *out, const char *methods, bool wildcard)
{
	struct span rest = span_str(methods), method;
	size_t n = 0;

	while (rest.len > 0 && span_split(&rest, ',', &method)) {
		if (wildcard && !is_for_wildcards(method))
			continue;
		builder_str(out, n++ == 0 ? "; validationmethods=" : ",");
		builder_add(out, method);
	}
	return n;
}

/* The value of a record for one CA, or (`name` empty) what is to be put behind its name. */
static void write_value(struct acme *a, struct builder *out, struct span name, const char *methods,
                        bool wildcard)
{
	builder_add(out, name);
	builder_str(out, name.len > 0 ? "; accounturi=" : "accounturi=");
	builder_str(out, a->account_url);
	(void)write_methods(out, methods, wildcard);
}

/* Where the methods allow no wildcard, nobody is to issue any. */
static void write_records(struct acme *a, struct builder *out, struct span name, const char *methods)
{
	unsigned char bytes[256];
	struct builder unused;

	builder_str(out, "0 issue \"");
	write_value(a, out, name, methods, false);
	builder_str(out, "\"\n0 issuewild \"");
	builder_init(&unused, bytes, sizeof bytes);
	if (!methods[0] || write_methods(&unused, methods, true) > 0)
		write_value(a, out, name, methods, true);
	else
		builder_byte(out, ';');
	builder_str(out, "\"\n");
}

static enum acme_result write_caa(struct acme *a, struct builder *out, const char *methods)
{
	static struct json_token tokens[IDENTITIES_MAX];
	struct span name = { NULL, 0 };
	struct json_value all, one;
	struct json doc;
	size_t n = 0;

	if (!may_be_published(a))
		return acme_fail(a, ACME_PERM, "the account's URL %s is not at the directory's server",
		                 a->account_url);
	if (json_read(&doc, a->directory.caa_identities, tokens, IDENTITIES_MAX)) {
		all = json_root(&doc);
		for (one = json_first(all); json_type(one) != JSON_ABSENT; one = json_next(all, one)) {
			if (!json_text(one, &a->text, &name) || !hostname_ok(name))
				continue;
			write_records(a, out, name, methods);
			n++;
		}
	}
	if (n > 0)
		return ACME_OK;
	acme_say(a, ACME_WARNING, "the directory names no CAA identities: what is printed belongs "
	                          "behind the CA's name and \"; \"");
	write_value(a, out, span_str(""), methods, false);
	builder_byte(out, '\n');
	return ACME_OK;
}

/* `caa`: its methods, or NULL: the account itself. */
static enum acme_result write_account(struct acme *a, const struct account *account,
                                      const char *caa, struct builder *out)
{
	builder_str(out, a->account_url);
	builder_byte(out, '\n');
	if (caa)
		return write_caa(a, out, caa);
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
		return write_account(a, &account, e->caa, result);
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
