/*
 * link: a connection to somebody else's server in the event loop, whatever carries
 * its bytes: TCP or a Unix socket (here), TLS over one of them (tls/secure.h).
 *
 * Nothing waits: what cannot be done now says LINK_LATER, and `ready` is called when
 * it is worth another try. `ready` is only called from the loop, never during a
 * call of the owner's, who may close the link there.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "net/addr.h"
#include "net/host.h"
#include "net/loop.h"

enum link_result {
	LINK_OK,
	LINK_LATER,
	LINK_END,   /* read: the other side said all it had to say */
	LINK_BROKEN /* cut short, reset, not to be believed: nothing more either way */
};

enum link_state {
	LINK_OPENING,
	LINK_OPEN,
	LINK_FAILED /* could not be opened: link->why */
};

struct link;

struct link_kind {
	/* At least one byte and at most `cap` (> 0); the count is left in `*len` with LINK_OK. */
	enum link_result (*read)(struct link *l, void *buf, size_t cap, size_t *len);

	/* As much of it (not empty) as goes now, `*len` bytes, 0 with LINK_LATER. */
	enum link_result (*write)(struct link *l, struct span bytes, size_t *len);

	/* Nothing more is written, and the other side is told so, after what was written. */
	void (*finish)(struct link *l);

	/* Ends it, whatever it is doing, and frees it. */
	void (*close)(struct link *l);
};

struct link {
	const struct link_kind *kind;
	enum link_state state;
	const char *why;   /* of LINK_FAILED, in a word or two, in storage that stays */
	bool timed_out;    /* LINK_FAILED: the deadline passed */
	struct addr to;    /* LINK_OPEN: where it leads */
	/* the owner's */
	bool doubt;        /* the next read asks the system, even if the loop told nothing */
	void (*ready)(struct link *l);
	void *owner;
};

/* Where a link is to lead: addresses with their ports, of which there is at least one. */
struct link_goal {
	struct loop *loop;
	const struct addr *list;
	size_t n;
	struct span host;   /* whose addresses these are: a name, or with host_is_address an address */
	bool host_is_address;
	int64_t deadline;   /* for connecting alone; the owner holds the rest to it */
};

/* How links are made. One that failed at once is a link too, with LINK_FAILED. */
struct link_way {
	/*
	 * Begins. `ready` and `owner` are in the link from the start. What `goal` points to is
	 * needed during the call alone. NULL: errno.
	 */
	struct link *(*open)(const struct link_way *way, const struct link_goal *goal,
	                     void (*ready)(struct link *l), void *owner);
};

/* Plain bytes over TCP or a Unix socket. */
extern const struct link_way link_plain;

#endif
