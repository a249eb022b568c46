/*
 * forward: a reverse proxy as an application of net/httpd.h: a request goes to an upstream
 * over a link (net/link.h), and its answer comes back, both as they come. Nothing
 * is held until it is whole, and no more than FORWARD_PIECE bytes of either are held at a
 * time, so that who is slow slows the other down.
 *
 * What is said of connections and framing is each side's own (net/forward_head.h). Bodies go
 * on with a length where there is one, else in chunks; trailers are left out. Interim
 * answers reach clients that know them, 100 those that asked for it. With 101 the
 * connection is the two sides' own, byte for byte, until the upstream ends it; the client's end
 * is passed on.
 *
 * Connections to upstreams are kept (net/forward_pool.h). When one turns out to be dead
 * before a byte of an answer came, a request that may be repeated (RFC 9110, 9.2.2)
 * and of whose body nothing was sent goes out once more over a new one; others only
 * use one that was idle for less than FORWARD_FRESH_MS.
 *
 * Answers of our own: 400 and 404 for hosts and paths that are not passed on, 501 for TRACE, 408 for a request's body
 * that does not come, 502 when the upstream cannot be reached or says what is no
 * answer, 503 when no connection may be opened, 504 when it is too slow, 508 for a request that
 * has been here. An answer that was begun and cannot be finished is cut.
 *
 * The log (net/access.h) has a line a request. In place of the class stands a word that says why there was no answer of the
 * upstream's, or not all of one: busy, no-host, no-dns, forbidden, system, a link's reason,
 * connect-timeout, slow, slow-client, idle, closed, cut, bad-answer. A status of 499 says that
 * the client went away.
 */
#ifndef NET_FORWARD_H
#define NET_FORWARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/access.h"
#include "net/bearer.h"
#include "net/forward_head.h"
#include "net/forward_path.h"
#include "net/forward_pool.h"
#include "net/hosts.h"
#include "net/httpd.h"
#include "net/link.h"
#include "net/loop.h"
#include "net/network.h"

enum {
	FORWARD_CONNECT_MS = 10000, /* default of connect_ms */
	FORWARD_FIRST_MS = 120000,  /* default of first_ms */
	FORWARD_IDLE_MS = 300000,   /* default of idle_ms */
	FORWARD_LINKS = 1000,       /* default of pool.max */
	FORWARD_IDLE_LINKS = 64,    /* default of pool.max_idle */
	FORWARD_KEEP_MS = 30000,    /* default of pool.idle_ms */
	FORWARD_FRESH_MS = 2000,
	FORWARD_INTERIM_MAX = 16,   /* interim answers to a request */
	FORWARD_PIECE = 32768,
	FORWARD_WHERE_MAX = 512 /* bytes of target.where that are kept */
};

/* Where a request is to go. It is needed during forward_begin() alone, but for `addr` and `path`. */
struct forward_target {
	struct span key;      /* connections are kept under it */
	struct span where;    /* it goes to, for the log */
	const struct addr *addr; /* the upstream; NULL: it is looked up: */
	struct span host;     /* a folded host name; of `addr` what certificates are held against */
	bool host_is_address;
	uint16_t port;
	bool checked;         /* and its addresses held against forward->allowed */
	struct span authority; /* what the upstream is called, in Host when the client has none */
	bool rewrite;         /* and in any case */
	const struct forward_path *path; /* NULL: every path, as it is */
	const char *class;    /* in the log */
	unsigned int tag;     /* forward->over is told */
};

struct forward_exchange;

struct forward {
	/* the caller's */
	struct loop *loop;
	struct access *access;
	struct hosts *hosts;           /* NULL: nothing is looked up */
	const struct link_way *way;
	const struct networks *fronts;  /* NULL: nobody is trusted */
	struct bearer *bearer;         /* NULL: none */
	bool secure;                   /* clients come over https */
	int64_t connect_ms;            /* from the request's head to a connection, TLS included */
	int64_t first_ms;              /* from the request's end to the answer's head */
	int64_t idle_ms;               /* between pieces of a body, either way */
	struct forward_pool pool;
	void *context;
	bool (*allowed)(const struct forward *f, const struct httpd *h, const struct addr *to);

	/* A request is over; `answered`: the upstream did, whatever it said. May be NULL. */
	void (*over)(struct forward *f, unsigned int tag, int status, bool answered, int64_t us);
	/* its own */
	char name[FORWARD_NAME_MAX];
	struct forward_exchange *first, *last; /* those that wait for a connection */
	struct loop_timer turn;
};

/* Makes it ready, once `loop` is. False: errno. */
bool forward_init(struct forward *f);

/*
 * Our name in Via: made once, before there are workers, so that they know each other's. False: errno.
 */
bool forward_name(char name[FORWARD_NAME_MAX]);

/*
 * For an application's `answer`: the request is passed on. Returns 0, with
 * h->waiting set and reply->streamed; or the status that it is answered with instead.
 */
int forward_begin(struct forward *f, struct httpd *h, const struct http_request *request,
                  const struct forward_target *to, struct httpd_reply *reply);

/* What the application has for the rest, from then on. */
size_t forward_take(struct httpd *h, struct span data, bool last);
enum httpd_progress forward_give(struct httpd *h, struct builder *out);
void forward_late(struct httpd *h);
void forward_cancel(struct httpd *h);

/* A small answer of our own: the status and its reason, in static storage. */
void forward_explain(struct httpd_reply *reply, int status);

/* Closes what is idle. */
void forward_end(struct forward *f);

#endif
