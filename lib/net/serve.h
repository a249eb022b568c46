/*
 * serve: descriptor 0 decides.
 *
 * A connected socket, or a pipe or file with descriptor 1 as the way out: that one connection is served
 * and the program ends (inetd nowait, tcpserver, tcpsvd, s6-tcpserver). A
 * listening socket: connections are accepted from it until SIGTERM or SIGINT
 * (listen-on, inetd wait, socket activation), by one process or by several
 * that share it. Then nothing more is accepted but what already waits in the
 * backlog, what is under way is finished within the grace time, and the
 * program ends.
 *
 * The caller makes a struct serve, calls serve_open() to see which of the two
 * it is, enters its jail, and calls serve_run().
 */
#ifndef NET_SERVE_H
#define NET_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "net/clients.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/stream.h"

enum {
	SERVE_CONNECTIONS = 20000, /* default of max_connections */
	SERVE_PER_CLIENT = 200,    /* default of max_per_client */
	SERVE_GRACE_MS = 10000,    /* default of grace_ms */
	SERVE_SPARE_FDS = 1100     /* descriptors kept for other uses than connections */
};

enum serve_error {
	SERVE_OK,
	SERVE_NOT_OPEN,   /* descriptor 0 is closed, or nothing that can be served */
	SERVE_SYSTEM      /* a system call failed; errno says how */
};

/* What an error means, for a message. */
const char *serve_strerror(enum serve_error error);

/* Figures for metrics; may be memory that several processes share. */
struct serve_counts {
	uint64_t accepted;      /* connections taken */
	uint64_t refused;       /* turned away by the cap of a client */
	uint64_t evicted;       /* closed to make room for newer ones */
	uint64_t accept_errors;
	int64_t open;           /* now */
};

struct serve;

/*
 * Who serves connections, where net/conn.h is not what is wanted: a protocol
 * that needs the descriptors themselves. A connection that was started is over
 * with serve_ended(), once.
 */
struct serve_driver {
	/*
	 * Starts with what was accepted, or descriptors 0 and 1; `peer` is an
	 * address without a family when it is not known. The descriptors are
	 * the driver's unless it gives false.
	 */
	bool (*start)(struct serve *s, int in_fd, int out_fd, const struct addr *peer,
	              struct client *client);
	bool (*evict)(struct serve *s); /* ends one that has not begun in earnest; false: there is none */
	void (*drain)(struct serve *s); /* nothing new will come; may end what is idle */
};

struct serve {
	/* the caller's */
	const struct serve_driver *driver; /* NULL: conn, with `kind` and `context` */
	const struct stream_kind *kind;
	void *context;
	size_t fds_each; /* descriptors a connection needs; 0 is 1 */
	size_t max_connections, max_per_client; /* of one worker */
	int64_t grace_ms;
	struct serve_counts *counts; /* never NULL */
	void (*settle)(struct serve *s); /* after each batch of events; may be NULL */
	/* its own */
	bool listening, connected, draining;
	size_t n_open;
	struct loop loop;
	struct conn_set conns;
	struct clients *clients;
	struct loop_watch listener, signals;
	struct loop_timer pause, grace;
	int signal_fd;
};

/* Descriptor 0 is a listening socket. */
bool serve_listens(void);

/*
 * Looks at descriptor 0, and makes it and, with a connection, descriptor 1
 * ready: non-blocking, without touching what other processes share. Raises
 * the limit of descriptors. With a listening socket SIGTERM and SIGINT are
 * blocked from here on, to be read as events.
 */
enum serve_error serve_open(struct serve *s);

/* For a driver: a connection of `client`'s is over. */
void serve_ended(struct serve *s, struct client *client);

/*
 * Serves until it is over: SERVE_OK after the one connection or an orderly
 * end. The loop is s->loop, already made by serve_open(): what the context
 * needs it for can be added to it before.
 */
enum serve_error serve_run(struct serve *s);

#endif
