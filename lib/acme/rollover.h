/*
 * rollover: an account gets a new key, at every CA where it has the old one.
 *
 *   new-key.pem is written -> each CA is told (keyChange) -> new-key.pem takes
 *   the place of key.pem
 *
 * Whatever moment it is ended at, new-key.pem says that it is under way, and
 * rollover_finish() goes through it again: telling a CA twice does no harm.
 */
#ifndef ACME_ROLLOVER_H
#define ACME_ROLLOVER_H

#include "acme/home.h"
#include "acme/session.h"
#include "base/builder.h"

/*
 * Asks every CA in `accounts` whether the key can be changed there, before one is told
 * anything: a key that is new at one of two CAs is of use at neither for long. Where one of
 * several is gone for good, `why` says which line of `accounts` is to be removed.
 */
enum acme_result rollover_check(const struct home *home, const struct session_setting *setting,
                                struct builder *why);

/*
 * Tells every CA in `accounts` that was not told yet. `home` must be open alone and have a
 * new-key.pem; `setting` says how to talk, with any directory.
 *
 * Without an account nobody can say which key is the one to keep: ACME_PERM.
 *
 * ACME_OK: every one has the new key, which is key.pem now. Otherwise `why` says what
 * failed where, a line each. When all of them refused for good and still know the old
 * key, new-key.pem is gone again (ACME_PERM). Else it stays for the next run: ACME_TEMP
 * when that may go better, ACME_NO when moreover all of them still know the old key, so
 * that there is no need to wait for the new one.
 */
enum acme_result rollover_finish(struct home *home, const struct session_setting *setting,
                                 struct builder *why);

#endif
