/* acme_words: what acme-account is told by options of its own. */
#ifndef BIN_ACME_WORDS_H
#define BIN_ACME_WORDS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "acme/account.h"
#include "acme/proof.h"
#include "acme_options.h"
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
	char caa_methods[128];
	bool agreed, caa;
	bool no_contacts; /* -m '' */
	bool given[128];  /* which option letters were */
} words = { .kind = { KEY_P256, 256 } };

/* A URL as it is; what has no scheme is somebody's mail address; an empty text stands for none. */
static void add_contact(const char *text)
{
	bool is_url = strncmp(text, "mailto:", 7) == 0 || strstr(text, "://");
	size_t n = words.n_contacts;
	int len;

	if (!*text) {
		words.no_contacts = true;
		return;
	}
	if (n == ACCOUNT_CONTACTS_MAX)
		prog_perm("-m: more than %d contacts", ACCOUNT_CONTACTS_MAX);
	len = snprintf(words.contact_urls[n], sizeof words.contact_urls[n], "%s%s",
	               is_url ? "" : "mailto:", text);
	if (len >= (int)sizeof words.contact_urls[n] || strpbrk(text, " \t\r\n,\"<>\\"))
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

/* Kept as they are given, since that is how they stand in a record. */
static void set_caa_methods(const char *text)
{
	struct span rest = span_str(text), word;
	bool good = *text && strlen(text) < sizeof words.caa_methods;
	enum proof_method method;

	while (good && span_split(&rest, ',', &word))
		good = proof_find(word, &method);
	if (!good || text[strlen(text) - 1] == ',')
		prog_perm("-M: not a list of challenge types: %s", prog_text(span_str(text)));
	memcpy(words.caa_methods, text, strlen(text) + 1);
}

static void own_option(int option, const char *value)
{
	words.given[option & 127] = true;
	if (option == 'C')
		words.caa = true;
	else if (option == 'y')
		words.agreed = true;
	else if (option == 'M')
		set_caa_methods(value);
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

/* Options stand before the command or behind it. */
static void read_options(struct acme_options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+" ACME_LETTERS "CE:M:e:k:m:y")) != -1)
		if (!acme_option(options, option, optarg))
			own_option(option, optarg);
}

/* Each command takes some of them: `letters`. */
static void check_words(const char *command, const char *letters)
{
	for (int i = 0; i < 128; i++)
		if (words.given[i] && !strchr(letters, i))
			prog_perm("%s: option -%c is not for this", command, i);
	if (words.no_contacts && (words.n_contacts > 0 || strcmp(command, "update") != 0))
		prog_perm("-m: not a contact: ");
	if (words.caa_methods[0] && !words.caa)
		prog_perm("-M: is of use with -C alone");
}

#endif
