/*
 * cache: what searches for custom domains found, kept for as long as DNS
 * allows, the most recently used names first.
 *
 * An entry without a moment of expiry is one that is still being looked up: it
 * stays until cache_put() or cache_drop(). Names are folded (net/hostname.h).
 */
#ifndef RELAY_CACHE_H
#define RELAY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "relay/domain.h"

enum { CACHE_NAMES = 8192, CACHE_BUCKETS = 8192 };

struct cache_entry {
	struct cache_entry *chain;         /* of its bucket */
	struct cache_entry *newer, *older; /* by use; only what can be evicted */
	size_t bucket;
	int64_t expires;                   /* DEADLINE_NEVER while being looked up */
	void *lookup;                      /* the owner's, while being looked up */
	struct domain domain;
	char text[];                       /* host, id, gateway, each with a NUL */
};

struct cache {
	struct hash_key key;
	struct cache_entry **bucket;
	struct cache_entry *newest, *oldest;
	size_t n;                          /* entries that can be evicted */
	uint64_t evicted;
};

/* Makes it; false (errno) when memory or randomness is short. */
bool cache_init(struct cache *c);

/* Gives back everything; entries being looked up too. */
void cache_free(struct cache *c);

/* The entry for `host`, counted as used; NULL when there is none or it has expired. */
struct cache_entry *cache_get(struct cache *c, struct span host, int64_t now);

/*
 * A new entry for `host`, which has none, being looked up by `lookup`. NULL
 * when memory is short.
 */
struct cache_entry *cache_begin(struct cache *c, struct span host, void *lookup);

/*
 * The lookup of `e` is over: replaces it by an entry with a copy of `domain`
 * that expires at `expires`, evicting the least recently used one when there
 * are CACHE_NAMES. NULL when memory is short: the entry is then dropped.
 */
struct cache_entry *cache_put(struct cache *c, struct cache_entry *e, const struct domain *domain,
                              int64_t expires);

/* Forgets an entry and frees it. */
void cache_drop(struct cache *c, struct cache_entry *e);

#endif
