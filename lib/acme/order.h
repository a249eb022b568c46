/*
 * order: one certificate order from newOrder to the chain (RFC 8555, 7.4).
 *
 *   newOrder -> authorizations -> challenges published by the hook, all of
 *   them -> all triggered -> the order polled -> finalize -> polled -> chain
 *
 * With an account and a directory at hand that is 8 requests for one name.
 *
 * An order is never made twice because an answer was lost: its URL is kept
 * from Location (outside->keep_order) and an order kept by an earlier run is
 * taken up where it stands. Nothing is assumed about the state an order or an
 * authorization is found in, nor about the order in which a server lists them.
 */
#ifndef ACME_ORDER_H
#define ACME_ORDER_H

#include "acme/acme.h"
#include "tls/cert.h"
#include "tls/names.h"

enum {
	ORDER_METHODS_MAX = 8,
	ORDER_CHAIN_MAX = 98304, /* bytes of a chain in PEM */
	ORDER_METHOD_NAME_MAX = 32
};

struct order_request {
	const struct name_set *names;
	struct span csr;              /* DER: for these names */
	const char *const *methods;   /* challenge types to offer to the hook, in this order; the
	                                 hook declines what it does not do */
	size_t n_methods;
	const char *profile;          /* or NULL: the server's choice */
	const char *preferred_issuer; /* common name (or a part of it) of the issuer at the top of the
	                                 wanted chain, or NULL; see chain_rank() */
	const char *replaces;         /* certID (RFC 9773, 5), or NULL */
	const char *resume_url;       /* an order of an earlier run with this CSR, or NULL */
	bool *unusable;               /* made true when that one fails; see below. Or NULL */
};

/* The methods known: http-01, dns-01, tls-alpn-01, dns-account-01, dns-persist-01. */
bool order_method_known(struct span method);

/*
 * Runs the order with the account a->account_url. On ACME_OK the chain (PEM,
 * the leaf first, nothing between the blocks) is in `chain`; the preferred one where
 * the server offers alternates. It is for the CSR's key and exactly the names, and not
 * expired.
 *
 * Whatever happens, what the hook was told to begin it is told to end ("done", or
 * "failed" when the authorization did not become valid). What it is told is in
 * acme/proof.h; its identifier is a name without "*.", in lower case, or an address.
 *
 * An order to be continued that is gone, invalid, for other names or for another key
 * gives way to a new one; one that cannot be asked about does not (ACME_TEMP), nor one that
 * is valid and whose certificate cannot be had. Both may last for ever: `*unusable` lets the
 * caller count them.
 */
enum acme_result order_run(struct acme *a, const struct order_request *request,
                           struct builder *chain);

/*
 * For -n: what newOrder would be told, and which profiles there are, as lines
 *
 *   directory URL
 *   account URL
 *   continues URL
 *   name dns|ip NAME
 *   method METHOD
 *   profile NAME
 *   replaces ID
 *   preferred-issuer NAME
 *   offers-profile NAME DESCRIPTION
 *
 * of which those without a value are left out. Fails as order_run() would before its first
 * request. Asks nobody.
 */
enum acme_result order_describe(struct acme *a, const struct order_request *request,
                                struct builder *out);

#endif
