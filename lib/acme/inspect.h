/*
 * inspect: certificates and requests that come from elsewhere, read in a cell
 * (base/cell.h): a process that can do nothing but answer. What comes back is
 * lengths, times and bytes that are copied, and never looked into here.
 *
 * All of them say in `why`, one line, what was wrong.
 */
#ifndef ACME_INSPECT_H
#define ACME_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/order.h"
#include "acme/renewal.h"
#include "base/builder.h"
#include "base/span.h"
#include "tls/cert.h"
#include "tls/names.h"
#include "tls/request.h"

enum inspect_result {
	INSPECT_OK,
	INSPECT_BAD,   /* it is not what it should be */
	INSPECT_FAILED /* the process that looked is gone, or there was none */
};

/* The first certificate of a PEM file. Large: static storage. */
struct inspect_leaf {
	int64_t not_before, not_after;
	bool named;             /* it is for exactly the names asked about */
	bool covers;            /* it is for all of these, and maybe others; one by a wildcard */
	char id[RENEWAL_ID_MAX]; /* RFC 9773, 4.1; empty: it has none */
	struct span der;        /* into `bytes` */
	unsigned char bytes[CERT_MAX + 64 + RENEWAL_ID_MAX];
};
enum inspect_result inspect_leaf(struct inspect_leaf *leaf, struct span pem,
                                 const struct name_set *names, int64_t deadline,
                                 struct builder *why);

/* A request made elsewhere, PEM or DER: appended in DER; `names` (empty before) are what it is for. */
enum inspect_result inspect_request(struct span file, struct name_set *names, struct builder *der,
                                    int64_t deadline, struct builder *why);

/* What does not make a chain one to be refused. */
struct inspect_doubts {
	bool early;     /* valid only after `unix_now`, by this machine's clock */
	bool unchecked; /* a signature with an algorithm or a key that is not known here */
};

/*
 * What a CA gave for an order: the certificates of `pem` are at most
 * CERT_CHAIN_MAX; the first has the key of `request` (DER) and exactly
 * `names`, is no CA's, and is valid now or will be. It is alone, or its issuer is among those
 * behind it, that one's issuer maybe behind that, and so on: a signature that can be checked and
 * does not hold is refused. Others in between or at the end do no harm. Written anew into
 * `fullchain`; the first is its first `*leaf_len` bytes.
 */
enum inspect_result inspect_chain(struct span pem, struct span request,
                                  const struct name_set *names, int64_t unix_now,
                                  struct builder *fullchain, size_t *leaf_len,
                                  struct inspect_doubts *doubts, int64_t deadline,
                                  struct builder *why);

#endif
