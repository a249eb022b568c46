/*
 * serve_self: tls-serve as the owner of one key, with a certificate of its own making. What is wrong
 * with that ends the program with a message.
 */
#ifndef BIN_SERVE_SELF_H
#define BIN_SERVE_SELF_H

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "key_file.h"
#include "serve_options.h"
#include "tls/credential.h"
#include "tls/pem.h"
#include "tls/self_signed.h"

enum {
	SERVE_BEFORE_S = 3600,
	SERVE_DAY_S = 86400,
	SERVE_SELF_DAYS = 3650,
	SERVE_PEM_MAX = 2 * SELF_SIGNED_MAX
};

static void serve_self_names(struct name_set *names)
{
	char host[HOSTNAME_MAX + 1] = "";

	if (names->n > 0)
		return;
	if (gethostname(host, sizeof host - 1) < 0 || name_set_add(names, span_str(host)) != NAME_OK)
		name_set_add(names, span_str("localhost"));
}

static struct span serve_wrapper(struct builder *out, const struct key *key, struct name_set *names)
{
	struct self_signed what = { .names = names };

	serve_self_names(names);
	what.not_before = (int64_t)time(NULL) - SERVE_BEFORE_S;
	what.not_after = what.not_before + (int64_t)SERVE_SELF_DAYS * SERVE_DAY_S;
	if (!self_signed_write(out, key, &what))
		prog_perm("the certificate does not fit %d bytes", SELF_SIGNED_MAX);
	return builder_span(out);
}

/* Made once: key and certificate in one file, which is there whole or not at all. */
static void serve_make_self(struct serve_options *o)
{
	static unsigned char der[SELF_SIGNED_MAX], text[SERVE_PEM_MAX];
	struct builder certificate, pem;
	enum file_result r;
	struct key key;

	builder_init(&certificate, der, sizeof der);
	builder_init(&pem, text, sizeof text);
	if (!key_make(&key, (struct key_kind){ KEY_P256, 256 }))
		prog_temp("randomness: %s", strerror(errno));
	key_write(&key, &pem);
	pem_write(&pem, "CERTIFICATE", serve_wrapper(&certificate, &key, &o->names));
	r = builder_ok(&pem) ? file_create(AT_FDCWD, o->key_file, 0600, builder_span(&pem)) : FILE_TOO_LARGE;
	key_wipe(&key);
	explicit_bzero(text, sizeof text);
	/* Somebody else may have made it in the meantime: then it is that one. */
	if (r != FILE_OK && r != FILE_EXISTS)
		prog_perm("%s: %s", prog_text(span_str(o->key_file)), file_strerror(r));
}

static void serve_self(struct server *server, struct serve_options *o)
{
	static unsigned char text[SERVE_PEM_MAX];
	enum credential_result result;
	enum file_result r;
	size_t len;

	if (access(o->key_file, F_OK) < 0 && errno == ENOENT)
		serve_make_self(o);
	r = file_read(AT_FDCWD, o->key_file, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("%s: %s", prog_text(span_str(o->key_file)), file_strerror(r));
	result = credential_parse(&server->only, span_of(text, len));
	explicit_bzero(text, sizeof text);
	if (result != CREDENTIAL_OK)
		prog_perm("%s: %s", prog_text(span_str(o->key_file)), credential_strerror(result));
	if (server->only->not_after < time(NULL))
		prog_warn("self: the certificate has expired, and is shown all the same");
}

/* The certificate is no more than what TLS 1.2 wants around a key. */
static void serve_raw(struct server *server, struct serve_options *o)
{
	static unsigned char der[SELF_SIGNED_MAX];
	struct builder certificate;
	struct key key;

	key_file_read(&key, o->key_file);
	if (key.type != KEY_P256)
		prog_perm("%s: not a P-256 key", prog_text(span_str(o->key_file)));
	builder_init(&certificate, der, sizeof der);
	server->only = credential_of(serve_wrapper(&certificate, &key, &o->names), &key);
	key_wipe(&key);
	if (!server->only)
		prog_temp("out of memory");
}

#endif
