/*
 * conn: a stream (net/stream.h) driven over descriptors by the event loop.
 *
 * Input is read into storage of the process and shown to the stream; only
 * what it leaves unused is kept with the connection, so one that is idle costs
 * a few hundred bytes. Output goes out as far as the socket takes it; what
 * does not is kept, and the stream is not stepped before it is gone.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/loop.h"
#include "net/stream.h"

enum {
	CONN_SEND_MS = 20000, /* for output to be taken by the other side, as long as it takes nothing */
	CONN_SEND_LEAST = 2048, /* bytes in that time, less is nothing */
	CONN_ROUNDS = 16      /* steps in a row before others have their turn */
};

struct client;
struct conn;

/* The connections of one loop, least recently answered first. */
struct conn_set {
	struct loop *loop;
	struct conn *oldest, *newest;
	size_t n;
	void (*ended)(struct conn_set *set, struct conn *c); /* before it is forgotten; may be NULL */
};

struct conn {
	struct conn_set *set;
	struct conn *older, *newer;
	struct client *client; /* the set's owner's; may be NULL */
	struct loop_watch in, out; /* `out` only when it is another descriptor */
	struct loop_timer timer;
	int in_fd, out_fd;
	bool socket;     /* else a pipe or a file */
	bool out_wanted; /* the loop was asked to tell when output is taken again */
	bool readable;   /* reading was not found to have nothing */
	bool hung_up;    /* the end of input was announced */
	bool gone;       /* nothing that is sent would arrive */
	bool ended;      /* and read */
	bool again;      /* the stream may go on without new input */
	bool shut, broken, busy;
	unsigned char *kept;   /* input not used yet */
	size_t kept_len, kept_room;
	unsigned char *unsent; /* output not sent yet */
	size_t unsent_at, unsent_len;
	int64_t send_by;
	uint64_t acked;        /* what the other side had of it in all, when that was last looked at */
	struct stream *stream;
};

/*
 * Starts a stream of `kind` over `in_fd` and `out_fd` (the same for a socket),
 * both non-blocking, and drives it as far as it goes at once; it may be over
 * already. The connection owns the descriptors from now on. False when memory
 * is short: the descriptors are then still the caller's.
 */
bool conn_start(struct conn_set *set, const struct stream_kind *kind, void *context, int in_fd,
                int out_fd, struct client *client);

/*
 * The addresses of the other side and of this one; false (errno) when the
 * stream's connection is no socket. `s` is one that conn_start() made.
 */
bool conn_peer(const struct stream *s, struct addr *a);
bool conn_local(const struct stream *s, struct addr *a);

/* The descriptor its input comes from, to ask the system about: not to be read, written or closed. */
int conn_fd(const struct stream *s);

/* Ends it now, whatever it is doing, and frees it. */
void conn_close(struct conn *c);

/* Tells every stream to end as soon as nothing would be lost. */
void conn_drain_all(struct conn_set *set);

/* Closes the one that has waited longest for input; false when none is waiting for any. */
bool conn_evict(struct conn_set *set);
#endif
