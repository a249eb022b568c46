/*
 * store: the certificate store, $CERTDIR.
 *
 *   NAME                    a symbolic link to .NAME/VERSION
 *   .NAME/VERSION/          key.pem cert.pem chain.pem fullchain.pem
 *   .NAME/pending/          an order that is not done (lib/acme/pending.h)
 *   .NAME/lock              locked (flock) by who works on NAME
 *   .NAME/state             what acme-due remembers (lib/acme/state.h)
 *   .NAME/deployed          the version whose deploy hook succeeded (lib/acme/deploy.h)
 *   .NAME/origin            where the current version came from (lib/acme/pending.h)
 *   .NAME/further           the further names of the last switch, a line each
 *   OTHER                   a further name of the certificate: a link to NAME
 *
 * and, while something is under way or was when a process was killed:
 *
 *   .NAME/VERSION/links     the further names; there until the switch is done
 *   .NAME/link              the link that is renamed to NAME or OTHER
 *   .NAME/dropped/          a pending order that is being removed
 *   .try_, .NAME/try_       whether it can be written to
 *
 * NAME is in lower case, "*." written "_.", an address as RFC 5952 writes it. A
 * version is a number, and larger than that of every one before. A new one is
 * switched in by one rename(2) of the link. A reader that wants a key and its
 * chain opens the directory NAME once and reads both from there. The version
 * before is kept for readers that are still in it; older ones go.
 *
 * What is not of these shapes is foreign and is neither changed nor removed.
 */
#ifndef TLS_STORE_H
#define TLS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "tls/names.h"

enum { STORE_NAME_MAX = 256, STORE_VERSION_MAX = 64 };

enum store_result {
	STORE_OK,
	STORE_NO_NAME,  /* there is no certificate under that name */
	STORE_BUSY,     /* somebody else has the lock */
	STORE_DENIED,   /* cannot be written to */
	STORE_DAMAGED,  /* what is there is not a store: a file in the place of a link ... */
	STORE_ERROR     /* errno */
};
const char *store_strerror(enum store_result result);

struct store {
	int dir;                      /* $CERTDIR */
	int own;                      /* $CERTDIR/.NAME; -1: not there, and not locked */
	int lock;                     /* -1: opened for reading alone */
	char name[STORE_NAME_MAX];    /* as in the file system */
	char kept[STORE_NAME_MAX];    /* store_switch(): the last further name that was left alone, or "" */
};

/* The directory's name for a name: false for anything name_set_add() would not take. */
bool store_name(struct span name, char *out /* STORE_NAME_MAX */);

/*
 * Opens the store at `path` for `name` and takes the lock, without waiting or
 * (`wait_until`, a deadline) with it. .NAME is made when it is missing, mode
 * 0755. That everything needed can be written is tried out, and a switch that
 * somebody was killed in is brought to its end. STORE_NO_NAME: what store_name()
 * refuses. The lock is held until store_close() by this process and those forked
 * off it that live on.
 */
enum store_result store_lock(struct store *s, const char *path, struct span name,
                             int64_t wait_until);

/*
 * Opens it for reading alone: no lock, nothing is made. A further name is opened as the
 * name whose certificate it is: `name` and `own` are those of that one.
 */
enum store_result store_open(struct store *s, const char *path, struct span name);

/*
 * The current version's directory (close-on-exec) and its name; of a further
 * name, those of the certificate it is a name of.
 */
enum store_result store_current(const struct store *s, int *dir, char *version /* STORE_VERSION_MAX */);

/* The directory of the pending order: made (0700) or found. STORE_OK with `*dir`. */
enum store_result store_pending(struct store *s, int *dir);

/* Forgets a pending order with all its files; it is there whole or not at all. */
enum store_result store_drop_pending(struct store *s);

/*
 * Makes the pending directory the current version: brought to the disk, renamed
 * to a version's name with mode 0755, the link switched. It has cert.pem,
 * chain.pem and fullchain.pem by now, and key.pem unless the request came
 * from outside; else STORE_DAMAGED, and it stays pending. What else is in it
 * is removed. The links of `others` (further names, may be NULL; the store's own
 * name among them is passed over) are set, but a name that has a certificate
 * of its own or something foreign in its place is left alone. The links of further names
 * that the switch before has set and this one does not, are removed where they still
 * lead to this name. Versions but this and the last are removed.
 *
 * Whatever moment it is killed at, NAME is the old version or the new one,
 * whole, and the next call of it or of store_lock() finishes what it began.
 */
enum store_result store_switch(struct store *s, const struct name_set *others);

void store_close(struct store *s);

#endif
