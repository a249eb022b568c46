/* acme_words: what acme-account is told by options of its own. */
#ifndef BIN_ACME_WORDS_H
#define BIN_ACME_WORDS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "acme/account.h"
#include "base/prog.h"
#include "tls/key.h"

static struct account_words {
	const char *contacts[ACCOUNT_CONTACTS_MAX];
	char contact_urls[ACCOUNT_CONTACTS_MAX][256];
	size_t n_contacts;
	char external_id[256];
	const char *external_key;
	enum key_hash external_hash;
	struct key_kind kind;
	bool agreed, caa;
	bool given[128]; /* which option letters were */
} words;

/* A URL as it is; what has no scheme is somebody's mail address. */
static void add_contact(const char *text)
{
	bool is_url = strncmp(text, "mailto:", 7) == 0 || strstr(text, "://");
	size_t n = words.n_contacts;
	int len;

	if (n == ACCOUNT_CONTACTS_MAX)
		prog_perm("-m: more than %d contacts", ACCOUNT_CONTACTS_MAX);
	len = snprintf(words.contact_urls[n], sizeof words.contact_urls[n], "%s%s",
	               is_url ? "" : "mailto:", text);
	if (len >= (int)sizeof words.contact_urls[n] || !*text || strpbrk(text, " \t\r\n,\"<>\\"))
		prog_perm("-m: not a contact: %s", prog_text(span_str(text)));
	words.contacts[n] = words.contact_urls[n];
	words.n_contacts++;
}

/* kid:keyfile; the file's name is what is behind the last colon. */
static void set_external(const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	if (len == 0 || len >= sizeof words.external_id || !colon[1])
		prog_perm("-e: not kid:keyfile: %s", prog_text(span_str(text)));
	memcpy(words.external_id, text, len);
	words.external_id[len] = 0;
	words.external_key = colon + 1;
}

static void set_hash(const char *text)
{
	static const char *const names[] = { "HS256", "HS384", "HS512" };

	for (unsigned int i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(text, names[i]) == 0) {
			words.external_hash = (enum key_hash)i;
			return;
		}
	}
	prog_perm("-E: not HS256, HS384 or HS512: %s", prog_text(span_str(text)));
}

static void own_option(int option, const char *value)
{
	words.given[option & 127] = true;
	if (option == 'C')
		words.caa = true;
	else if (option == 'y')
		words.agreed = true;
	else if (option == 'm')
		add_contact(value);
	else if (option == 'e')
		set_external(value);
	else if (option == 'E')
		set_hash(value);
	else if (option == 'k' && !key_kind_parse(span_str(value), &words.kind))
		prog_perm("-k: not p256, p384, rsa2048, rsa3072 or rsa4096: %s",
		          prog_text(span_str(value)));
}

#endif
