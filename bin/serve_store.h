/*
 * serve_store: tls-serve as the owner of a certificate store, and as who answers challenges. What is
 * wrong with that ends the program with a message.
 */
#ifndef BIN_SERVE_STORE_H
#define BIN_SERVE_STORE_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/utc.h"
#include "serve_options.h"
#include "tls/certs.h"

/* ACME=0 leaves ACME out: then there is no challenge to answer. */
#ifndef ACME
#define ACME 1
#endif
#if ACME
#include "acme/alpn.h"
#endif

static void serve_say_key(const char *what, const struct credential *c)
{
	unsigned char text[64 + 2 * KEY_PIN_LEN];
	struct builder b;

	builder_init(&b, text, sizeof text);
	pins_print(&b, c->pin);
	builder_str(&b, ", good until ");
	utc_print(&b, c->not_after);
	prog_warn("%s: key %s", what, builder_ok(&b) ? builder_cstr(&b) : "?");
}

static void serve_bad(struct certs *c, const char *name, enum credential_result why, int error)
{
	bool system = why == CREDENTIAL_NO_CHAIN || why == CREDENTIAL_NO_KEY;

	(void)c;
	prog_warn("%s: %s%s%s: the certificate before stays, if there was one", name,
	          credential_strerror(why), system ? ": " : "", system ? strerror(error) : "");
}

static void serve_expired(struct certs *c, const char *name, const struct credential *credential)
{
	(void)c;
	(void)credential;
	prog_warn("%s: the certificate has expired, and is shown all the same", name);
}

static int serve_directory(const char *variable)
{
	const char *path = prog_env(variable);
	int fd;

	if (!path)
		prog_perm("%s is not set", variable);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		prog_perm("%s: %s: %s", variable, prog_text(span_str(path)), strerror(errno));
	return fd;
}

static void serve_store(struct server *server, const struct serve_options *o)
{
	static struct credential_agent agent;
	static struct certs certs;
	struct credential *first;

	agent.path = prog_env("KEYAGENT");
	certs.agent = agent.path ? &agent : NULL;
	certs.dir = serve_directory("CERTDIR");
	certs.strict = o->strict;
	certs.bad = serve_bad;
	certs.expired = serve_expired;
	if (!certs_init(&certs))
		prog_temp("randomness: %s", strerror(errno));
	server->certs = &certs;
	if (!serve_listens())
		return;
	if (!certs_any(&certs) && o->identity == SERVE_X509)
		prog_perm("CERTDIR: there is no certificate");
	if (!certs_any(&certs))
		prog_warn("CERTDIR: no certificate yet: only challenges are answered");
	if (!o->strict && certs_find(&certs, span_of(NULL, 0), span_of(NULL, 0), &first) == CERTS_FOUND) {
		serve_say_key("default", first);
		credential_drop(first);
	}
	/* A key is read by who uses it: a connection to an agent is not shared by workers. */
	certs_free(&certs);
}

#if ACME
static struct credential *serve_challenge(void *with, struct span name)
{
	return alpn_answer(with, name);
}

static int serve_acme(struct server *server)
{
	static struct alpn alpn;

	alpn.dir = serve_directory("CHAL_ALPN_DIR");
	if (!alpn_init(&alpn))
		prog_temp("randomness: %s", strerror(errno));
	server->challenge = serve_challenge;
	server->with = &alpn;
	return alpn.dir;
}
#else
static int serve_acme(struct server *server)
{
	(void)server;
	prog_perm("-i acme: this program was built without ACME (make ACME=0)");
}
#endif

#endif
