/*
 * pair: bytes carried between two connections, both ways, until both are over.
 *
 * What one side sends goes to the other as it is. A side that says it is done
 * (half-close) is done towards the other too, which may go on sending. A
 * direction begins by copying through storage of the process; once it has
 * carried PAIR_SPLICE_BYTES, or the pair is PAIR_SPLICE_MS old, the bytes stay
 * in the kernel (splice(2)), in a pipe that belongs to the pair only while
 * something is in it. So an idle pair holds two descriptors and no buffer.
 *
 * When one side does not take bytes any more, the rest of what is meant for it
 * is dropped, and what it sent before still reaches the other side, which then
 * has PAIR_LINGER_MS to see that and close. A side that broke is one that is
 * done and takes nothing more.
 *
 * Two limits, both of the caller's: without a byte either way, and in all.
 */
#ifndef NET_PAIR_H
#define NET_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "net/loop.h"

enum {
	PAIR_SPLICE_BYTES = 65536,
	PAIR_SPLICE_MS = 5000,
	PAIR_LINGER_MS = 2000,
	PAIR_BUFFER = 32768,   /* bytes copied at once */
	PAIR_PIPE = 262144,    /* bytes asked for in a pipe */
	PAIR_PIPES = 64        /* empty pipes kept for the next */
};

/* What a descriptor is watched for, until the first time that it takes nothing more. */
#define PAIR_EVENTS ((uint32_t)EPOLLIN | EPOLLRDHUP | EPOLLET)

enum pair_end {
	PAIR_DONE,     /* both sides were done */
	PAIR_IDLE,     /* the idle limit */
	PAIR_TOTAL,    /* the limit in all */
	PAIR_RESET,    /* a side broke */
	PAIR_SYSTEM    /* memory or descriptors were short */
};

/* What an end means, in a word for a log. */
const char *pair_end_name(enum pair_end end);

struct pair_pipe;

/* One connection: a socket, in and out being the same, or two descriptors. */
struct pair_side {
	struct pair *pair;
	int in, out;
	bool socket;             /* else pipes or files */
	bool blocking;           /* others share it, and expect it to wait: it is not spliced */
	struct loop_watch in_watch, out_watch; /* the second only where `out` is another */
	bool readable, writable; /* as far as is known */
	bool hung_up;            /* its end was announced */
	bool out_wanted;         /* the loop tells when it takes bytes again */
};

/* One direction: from side i to the other. */
struct pair_flow {
	uint64_t bytes;          /* delivered; of what the caller gave, too */
	unsigned char *unsent;   /* copied and not sent yet */
	size_t at, len;
	struct pair_pipe *pipe;  /* spliced and not sent yet */
	bool ended;              /* nothing more will come */
	bool shut;               /* and the other side was told, or has gone away: what comes is dropped */
};

struct pair {
	/* the caller's, before pair_start() */
	struct loop *loop;
	int64_t idle_ms;                /* 0: no limit */
	int64_t deadline;               /* in all; base/deadline.h */
	void (*over)(struct pair *p, enum pair_end end); /* once; everything is closed, `p` may be freed */
	/* its own */
	struct pair_side side[2];
	struct pair_flow flow[2];       /* [0]: from side 0 to side 1 */
	struct loop_timer timer;
	int64_t started, moved;         /* when; when a byte was last moved */
	int64_t linger;                 /* 0: not yet */
	bool reset;
};

/*
 * Prepares side `i` of a zeroed pair; a socket has the same descriptor twice.
 * Non-blocking, or `blocking`. Side 1's in_watch may then be put into the loop
 * (net/dial.h's dial_take()), for PAIR_EVENTS.
 */
void pair_side_init(struct pair *p, int i, int in, int out, bool socket, bool blocking);

/*
 * Begins. `first` is sent to side 1 before anything else; it is only read
 * during the call. The descriptors are the pair's from now on. `over` may have
 * been called when this returns.
 */
void pair_start(struct pair *p, struct span first);

/* Ends it now, without calling `over`. */
void pair_close(struct pair *p);

#endif
