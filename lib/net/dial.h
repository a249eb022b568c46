/*
 * dial: connecting in the event loop, as sock_connect() does it (net/sock.h):
 * to the first of several addresses that answers, families in turns.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/loop.h"
#include "net/sock.h"
#include "net/sock_race.h"

struct dial_try {
	struct dial *dial;
	struct loop_watch watch;
};

struct dial {
	/* to be read when it is over */
	enum sock_result result;
	int error;             /* errno's number, unless SOCK_DONE */
	int fd;                /* SOCK_DONE: connected and non-blocking; the caller's */
	struct addr to;        /* where it is connected to */
	/* its own */
	struct loop *loop;
	struct sock_race race;
	struct dial_try attempt[SOCK_TRIES_MAX];
	struct loop_timer timer;
	int64_t deadline;
	void (*done)(struct dial *d);
	struct addr list[SOCK_TRIES_MAX];
};

/*
 * Starts. True when it is over already: `done` is then not called. The list is
 * copied. `d` needs no preparation.
 */
bool dial_start(struct dial *d, struct loop *loop, const struct addr *list, size_t n,
                int64_t deadline, void (*done)(struct dial *d));

/*
 * The connected descriptor is watched by `to` from now on: cheaper than
 * loop_add() after dial_end(). False: errno; it is still the caller's.
 */
bool dial_take(struct dial *d, struct loop_watch *to, uint32_t events);

/*
 * Ends it, over or not; once for every start. A connected descriptor is
 * closed with it unless it was taken.
 */
void dial_end(struct dial *d);

#endif
