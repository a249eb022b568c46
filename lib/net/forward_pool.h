/*
 * forward_pool: connections to upstreams, counted, and kept for the next request when they
 * are idle.
 *
 * One on which anything comes while nobody asked, be it the end, is of no use to anybody
 * and is closed: an answer to nothing is never taken for the next one's.
 */
#ifndef NET_FORWARD_POOL_H
#define NET_FORWARD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "net/link.h"
#include "net/loop.h"

enum { FORWARD_KEY_MAX = 300 };

struct forward_idle;

struct forward_pool {
	/* the caller's */
	size_t max;          /* connections in all, in use or idle */
	size_t max_idle;     /* 0: none is kept */
	int64_t idle_ms;     /* how long one is kept */
	/* its own */
	struct loop *loop;
	size_t n, n_idle;
	struct forward_idle *oldest, *newest;
	struct loop_timer timer;
};

/* Makes zeroed storage ready, in which the caller's part is set. */
void forward_pool_init(struct forward_pool *p, struct loop *loop);

/*
 * One that was kept for this key (of at most FORWARD_KEY_MAX bytes) since `since` or
 * later, the latest first; NULL when there is none. The caller sets `ready` and `owner`.
 */
struct link *forward_pool_take(struct forward_pool *p, struct span key, int64_t since);

/* Room for a further connection was made, and is counted. False: there are too many in use. */
bool forward_pool_enter(struct forward_pool *p);

/* One of those is not needed any more: it is kept, or closed. */
void forward_pool_keep(struct forward_pool *p, struct span key, struct link *link);

/* It is closed; `link` may be NULL for one that was never opened. */
void forward_pool_leave(struct forward_pool *p, struct link *link);

/* Closes all that are idle. */
void forward_pool_drain(struct forward_pool *p);

#endif
