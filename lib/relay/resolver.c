/* Lookups under way and their waiters. */
#include "relay/resolver.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "net/dns_loop.h"

struct question {
	struct dns_loop dns;
	struct resolver_lookup *lookup;
	enum domain_question which;
	bool open;
};

struct resolver_lookup {
	struct resolver *resolver;
	struct cache_entry *entry;
	struct resolver_waiter *waiters;
	struct domain_search search;
	struct question question[DOMAIN_QUESTIONS];
	struct loop_timer soon; /* for an answer known before anything was sent */
	int64_t deadline;
};

bool resolver_init(struct resolver *r, struct loop *loop, const struct dns_servers *servers,
                   const struct domain_rules *rules, struct resolver_counts *counts)
{
	*r = (struct resolver){ .loop = loop, .servers = servers, .rules = rules, .counts = counts,
	                        .timeout_ms = DNS_DEADLINE_MS };
	return cache_init(&r->cache);
}

static void count(uint64_t *figure)
{
	__atomic_fetch_add(figure, 1, __ATOMIC_RELAXED);
}

static void count_answer(struct resolver *r, enum dns_type type, enum dns_status status)
{
	int outcome = status == DNS_FOUND ? 0 : status == DNS_NONE || status == DNS_BAD_NAME ? 1 : 2;

	count(&r->counts->asked[type == DNS_CNAME][outcome]);
}

static void count_lookup(struct resolver *r, enum domain_status status)
{
	count(&r->counts->lookups[status == DOMAIN_FOUND ? 0 : status == DOMAIN_FAILED ? 2 : 1]);
}

/* Ends the lookup: keeps what was found, tells everybody, frees it. */
static void finish(struct resolver_lookup *l, const struct domain *found)
{
	struct resolver *r = l->resolver;
	struct resolver_waiter *waiters = l->waiters, *w;
	uint64_t evicted = r->cache.evicted;

	for (int i = 0; i < DOMAIN_QUESTIONS; i++)
		if (l->question[i].open)
			dns_loop_end(&l->question[i].dns);
	loop_timer_clear(r->loop, &l->soon);
	count_lookup(r, found->status);
	if (found->ttl_s > 0)
		cache_put(&r->cache, l->entry, found, r->loop->now + (int64_t)found->ttl_s * 1000);
	else
		cache_drop(&r->cache, l->entry);
	__atomic_fetch_add(&r->counts->evicted, r->cache.evicted - evicted, __ATOMIC_RELAXED);
	r->running--;
	/* A waiter that is told may ask again, so nobody is left in the list for that. */
	for (w = waiters; w; w = w->next)
		w->lookup = NULL;
	while ((w = waiters)) {
		waiters = w->next;
		w->found(w, found);
	}
	free(l);
}

static void answered(struct question *q)
{
	struct dns_answer *answer = &q->dns.query.answer;

	count_answer(q->lookup->resolver, q->dns.query.type, answer->status);
	domain_search_answer(&q->lookup->search, q->which, answer);
	dns_loop_end(&q->dns);
	q->open = false;
}

static void dns_done(struct dns_loop *dns);

/* Asks what the search wants asked. True when it is done. */
static bool advance(struct resolver_lookup *l, struct domain *found)
{
	enum domain_question which;

	while (domain_search_next(&l->search, &which)) {
		struct question *q = &l->question[which];
		char text[2 * HOSTNAME_MAX];
		struct builder name;
		enum dns_type type;

		builder_init(&name, text, sizeof text);
		type = domain_search_name(&l->search, which, &name);
		q->lookup = l;
		q->which = which;
		q->open = true;
		if (dns_loop_start(&q->dns, l->resolver->loop, l->resolver->servers,
		                   builder_span(&name), type, l->deadline, dns_done))
			answered(q);
	}
	return domain_search_done(&l->search, found);
}

static void go_on(struct resolver_lookup *l)
{
	struct domain found;

	if (advance(l, &found))
		finish(l, &found);
}

static void dns_done(struct dns_loop *dns)
{
	struct question *q = loop_owner(dns, struct question, dns);
	struct resolver_lookup *l = q->lookup;

	answered(q);
	go_on(l);
}

static void soon(struct loop_timer *t)
{
	go_on(loop_owner(t, struct resolver_lookup, soon));
}

static struct resolver_lookup *begin(struct resolver *r, struct span host)
{
	struct resolver_lookup *l = calloc(1, sizeof *l);
	struct domain found;

	if (!l)
		return NULL;
	l->resolver = r;
	l->deadline = deadline_in(r->timeout_ms);
	l->soon.expired = soon;
	l->entry = cache_begin(&r->cache, host, l);
	if (!l->entry) {
		free(l);
		return NULL;
	}
	r->running++;
	domain_search_init(&l->search, r->rules, l->entry->text);
	/* Done before anything was sent: the waiters are told from the loop all the same. */
	if (advance(l, &found))
		loop_timer_set(r->loop, &l->soon, r->loop->now);
	return l;
}

const struct domain *resolver_known(struct resolver *r, struct span host)
{
	struct cache_entry *e = cache_get(&r->cache, host, r->loop->now);

	if (!e || e->lookup)
		return NULL;
	count(&r->counts->hits);
	return &e->domain;
}

bool resolver_ask(struct resolver *r, struct span host, struct resolver_waiter *w)
{
	struct cache_entry *e = cache_get(&r->cache, host, r->loop->now);
	struct resolver_lookup *l = e ? e->lookup : NULL;

	count(l ? &r->counts->joined : &r->counts->misses);
	if (!l && r->running < RESOLVER_LOOKUPS)
		l = begin(r, host);
	if (!l)
		return false;
	w->lookup = l;
	w->next = l->waiters;
	l->waiters = w;
	return true;
}

void resolver_leave(struct resolver_waiter *w)
{
	struct resolver_waiter **at;

	if (!w->lookup)
		return;
	for (at = &w->lookup->waiters; *at != w;)
		at = &(*at)->next;
	*at = w->next;
	w->lookup = NULL;
}
