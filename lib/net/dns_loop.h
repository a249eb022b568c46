/*
 * dns_loop: a DNS question (net/dns.h) waited for by the event loop.
 */
#ifndef NET_DNS_LOOP_H
#define NET_DNS_LOOP_H

#include <stdbool.h>

#include "net/dns.h"
#include "net/loop.h"

struct dns_loop {
	struct dns_query query;
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer timer;
	/* The question is over: read query.answer at once, then call dns_loop_end(). */
	void (*done)(struct dns_loop *ask);
};

/*
 * Starts asking. True when the question is over already: `done` is then not
 * called. `servers` must stay until dns_loop_end().
 */
bool dns_loop_start(struct dns_loop *ask, struct loop *loop, const struct dns_servers *servers,
                    struct span name, enum dns_type type, int64_t deadline,
                    void (*done)(struct dns_loop *ask));

/* Ends the question, over or not. Once for every start. */
void dns_loop_end(struct dns_loop *ask);

#endif
