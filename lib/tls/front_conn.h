/* front_conn: a connection of tls/front.h and what its parts need of each other; for them alone. */
#ifndef TLS_FRONT_CONN_H
#define TLS_FRONT_CONN_H

#include "net/dial.h"
#include "tls/front.h"
#include "tls/pump.h"

enum front_state {
	FRONT_HELLO,     /* is read; in the list of those that can be evicted, as is the next */
	FRONT_HANDSHAKE,
	FRONT_CONNECT,   /* the client is not listened to */
	FRONT_CARRY,
	FRONT_LINGER,    /* all was said to the client */
	FRONT_DRAIN      /* the client is gone; the plain side sees its end */
};

/* The client's descriptors: one socket, or two that are something else. */
struct front_side {
	int in, out;
	bool socket;
	struct loop_watch in_watch, out_watch; /* the second only where `out` is another */
	bool readable, writable; /* as far as is known */
	bool hung_up;            /* its end was announced, or it is gone */
	bool out_wanted;         /* the loop tells when it takes bytes again */
};

struct front_conn {
	struct front *front;
	enum front_state state;
	struct front_side far, plain;    /* the client; the upstream or program: `in` -1: none yet */
	struct addr peer, local;         /* whose connection it is, and to where: of the socket, or as a
	                                    front says; without a family when not known */
	bool from_front;                 /* the header is still to come */
	struct client *client;
	struct front_conn *older, *newer;
	struct loop_timer timer;
	int64_t started, moved, linger;  /* linger: 0: not yet */
	unsigned char *bytes;            /* what came and was not fed to the engine: allocated */
	size_t at, len, room;
	unsigned char *out;              /* records that are to be sent, before those of the engine */
	size_t out_at, out_len;
	struct server_conn *tls;         /* NULL: none yet */
	struct pump pump;
	uint64_t to_plain, to_far;
	bool plain_ended;                /* nothing more comes from there */
	bool plain_broke;                /* and that was not its end: what came may not be all */
	bool plain_shut;                 /* and nothing more goes there */
	bool far_shut;                   /* the client was sent the end of the transport, too */
	bool far_ended;                  /* it has ended its data, and the plain side was told */
	struct hosts_waiter host;
	struct dial *dial;
	char where[80];                  /* the upstream, for the log */
};

/* front.c */

struct loop *front_loop(const struct front_conn *c);

/* A line in the log; `why` in words, may be empty. */
void front_say(const struct front_conn *c, const char *word, struct span why);

/* The handshake is done or given up: out of the list of those that can be evicted. */
void front_strike(struct front_conn *c);

/* Frees it and closes what is open. */
void front_hang_up(struct front_conn *c);


/* Sets the timer to what comes first of `at` and the limits of its state. */
bool front_set_timer(struct front_conn *c);

/* front_side.c: bytes of a side: how many; 0: nothing now. */
enum { FRONT_OVER = -1, FRONT_BROKEN = -2 /* errno */ };
ssize_t front_read(struct front_side *s, void *to, size_t room);
ssize_t front_write(struct front_side *s, struct span bytes);

/* Waits for a side's events. False: errno. */
bool front_watch(struct front_conn *c, struct front_side *s);

/* Nothing more is sent to it; it is of no more use. */
void front_shut(struct front_conn *c, struct front_side *s);
void front_close(struct front_conn *c, struct front_side *s);

/* Asks the loop for what is needed to go on. False: errno. */
bool front_want(struct front_conn *c, struct front_side *s, bool out);

/* front_hello.c: reads what there is before the engine, and goes on as far as it can. */
void front_listen(struct front_conn *c);

/* front_flow.c: moves what can be moved, in the states with an engine. */
void front_drive(struct front_conn *c);

/* What the pump did not take is kept until it does; nothing is read before. False: no memory. */
bool front_keep(struct front_conn *c, struct span rest);

/* Sends what the engine has to send, as far as it goes. */
void front_flush(struct front_conn *c);

/* Drops what was not sent. */
void front_drop_out(struct front_conn *c);

/* front_connect.c: the handshake is done: to where the plaintext goes. */
void front_connect(struct front_conn *c);
void front_forget_dial(struct front_conn *c);

/* front_env.c: the variables of a connection, for a program. */
void front_variables(struct builder *out, const struct front_conn *c);

/*
 * front_end.c: ends it with a word in the log: with an alert where there is no engine yet; after
 * what the engine still has to say; with what suits bytes that are no hello.
 */
void front_refuse(struct front_conn *c, const char *word, enum hello_alert alert);
void front_refuse_bytes(struct front_conn *c, struct span bytes, enum hello_result result);
void front_end(struct front_conn *c, const char *word);

/* The same without the end that TLS has for it: what the client got may not be all. */
void front_break(struct front_conn *c, const char *word);

/* TLS has failed: what that means (pump_error()). */
void front_failed(struct front_conn *c);

/* What came is read and dropped; true at its end. */
bool front_drained(struct front_side *s);

#endif
