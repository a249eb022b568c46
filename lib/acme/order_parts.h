/*
 * order_parts: the pieces of an order's run, for order.c alone.
 */
#ifndef ACME_ORDER_PARTS_H
#define ACME_ORDER_PARTS_H

#include "acme/authorization.h"
#include "acme/chain.h"
#include "acme/order.h"

/* Each state comes after the ones before it; any of them may be what an order begins with. */
enum order_status {
	ORDER_PENDING,
	ORDER_READY,
	ORDER_PROCESSING,
	ORDER_VALID,
	ORDER_INVALID
};

struct order {
	struct acme *a;
	const struct order_request *request;
	struct span spki;             /* of the CSR's key */
	enum order_status status;
	bool resumed;                 /* it is of an earlier run */
	bool published;               /* challenges were begun and triggered */
	bool accepted;                /* our CSR was taken, in this run */
	bool stale;                   /* what an earlier run left is of no use */
	unsigned int polls;           /* since it got as far as `furthest` */
	unsigned int finalized;       /* how often we asked for the certificate */
	enum order_status furthest;
	enum acme_result failure;     /* the class of the error it became invalid with, */
	size_t error_from, error_to;  /* and where it stands in a->why */
	int64_t retry_after_s;        /* what the last answer asked for; -1: nothing */
	char url[URL_MAX], finalize[URL_MAX], certificate[URL_MAX];
	struct authorizations all;
};

/* What can be known without asking: the account, methods, the profile. */
enum acme_result order_check(struct acme *a, const struct order_request *request);

/*
 * Whether a certificate's key is another than the account's, as it must be (RFC 8555, 11.1).
 * False too, with the reason, when the account has none.
 */
bool order_key_is_its_own(struct acme *a, struct span spki);

/* The payload of newOrder; false when it is too large. */
bool order_payload(struct builder *out, const struct order_request *request, bool replaces);

/* Whether an order's identifiers are exactly the names asked for; `absent` if it lists none. */
bool order_is_for(struct acme *a, struct json_value order, const struct name_set *names,
                  bool *absent);

/* Both sets hold the same names. */
bool order_same_names(const struct name_set *a, const struct name_set *b);

/*
 * Downloads the chain of an order that is valid, and the one preferred. An order of an
 * earlier run whose certificate is of no use makes it stale.
 */
enum acme_result order_download(struct order *o, struct builder *out);

#endif
