/*
 * authorization: the proofs an order waits for (RFC 8555, 7.1.4, 7.5).
 *
 * Each belongs to one of the order's names, which is found by what the
 * authorization says of itself, identifier and wildcard flag, and never by
 * where it stands in a list. One for a name that nobody asked for is refused:
 * nothing is published for it.
 */
#ifndef ACME_AUTHORIZATION_H
#define ACME_AUTHORIZATION_H

#include "acme/order.h"
#include "acme/proof.h"

enum authorization_state {
	AUTHORIZATION_UNKNOWN, /* not fetched yet */
	AUTHORIZATION_PENDING,
	AUTHORIZATION_VALID,
	AUTHORIZATION_FAILED   /* invalid, deactivated, expired, revoked */
};

struct authorization {
	enum authorization_state state;
	bool wildcard, address;
	bool begun;                /* the hook was told, and is still to be told the end */
	bool later;                /* ... and is still to be waited for */
	bool idle;                 /* the chosen challenge is still to be triggered */
	bool reported;             /* its failure is in a->why */
	enum proof_method method;  /* the chosen one */
	char url[URL_MAX];
	char name[256];            /* canonical, "*." in front of a wildcard; empty: not fetched yet */
	char challenge_url[URL_MAX];
	struct proof proof;
};

/* What is proven for a name: for a wildcard, the domain below the star. */
static inline const char *authorization_identifier(const struct authorization *one)
{
	return one->name + (one->wildcard ? 2 : 0);
}

/* All of an order: about 750 kB, touched as far as it is used. */
struct authorizations {
	struct acme *a;
	const struct order_request *request;
	char thumbprint[ACME_THUMBPRINT_LEN + 1];
	size_t n;
	struct authorization list[CERT_NAMES_MAX];
};

/* False when the account key's thumbprint cannot be had. */
bool authorizations_init(struct authorizations *all, struct acme *a,
                         const struct order_request *request);

/* One more, by its URL (checked by the caller); false when there are too many. */
bool authorizations_add(struct authorizations *all, const char *url);

/*
 * Fetches each, chooses a method the hook takes for those not valid yet, and
 * has the hook publish it; then, all being on their way, waits for those of which the hook
 * said that they can be seen later. Fails when one has failed already, after all were
 * looked at, and when there is no method for one.
 */
enum acme_result authorizations_publish(struct authorizations *all);

/* Tells the server that all are ready to be looked at. `*retry_after_s` is the longest it asks for,
   or -1. */
enum acme_result authorizations_trigger(struct authorizations *all, int64_t *retry_after_s);

/*
 * Fetches those that are not known to be valid. Fails with what the server
 * says about each that failed; ACME_OK does not mean that all are valid.
 */
enum acme_result authorizations_look(struct authorizations *all);

/* One of them is known to have failed. */
bool authorizations_failed(const struct authorizations *all);

/* The order says that all are valid. */
void authorizations_valid(struct authorizations *all);

/* Tells the hook the end of what it began and was not told the end of yet. */
void authorizations_end(struct authorizations *all);

#endif
