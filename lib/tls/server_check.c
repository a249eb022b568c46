/* The judgement over a client's certificate. */
#include "tls/server_check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tls/curve.h"
#include "tls/purpose.h"
#include "tls/verify.h"

struct server_check {
	const br_x509_class *vtable; /* first: BearSSL sees this alone */
	br_ssl_engine_context *engine;
	const struct server *server;
	const char *why;      /* the judge did not believe it */
	bool anchored, accepted;
	br_x509_minimal_context chain; /* with anchors */
	size_t n_certs;
	unsigned int refused; /* an error that BearSSL does not look for; 0: none so far */
	bool whole;           /* the first is here, and is a certificate */
	br_x509_pkey key;     /* its key, which points into it */
	size_t leaf_len, issuer_len;
	unsigned char leaf[CERT_MAX], issuer[CERT_MAX];
};

static struct server_check *check_of(const br_x509_class **context)
{
	return (struct server_check *)(void *)context;
}

static void start_chain(const br_x509_class **context, const char *name)
{
	struct server_check *check = check_of(context);

	(void)name;
	check->n_certs = check->leaf_len = 0;
	check->refused = 0;
	check->whole = check->accepted = false;
	check->why = NULL;
	if (check->anchored)
		check->chain.vtable->start_chain(&check->chain.vtable, NULL);
}

/*
 * With the flag that lets clients without a certificate in, BearSSL lets those in too whose
 * certificate was refused here, and passes over what should prove their key. Who shows one is
 * held to it.
 */
static void start_cert(const br_x509_class **context, uint32_t len)
{
	struct server_check *check = check_of(context);

	br_ssl_engine_remove_flags(check->engine, BR_OPT_TOLERATE_NO_CLIENT_AUTH);
	check->n_certs++;
	check->issuer_len = 0;
	if (check->anchored)
		check->chain.vtable->start_cert(&check->chain.vtable, len);
}

static void append(const br_x509_class **context, const unsigned char *bytes, size_t len)
{
	struct server_check *check = check_of(context);
	size_t *at = check->n_certs == 1 ? &check->leaf_len : &check->issuer_len;

	if (len > CERT_MAX - *at)
		check->refused = BR_ERR_X509_LIMIT_EXCEEDED;
	if (check->refused)
		return;
	memcpy((check->n_certs == 1 ? check->leaf : check->issuer) + *at, bytes, len);
	*at += len;
	if (check->anchored)
		check->chain.vtable->append(&check->chain.vtable, bytes, len);
}

/* Of what is no more than the wrapper of a key only that counts. */
static unsigned int judge(struct server_check *check, bool first)
{
	struct span der = first ? span_of(check->leaf, check->leaf_len)
	                        : span_of(check->issuer, check->issuer_len);
	struct cert cert;

	if (!cert_read(&cert, der))
		return BR_ERR_X509_INVALID_VALUE;
	if (check->anchored && !purpose_allows(&cert, PURPOSE_CLIENT))
		return BR_ERR_X509_FORBIDDEN_KEY_USAGE;
	if (!first)
		return 0;
	if (!public_key_lend(cert.spki, &check->key))
		return BR_ERR_X509_UNSUPPORTED;
	check->whole = true;
	return 0;
}

static void end_cert(const br_x509_class **context)
{
	struct server_check *check = check_of(context);

	if (!check->refused && (check->n_certs == 1 || check->anchored))
		check->refused = judge(check, check->n_certs == 1);
	if (check->anchored)
		check->chain.vtable->end_cert(&check->chain.vtable);
}

static bool hashes(const struct server_check *check, unsigned char hash[KEY_PIN_LEN],
                   unsigned char pin[KEY_PIN_LEN])
{
	struct span leaf = span_of(check->leaf, check->leaf_len);
	struct cert cert;

	if (!check->whole || !cert_read(&cert, leaf))
		return false;
	key_hash(KEY_SHA256, leaf, hash);
	key_pin(cert.spki, pin);
	return true;
}

static bool pinned(const struct server_check *check)
{
	const struct pins *pins = check->server->pins;
	unsigned char hash[KEY_PIN_LEN], pin[KEY_PIN_LEN];

	if (!pins)
		return true;
	if (!hashes(check, hash, pin))
		return false;
	for (size_t i = 0; i < pins->n; i++)
		if (memcmp(pin, pins->pin[i], sizeof pin) == 0)
			return true;
	return false;
}

/* Asked last: it may take its time. */
static bool judged(struct server_check *check)
{
	const struct server *server = check->server;

	if (server->judge)
		check->why = server->judge(server->judge_with, span_of(check->leaf, check->leaf_len));
	return !check->why;
}

static unsigned int end_chain(const br_x509_class **context)
{
	struct server_check *check = check_of(context);
	unsigned int error = 0;

	if (check->anchored)
		error = check->chain.vtable->end_chain(&check->chain.vtable);
	if (check->refused)
		return check->refused;
	if (error)
		return error;
	if (!check->whole)
		return BR_ERR_X509_EMPTY_CHAIN;
	check->accepted = pinned(check) && judged(check);
	return check->accepted ? 0 : BR_ERR_X509_NOT_TRUSTED;
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *context, unsigned int *usages)
{
	const struct server_check *check = (const struct server_check *)(const void *)context;

	if (check->anchored)
		return check->chain.vtable->get_pkey(&check->chain.vtable, usages);
	if (usages)
		*usages = BR_KEYTYPE_SIGN;
	return &check->key;
}

static const br_x509_class check_class = {
	.context_size = sizeof(struct server_check),
	.start_chain = start_chain,
	.start_cert = start_cert,
	.append = append,
	.end_cert = end_cert,
	.end_chain = end_chain,
	.get_pkey = get_pkey,
};

struct server_check *server_check_new(const struct server *server, br_ssl_engine_context *engine)
{
	struct server_check *check = malloc(sizeof *check);

	if (!check)
		return NULL;
	memset(check, 0, offsetof(struct server_check, leaf));
	check->vtable = &check_class;
	check->engine = engine;
	check->server = server;
	check->anchored = server->anchors != NULL;
	if (check->anchored)
		verify_init(&check->chain, server->anchors, (int64_t)time(NULL), &curve_ec, curve_verify_asn1);
	return check;
}

const br_x509_class **server_check_class(struct server_check *check)
{
	return &check->vtable;
}

bool server_check_peer(const struct server_check *check, unsigned char hash[KEY_PIN_LEN],
                       unsigned char pin[KEY_PIN_LEN])
{
	return check->accepted && hashes(check, hash, pin);
}

const char *server_check_why(const struct server_check *check)
{
	return check->why;
}
