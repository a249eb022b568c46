/*
 * memory: a name's state (acme/state.h) in its file, $CERTDIR/.NAME/state.
 *
 * `own` is the directory .NAME. The file is replaced whole, so programs that
 * write at the same time lose at most what one of them remembered.
 */
#ifndef ACME_MEMORY_H
#define ACME_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/state.h"
#include "base/span.h"

/*
 * What is remembered. Where there is no file, or a damaged one, a state with a new seed; a
 * file that cannot be read is false (errno).
 */
bool memory_read(struct state *s, int own);

/* False: errno. */
bool memory_write(const struct state *s, int own);

enum { MEMORY_RETRY_MAX_S = 7 * 86400 }; /* nobody who asks to be left alone is heeded longer */

/*
 * Forgets times that are further off than they can be: written when the clock here was wrong,
 * they would hold everything up until then.
 */
void memory_bound(struct state *s, int64_t unix_now);

/*
 * An order failed, `why` is the reason: one more, and none again before its time, nor before
 * `retry_after_s`, what the CA asked for, is over.
 */
void memory_failed(struct state *s, int64_t unix_now, struct span why, int64_t retry_after_s);

/* An order succeeded, or what failed is not to be counted any more. */
void memory_succeeded(struct state *s);

/* The certificate `der` is to be renewed at once: it was revoked. */
void memory_revoked(struct state *s, struct span der, int64_t unix_now);

#endif
