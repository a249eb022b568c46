/*
 * pending: an order under way, in the store's directory .NAME/pending, so that a run
 * that is ended at any moment is gone on with by the next one.
 *
 *   asked      what was asked for: lines of "directory", "account", "profile",
 *              "key", "must-staple" and "name"
 *   key.pem    the key, unless the request was made elsewhere
 *   order      the order's URL, once the CA has made one
 *   tries      how many runs it was of no use to
 *   cert.pem chain.pem fullchain.pem   at the very end
 *
 * What was pending for something else is dropped. Where the current version came from
 * stays in .NAME/origin: the first two lines of `asked`.
 */
#ifndef ACME_PENDING_H
#define ACME_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/url.h"
#include "tls/key.h"
#include "tls/names.h"
#include "tls/request.h"
#include "tls/store.h"

struct pending_wish {
	const char *directory, *account; /* URLs */
	const char *profile;             /* or NULL */
	const struct name_set *names;
	struct key_kind kind;            /* of a new key */
	bool must_staple;
	int reuse_from;                  /* a version whose key is to be kept; -1: a new one */
	struct span request;             /* made elsewhere (DER); empty: ours */
};

enum pending_result {
	PENDING_OK,
	PENDING_PERM, /* a key that cannot be used: somebody must look at it */
	PENDING_TEMP
};

/* Large: static storage. */
struct pending {
	int dir;
	struct store *store;
	const struct pending_wish *wish;
	char order[URL_MAX]; /* of an earlier run, or empty */
	unsigned int tries;  /* how often that was of no use */
	struct span request; /* DER, into the bytes below */
	unsigned char bytes[REQUEST_MAX];
};

/*
 * Makes the directory, or finds it: key, request and what is known of the
 * order. `store` is locked; it and `wish` outlive it. On failure `why` says what, one line.
 */
enum pending_result pending_open(struct pending *p, struct store *store,
                                 const struct pending_wish *wish, int64_t deadline,
                                 struct builder *why);

/* Keeps the order's URL on the disk (session_setting's keep_order). */
bool pending_keep(void *pending, struct span order_url);

/*
 * The order of an earlier run was of no use to this one (order.h's `unusable`, or its certificate
 * was refused). The run after the last of PENDING_TRIES_MAX such does not see it any more.
 */
enum { PENDING_TRIES_MAX = 3 };
void pending_failed(struct pending *p);

/*
 * Writes the chain, whose leaf is its first `leaf_len` bytes, and makes all of it the store's current
 * version. False: `why` says what.
 */
bool pending_install(struct pending *p, struct span fullchain, size_t leaf_len,
                     const struct name_set *others, struct builder *why);

/* The current version, if any, came from this directory and account. */
bool pending_same_origin(const struct store *store, const struct pending_wish *wish);

#endif
