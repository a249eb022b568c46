/* The cache of search results: expiry, eviction, entries being looked up. */
#include "relay/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "tap.h"

static struct cache cache;
static int lookup;

static struct domain domain_of(const char *id, const char *gateway)
{
	return (struct domain){ .status = DOMAIN_FOUND, .id = id, .gateway = gateway, .port = 80,
	                        .id_source = DOMAIN_TXT_OLD, .gateway_source = DOMAIN_FALLBACK, .ttl_s = 7 };
}

static struct cache_entry *put(const char *host, const char *id, int64_t expires)
{
	struct domain domain = domain_of(id, "gw.test");

	return cache_put(&cache, cache_begin(&cache, span_str(host), &lookup), &domain, expires);
}

static struct cache_entry *get(const char *host, int64_t now)
{
	return cache_get(&cache, span_str(host), now);
}

static void kept(void)
{
	char id[] = "app", gateway[] = "gw.test", host[] = "a.test";
	struct domain domain = domain_of(id, gateway);
	struct cache_entry *e = cache_begin(&cache, span_str(host), &lookup);

	check(e && e->lookup == &lookup && strcmp(e->text, "a.test") == 0 && get("a.test", 0) == e,
	      "an entry being looked up is found, with its lookup");
	check(get("a.test", INT64_MAX - 1) == e, "it does not expire");
	e = cache_put(&cache, e, &domain, 1000);
	memset(id, 'x', 3);
	memset(gateway, 'x', 3);
	memset(host, 'x', 3);
	check(e && e == get("a.test", 999) && !e->lookup, "after that it is there");
	check(strcmp(e->domain.id, "app") == 0 && strcmp(e->domain.gateway, "gw.test") == 0,
	      "with copies of its names");
	check(e->domain.status == DOMAIN_FOUND && e->domain.port == 80 && e->domain.ttl_s == 7 &&
	              e->domain.id_source == DOMAIN_TXT_OLD &&
	              e->domain.gateway_source == DOMAIN_FALLBACK,
	      "and all the rest");
	check(!get("A.test", 0) && !get("a.tes", 0) && !get("a.test.", 0) && !get("", 0),
	      "other names are not there");
	check(cache.n == 1, "one entry");
	check(!get("a.test", 1000) && cache.n == 0 && !get("a.test", 0), "at its moment it is gone");
}

static void without_names(void)
{
	struct domain domain = { .status = DOMAIN_NO_APP, .id = "", .gateway = "" };
	struct cache_entry *e = cache_begin(&cache, span_str("none.test"), &lookup);

	e = cache_put(&cache, e, &domain, 10);
	check(e && e->domain.status == DOMAIN_NO_APP && !*e->domain.id && !*e->domain.gateway,
	      "that there is none is kept, too");
	e = cache_begin(&cache, span_str("dropped.test"), &lookup);
	cache_drop(&cache, e);
	check(!get("dropped.test", 0) && cache.n == 1, "one being looked up can be dropped");
	cache_drop(&cache, get("none.test", 0));
	check(cache.n == 0 && !cache.newest && !cache.oldest, "and one that is kept");
}

static const char *name(int i)
{
	static char text[32];

	snprintf(text, sizeof text, "h%d.test", i);
	return text;
}

static void eviction(void)
{
	struct cache_entry *looking = cache_begin(&cache, span_str("looking.test"), &lookup);
	int there = 0;

	for (int i = 0; i < CACHE_NAMES; i++)
		put(name(i), "app", 1000);
	check(cache.n == CACHE_NAMES && cache.evicted == 0, "%d names have room", CACHE_NAMES);
	check(get("h0.test", 0) != NULL, "the oldest is asked for again");
	put("more.test", "app", 1000);
	check(cache.n == CACHE_NAMES && cache.evicted == 1, "one more puts one out");
	check(!get("h1.test", 0), "the one used least recently");
	check(get("h0.test", 0) && get("h2.test", 0) && get("more.test", 0), "not those used since");
	for (int i = CACHE_NAMES; i < 3 * CACHE_NAMES; i++)
		put(name(i), "app", 1000);
	for (int i = 2 * CACHE_NAMES; i < 3 * CACHE_NAMES; i++)
		there += get(name(i), 0) != NULL;
	check(there == CACHE_NAMES && cache.n == CACHE_NAMES, "the newest %d are there", CACHE_NAMES);
	check(cache.evicted == 1 + 2 * CACHE_NAMES, "and the others counted as evicted");
	check(get("looking.test", 0) == looking, "what is being looked up is never put out");
	cache_drop(&cache, looking);
}

/* Lookups under way stand beside the names that are kept, whatever their number. */
static void under_way(void)
{
	static struct cache_entry *e[CACHE_NAMES + 500];
	enum { MANY = sizeof e / sizeof *e };
	struct domain domain = domain_of("app", "gw.test");
	int there = 0;

	for (int i = 0; i < MANY; i++)
		e[i] = cache_begin(&cache, span_str(name(100000 + i)), &lookup);
	for (int i = 0; i < MANY; i++)
		there += get(name(100000 + i), 0) == e[i];
	check(there == MANY && cache.n == CACHE_NAMES, "%d lookups put nothing out", MANY);
	for (int i = 0; i < MANY; i++)
		cache_put(&cache, e[i], &domain, 1000);
	check(cache.n == CACHE_NAMES && !get(name(100000), 0) && get(name(100000 + MANY - 1), 0),
	      "only their results do");
}

/* Names in every bucket leave in an order of their own; a sanitizer sees a bad link. */
static void chains(void)
{
	uint32_t random = 1;
	int wrong = 0;

	for (int i = 0; i < 100000; i++) {
		struct cache_entry *e;

		random = random * 1103515245 + 12345;
		e = get(name((int)(random >> 8) % 20000), i);
		if (e && e->expires <= i)
			wrong++;
		if (!e)
			put(name((int)(random >> 8) % 20000), "app", i + (int)(random & 4095) + 1);
	}
	check(wrong == 0 && cache.n <= CACHE_NAMES, "100000 gets and puts with expiry and eviction");
}

int main(void)
{
	check(cache_init(&cache), "a cache");
	kept();
	without_names();
	eviction();
	under_way();
	chains();
	cache_begin(&cache, span_str("still.looking.test"), &lookup);
	cache_free(&cache);
	check(!cache.bucket && !cache.newest, "all given back");
	return tap_end();
}
