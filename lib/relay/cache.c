/* Search results by name, least recently used first out. */
#include "relay/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"

bool cache_init(struct cache *c)
{
	*c = (struct cache){ .bucket = calloc(CACHE_BUCKETS, sizeof *c->bucket) };
	return c->bucket && hash_key_make(&c->key);
}

void cache_free(struct cache *c)
{
	for (size_t i = 0; c->bucket && i < CACHE_BUCKETS; i++)
		while (c->bucket[i])
			cache_drop(c, c->bucket[i]);
	free(c->bucket);
	*c = (struct cache){ .bucket = NULL };
}

static void use(struct cache *c, struct cache_entry *e)
{
	e->older = c->newest;
	e->newer = NULL;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void unuse(struct cache *c, struct cache_entry *e)
{
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
}

static bool evictable(const struct cache_entry *e)
{
	return e->expires != DEADLINE_NEVER;
}

void cache_drop(struct cache *c, struct cache_entry *e)
{
	struct cache_entry **at = &c->bucket[e->bucket];

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	if (evictable(e)) {
		unuse(c, e);
		c->n--;
	}
	free(e);
}

struct cache_entry *cache_get(struct cache *c, struct span host, int64_t now)
{
	struct cache_entry *e = c->bucket[hash_bytes(&c->key, host) % CACHE_BUCKETS];

	while (e && !span_is(host, e->text))
		e = e->chain;
	if (!e || !evictable(e))
		return e;
	if (e->expires <= now) {
		cache_drop(c, e);
		return NULL;
	}
	unuse(c, e);
	use(c, e);
	return e;
}

/* An entry with room for its strings, in its bucket but not among the evictable. */
static struct cache_entry *make(struct cache *c, struct span host, const struct domain *domain)
{
	size_t id_at = host.len + 1, gateway_at = id_at + strlen(domain->id) + 1;
	struct cache_entry *e = malloc(sizeof *e + gateway_at + strlen(domain->gateway) + 1);

	if (!e)
		return NULL;
	*e = (struct cache_entry){ .expires = DEADLINE_NEVER, .domain = *domain };
	memcpy(e->text, host.p, host.len);
	e->text[host.len] = 0;
	memcpy(e->text + id_at, domain->id, strlen(domain->id) + 1);
	memcpy(e->text + gateway_at, domain->gateway, strlen(domain->gateway) + 1);
	e->domain.id = e->text + id_at;
	e->domain.gateway = e->text + gateway_at;
	e->bucket = hash_bytes(&c->key, host) % CACHE_BUCKETS;
	e->chain = c->bucket[e->bucket];
	c->bucket[e->bucket] = e;
	return e;
}

struct cache_entry *cache_begin(struct cache *c, struct span host, void *lookup)
{
	static const struct domain nothing = { .id = "", .gateway = "" };
	struct cache_entry *e = make(c, host, &nothing);

	if (e)
		e->lookup = lookup;
	return e;
}

struct cache_entry *cache_put(struct cache *c, struct cache_entry *e, const struct domain *domain,
                              int64_t expires)
{
	struct cache_entry *full = make(c, span_str(e->text), domain);

	cache_drop(c, e);
	if (!full)
		return NULL;
	if (c->n >= CACHE_NAMES) {
		c->evicted++;
		cache_drop(c, c->oldest);
	}
	full->expires = expires;
	use(c, full);
	c->n++;
	return full;
}
