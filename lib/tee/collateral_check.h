/*
 * collateral_check: whether collateral is good for the platform of a quote, before it is kept
 * and when it is found again; and which of two is the newer.
 *
 * All that tee/verify wants of documents, lists and their signers must hold, but for what only
 * concerns the quote: that its PCK or the PCK's CA is revoked makes the collateral no worse.
 * Whether it is still valid is told apart from whether it is genuine: what has expired still says
 * how far time had come.
 */
#ifndef TEE_COLLATERAL_CHECK_H
#define TEE_COLLATERAL_CHECK_H

#include <stdint.h>

#include "tee/pcs.h"
#include "tee/verify.h"

struct collateral_dates {
	int64_t issued[PCS_PARTS]; /* seconds since 1970; of a list its thisUpdate */
	int64_t from;              /* the latest of them */
	int64_t next_update;       /* the earliest end; still good */
};

/*
 * What a quote needs. Its PCK chain must hold and lead to `in->root` at `in->now`, so nothing is
 * ever asked for because a stranger made up an FMSPC. NULL, or what is wrong with the quote.
 */
const char *collateral_check_quote(struct verify *v, const struct verify_input *in,
                                   struct pcs_platform *platform);

/*
 * `in->collateral` is genuine, of the quote's platform and kind of TEE, and of the evaluation
 * number the wish has (PCS_NUMBERED); there was a moment when all of it was valid. The
 * certificates are judged at `in->now`. NULL, or what is wrong.
 */
const char *collateral_check(struct verify *v, const struct verify_input *in, const struct pcs_wish *wish,
                             struct collateral_dates *dates);

/* The part of `a` that is older than that of `b`; PCS_PARTS: none is. */
enum pcs_part collateral_older(const struct collateral_dates *a, const struct collateral_dates *b);

#endif
