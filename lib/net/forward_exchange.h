/* forward_exchange: one request, its upstream, and what is on the way; for the files of net/forward.h alone. */
#ifndef NET_FORWARD_EXCHANGE_H
#define NET_FORWARD_EXCHANGE_H

#include "net/forward.h"
#include "net/hostname.h"

enum forward_state {
	FORWARD_QUEUED,  /* too many connections */
	FORWARD_LOOKUP,  /* DNS is waited for */
	FORWARD_OPENING, /* the link is */
	FORWARD_HEAD,    /* an answer's head is to come */
	FORWARD_BODY,
	FORWARD_TUNNEL   /* another protocol's bytes */
};

enum {
	FORWARD_OUT_ROOM = FORWARD_HEAD_ROOM + 16384, /* a head, and what is to follow it */
	FORWARD_HOST_ROOM = HTTP_HOST_MAX + 1,
	FORWARD_UPGRADE_ROOM = 64
};

struct forward_exchange {
	struct forward *f;
	struct httpd *h;
	enum forward_state state;
	struct forward_exchange *before, *behind; /* while queued */
	struct hosts_waiter waiter;
	struct link *link;        /* NULL: none */
	bool entered;             /* the pool counts a connection for it */
	/* the request */
	const struct addr *addr;  /* or: */
	char target[HOSTNAME_MAX + 1];
	uint16_t port;
	bool host_is_address, checked;
	bool to_head, repeatable, reused;
	bool heard;               /* all of it was taken */
	bool pressed;             /* the upstream did not take what was there */
	bool deaf;                /* the upstream takes no more of it */
	bool ending;              /* what is written is the last */
	enum http_body in;
	size_t head_len;          /* it can be sent again: nothing else is in `out` */
	size_t at, len;           /* of `out`: what is not sent yet */
	size_t room;
	unsigned char *out;       /* `room` bytes; NULL: none */
	size_t upgrade_len;
	unsigned char upgrade[FORWARD_UPGRADE_ROOM]; /* the protocols it asks for */
	/* the answer */
	unsigned char *kept;      /* of its head, when not all of it came */
	size_t kept_len, scanned;
	unsigned int interim;
	enum http_body body;
	uint64_t left;
	struct http_chunks chunks;
	bool stays;               /* the connection can be kept */
	bool bound;               /* but for this: it is this client's alone */
	int status, failure;      /* 0: none yet */
	bool cut;
	/* for the log */
	const char *class, *why;  /* `why` there is no answer of the upstream's, in a word; or NULL */
	unsigned int tag;
	int64_t start_us;
	int64_t by;               /* a connection must be there */
	size_t key_len, host_len, where_len;
	unsigned char key[FORWARD_KEY_MAX], host[FORWARD_HOST_ROOM], where[FORWARD_WHERE_MAX];
};

/* forward_open.c */

/* Gets it a connection, sooner or later; e->failure says when it does not. */
void forward_connect(struct forward_exchange *e);

/* The connection is of no more use, or may be of some. */
void forward_disconnect(struct forward_exchange *e, bool keep);

/* A request that got no answer over a connection that was kept goes out once more. False: it must not. */
bool forward_again(struct forward_exchange *e);

/* Connections became free: those that wait have a turn. */
void forward_turn(struct loop_timer *t);

/* Waits no longer, for whatever it is. */
void forward_unqueue(struct forward_exchange *e);

/* forward.c: the client gets this status, or is cut off when it has a part of an answer. */
void forward_fail(struct forward_exchange *e, int status, const char *why);

/* It is over: logged with `status`. */
void forward_leave(struct forward_exchange *e, int status);

/* forward_send.c: sends what is to be sent, as far as it goes. */
void forward_flush(struct forward_exchange *e);

#endif
