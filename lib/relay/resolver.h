/*
 * resolver: custom domains looked up by the event loop, each once at a time.
 *
 * An answer that is kept is given at once. Otherwise the questions of a
 * search (relay/domain.h) go out in parallel; whoever asks for the same name
 * meanwhile waits with the others. A lookup that nobody waits for any more
 * goes on, and its answer is kept.
 */
#ifndef RELAY_RESOLVER_H
#define RELAY_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/dns.h"
#include "net/loop.h"
#include "relay/cache.h"
#include "relay/domain.h"

enum { RESOLVER_LOOKUPS = 500 /* under way at once; two sockets each at first, three at most later */ };

/* Figures for metrics; may be memory that several processes share. */
struct resolver_counts {
	uint64_t hits, misses, joined;  /* found in the cache; looked up; waited with others */
	uint64_t evicted;               /* names dropped from the cache to make room */
	uint64_t asked[2][3];           /* questions over: TXT, CNAME; found, none, failed */
	uint64_t lookups[3];            /* searches over: found, none, failed */
};

struct resolver {
	struct loop *loop;
	const struct dns_servers *servers;
	const struct domain_rules *rules;
	int64_t timeout_ms;             /* of one lookup in all */
	struct resolver_counts *counts; /* never NULL */
	struct cache cache;
	size_t running;
};

struct resolver_lookup;

/* Somebody who waits; kept by the caller until `found` is called or resolver_leave(). */
struct resolver_waiter {
	struct resolver_waiter *next;
	struct resolver_lookup *lookup; /* NULL: does not wait */
	/* The answer; it stands only during the call. */
	void (*found)(struct resolver_waiter *w, const struct domain *domain);
};

/* Makes it; false (errno) when memory or randomness is short. */
bool resolver_init(struct resolver *r, struct loop *loop, const struct dns_servers *servers,
                   const struct domain_rules *rules, struct resolver_counts *counts);

/* The answer for `host`, a folded host name with a dot, when it is kept; else NULL. Stands until the next call. */
const struct domain *resolver_known(struct resolver *r, struct span host);

/*
 * Looks `host` up, whose answer is not kept: w->found() is called later, never
 * during this call. False: too many lookups, or no memory: try again later.
 */
bool resolver_ask(struct resolver *r, struct span host, struct resolver_waiter *w);

/* Waits no longer. Harmless when it does not wait. */
void resolver_leave(struct resolver_waiter *w);

#endif
