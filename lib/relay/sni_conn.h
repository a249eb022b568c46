/* sni_conn: a connection of relay/sni.h and what its parts need of each other; for them alone. */
#ifndef RELAY_SNI_CONN_H
#define RELAY_SNI_CONN_H

#include "net/dial.h"
#include "net/hello.h"
#include "net/pair.h"
#include "relay/sni.h"

enum sni_state {
	SNI_HELLO,   /* is read; in the list of those that can be evicted */
	SNI_CHOOSE,  /* DNS is waited for */
	SNI_CONNECT,
	SNI_PAIR,
	SNI_LINGER   /* the alert was sent */
};

struct sni_conn {
	struct sni *sni;
	enum sni_state state;
	int in, out;
	bool socket;
	struct addr peer;
	struct client *client, *named;      /* what it is counted under */
	struct sni_conn *older, *newer;
	struct loop_watch watch;            /* of the client, until there is a pair */
	struct loop_timer timer;
	int64_t started;
	unsigned char *bytes;               /* what came so far, allocated */
	size_t len, room;
	char name[HOSTNAME_MAX + 1];        /* asked for, folded; "" for none */
	char where[80];                     /* the backend, for the log */
	uint16_t port;                      /* of the backend that is looked up */
	bool proxy, app;                    /* app: its addresses are not the operator's word */
	struct resolver_waiter domain;
	struct hosts_waiter host;
	struct dial *dial;
	struct pair pair;
};

/* sni.c */

struct loop *sni_loop(const struct sni_conn *c);

/* A line in the log. */
void sni_say(const struct sni_conn *c, struct span name, const char *word);

/* The hello is there or given up: out of the list of those that can be evicted. */
void sni_strike(struct sni_conn *c);

/* Waits for the client's bytes, if it does not already. False: errno. */
bool sni_watch(struct sni_conn *c);

/* Frees it, with or without its descriptors being closed. */
void sni_hang_up(struct sni_conn *c);
void sni_forget(struct sni_conn *c);

/* sni_hello.c: reads what there is of the hello and goes on as far as it can. */
void sni_listen(struct sni_conn *c);

/* Gives back c->bytes. */
void sni_drop_bytes(struct sni_conn *c);

/* sni_choose.c: the hello is there, the name in c->name: finds the backend, sooner or later. */
void sni_choose(struct sni_conn *c);

/* sni_connect.c: connects to the first of these, whose ports are set, and goes on from there. */
void sni_connect(struct sni_conn *c, const struct addr *list, size_t n);
void sni_forget_dial(struct sni_conn *c);

/*
 * sni_refuse.c: ends it with an alert and a word in the log; with another name there than c->name;
 * with what suits bytes that are no hello.
 */
void sni_refuse(struct sni_conn *c, const char *word, enum hello_alert alert);

void sni_refuse_name(struct sni_conn *c, struct span name, const char *word, enum hello_alert alert);
void sni_refuse_bytes(struct sni_conn *c, struct span bytes, enum hello_result result);

/* Reads and drops what still comes, so that closing does not take the last words away with it. True at its end. */
bool sni_drained(struct sni_conn *c);

#endif
