/*
 * issuance: a certificate for a name, from the store it is in, by an order, back
 * into the store, and to its deploy hook. Main's side of it all; what is hostile
 * is looked at in other processes (acme/session.h, acme/inspect.h).
 *
 *   issuance_open -> issuance_judge -> issuance_order -> issuance_deploy
 *
 * Results are those of enum acme_result with `why`, lines in printable ASCII.
 */
#ifndef ACME_ISSUANCE_H
#define ACME_ISSUANCE_H

#include <stdbool.h>

#include "acme/deploy.h"
#include "acme/due.h"
#include "acme/inspect.h"
#include "acme/order.h"
#include "acme/pending.h"
#include "acme/session.h"
#include "acme/state.h"
#include "tls/store.h"

struct issuance_setting {
	struct session_setting session;  /* directory, account, hook, deadline, notes */
	const char *store;               /* path of the store */
	const struct name_set *names;    /* the first is the store's name for it */
	const char *const *methods;
	size_t n_methods;
	const char *profile, *issuer;    /* or NULL */
	struct key_kind kind;            /* of a new key */
	bool must_staple;                /* OCSP must-staple (RFC 7633) is asked for */
	bool reuse_key;                  /* take the current version's, where it has one */
	struct span request;             /* made elsewhere (DER), or empty */
};

/* Large: static storage. */
struct issuance {
	const struct issuance_setting *setting;
	struct store store;
	struct state state;
	struct inspect_leaf leaf;        /* of the current version */
	bool has_leaf;
	int current;                     /* its directory; -1: there is none */
	char version[STORE_VERSION_MAX]; /* its name */
	struct pending pending;
	struct pending_wish wish;
};

/*
 * Looks at what is in the store; with `lock` takes the lock, and finds out that the
 * store can be written to, before a CA hears of anything.
 */
enum acme_result issuance_open(struct issuance *i, const struct issuance_setting *setting,
                               bool lock, struct builder *why);

/* Whether there is something to order. `deploy`: there is a deploy hook, and it is not done. */
void issuance_judge(struct issuance *i, struct due *due);
bool issuance_undeployed(const struct issuance *i);

/* The order, checked and installed. What failed is remembered, unless a signal ended it. */
enum acme_result issuance_order(struct issuance *i, struct builder *why);

/* Runs `hook NAME DIRECTORY` for the current version. */
enum acme_result issuance_deploy(struct issuance *i, const char *hook, struct builder *why);

/* What issuance_order() would ask the CA for: order_describe()'s lines. */
enum acme_result issuance_describe(struct issuance *i, struct builder *out, struct builder *why);

#endif
