/*
 * chal_exec: which hook of another client is run, and with what words.
 *
 *   dehydrated   hook deploy_challenge|clean_challenge domain token auth
 *   acme.sh      helper script add|rm record auth
 *   lego         program present|cleanup record. auth
 */
#ifndef BIN_CHAL_EXEC_H
#define BIN_CHAL_EXEC_H

#include <bearssl.h>
#include <limits.h>

#include "base/base64.h"
#include "chal_dns.h"
#include "servers.h"
#include "tls/names.h"

enum { CHAL_EXEC_LIMIT_S = 120, CHAL_EXEC_LIMIT_MAX_S = 3600, CHAL_EXEC_GRACE_MS = 5000, CHAL_EXEC_WORDS_MAX = 8, CHAL_EXEC_DIGEST_TEXT_MAX = 64 };

enum chal_exec_kind { DEHYDRATED, ACME_SH, LEGO };

static const char *const chal_exec_kinds[] = { [DEHYDRATED] = "dehydrated",
	                             [ACME_SH] = "acme.sh",
	                             [LEGO] = "lego" };

struct chal_exec {
	enum chal_exec_kind kind;
	const char *program;           /* the hook, the script, the program */
	const char *helper;            /* what gives acme.sh's scripts their functions */
	const char *ident;
	int64_t limit_ms;
	bool dns;
	struct chal_dns call;
	char fqdn[DNS_NAME_MAX + 2]; /* the record's name with a final dot */
	struct dns_servers resolvers;
};

/* False for a method that is not in CHAL_EXEC_METHODS; the end for one there that cannot be. */
static bool chal_exec_ours(const struct chal_exec *s, struct span method)
{
	const char *text = prog_env("CHAL_EXEC_METHODS");
	struct span rest = span_str(text ? text : "dns-01"), word;
	bool listed = false;

	while (span_split(&rest, ' ', &word))
		listed |= word.len > 0 && span_eq(word, method);
	if (!listed)
		return false;
	if (span_is(method, "dns-01") || (span_is(method, "http-01") && s->kind == DEHYDRATED) ||
	    ((span_is(method, "dns-account-01") || span_is(method, "dns-persist-01")) &&
	     (s->kind == ACME_SH || s->kind == LEGO)))
		return true;
	prog_perm("CHAL_EXEC_METHODS: not for %s: %s", chal_exec_kinds[s->kind], prog_text(method));
}

static void chal_exec_read_kind(struct chal_exec *s)
{
	const char *text = prog_env("CHAL_EXEC_KIND");
	size_t i = 0;

	if (!text)
		prog_perm("CHAL_EXEC_KIND is not set");
	while (i < sizeof chal_exec_kinds / sizeof *chal_exec_kinds && strcmp(text, chal_exec_kinds[i]) != 0)
		i++;
	if (i == sizeof chal_exec_kinds / sizeof *chal_exec_kinds)
		prog_perm("CHAL_EXEC_KIND: none of dehydrated, acme.sh and lego: %s",
		          prog_text(span_str(text)));
	s->kind = (enum chal_exec_kind)i;
}

/* Where the helper is installed, seen from this program. */
static const char *chal_exec_default_helper(void)
{
	static const char helper[] = "/../share/postern/hooks/acme-sh-env";
	static char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof helper);

	while (len > 0 && path[len - 1] != '/')
		len--;
	if (len <= 0)
		prog_perm("CHAL_EXEC_HELPER is not set");
	memcpy(path + len - 1, helper, sizeof helper);
	return path;
}

static void chal_exec_read_environment(struct chal_exec *s)
{
	const char *limit = prog_env("CHAL_EXEC_TIMEOUT");

	s->program = prog_env("CHAL_EXEC");
	if (!s->program)
		prog_perm("CHAL_EXEC is not set");
	s->helper = prog_env("CHAL_EXEC_HELPER");
	if (!s->helper && s->kind == ACME_SH)
		s->helper = chal_exec_default_helper();
	s->limit_ms = CHAL_EXEC_LIMIT_S * INT64_C(1000);
	if (limit)
		s->limit_ms = (int64_t)prog_number("CHAL_EXEC_TIMEOUT", limit, 1, CHAL_EXEC_LIMIT_MAX_S) * 1000;
	servers_open(&s->resolvers);
}

/* Nothing of what comes from a CA becomes an option, a path or half of one. */
static void chal_exec_check(struct chal_exec *s)
{
	static struct name_set names;
	const struct chal *call = &s->call.call;

	if (name_set_add(&names, call->ident) != NAME_OK || names.name[0].text[0] == '*')
		prog_perm("neither a name nor an address: %s", prog_text(call->ident));
	s->ident = names.name[0].text;
	s->dns = chal_dns_open(&s->call);
	if (s->dns)
		return;
	if (!token_ok(call->token))
		prog_perm("not a token (1 to 128 digits of base64url): %s", prog_text(call->token));
	if (!token_authorization_ok(call->auth, call->token))
		prog_perm("not a key authorization of that token: %s", prog_text(call->auth));
}

static void chal_exec_words(const struct chal_exec *s, bool begin, const char *words[CHAL_EXEC_WORDS_MAX])
{
	const char *verb = begin ? "present" : "cleanup", *auth = s->call.call.argv[4];
	const char *record = s->fqdn;
	size_t n = 0;

	if (s->kind == ACME_SH)
		words[n++] = s->helper;
	words[n++] = s->program;
	switch (s->kind) {
	case DEHYDRATED:
		words[n++] = begin ? "deploy_challenge" : "clean_challenge";
		words[n++] = s->ident;
		words[n++] = s->call.call.argv[3];
		words[n++] = auth;
		break;
	case ACME_SH:
		words[n++] = begin ? "add" : "rm";
		words[n++] = record;
		words[n++] = auth;
		break;
	case LEGO:
		words[n++] = verb;
		words[n++] = record;
		words[n++] = auth;
		break;
	}
	words[n] = NULL;
}

#endif
