/*
 * exchange: one request of an ACME client and what is taken from every answer:
 * nonce, clock, Location, Retry-After, JSON. Below acme.h; not for programs.
 */
#ifndef ACME_EXCHANGE_H
#define ACME_EXCHANGE_H

#include "acme/acme.h"

/*
 * Asks for `request` once. ACME_OK for an answer of any status; else `why`
 * says what happened.
 */
enum acme_result exchange_once(struct acme *a, const struct acme_request *request, bool repeatable,
                               struct acme_answer *answer);

/* How often a request was held up so far. Zeroed before the first. */
struct exchange_patience {
	unsigned int lost, busy;
};

/*
 * The request got no answer: waits if it makes sense to ask again. The facts
 * behind `mark` in `why` are then taken back.
 */
bool exchange_again_lost(struct acme *a, struct exchange_patience *p, bool repeatable,
                         enum acme_result result, size_t mark);

/* The answer may be one that asks for patience: the same. */
bool exchange_again_busy(struct acme *a, struct exchange_patience *p, bool repeatable,
                         const struct acme_answer *answer);

/* A request without a body, GET or HEAD, with patience. ACME_OK for an answer of any status. */
enum acme_result exchange_ask(struct acme *a, const char *method, struct span url,
                              struct acme_answer *answer);

/* A nonce is at hand: the one of an answer before, or a new one (RFC 8555, 7.2). */
enum acme_result exchange_nonce(struct acme *a);

/* Takes the facts behind `mark` back: what they told of is over. */
void exchange_recovered(struct acme *a, size_t mark);

/* One of our keys as a struct jose_signer has it: the context, and the function. */
struct exchange_key {
	struct acme *a;
	enum acme_key which;
	enum key_type type;
};
bool exchange_sign(void *key, struct span input, struct builder *signature);

#endif
