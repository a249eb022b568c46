/* Hosts looked up by the event loop. */
#include "net/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "net/dns_loop.h"

enum { ASKED = 2 }; /* AAAA and A */

struct lookup;

struct question {
	struct dns_loop dns;
	struct lookup *lookup;
	bool open;                /* dns_loop_end() is to come */
	enum dns_status status;
	struct host_list found;
};

struct lookup {
	struct hosts *hosts;
	struct hosts_entry *entry;
	struct hosts_waiter *waiters;
	struct loop_timer grace;  /* or, when nothing could be asked, for telling so from the loop */
	uint32_t ttl_s;
	struct question question[ASKED];
};

struct hosts_entry {
	struct hosts_entry *chain;         /* of its bucket */
	struct hosts_entry *newer, *older; /* of those that are known */
	size_t bucket;
	int64_t expires;
	struct lookup *lookup;             /* while it is looked up */
	enum dns_status status;
	struct host_list *list;            /* with DNS_FOUND */
	size_t len;
	unsigned char name[];
};

bool hosts_init(struct hosts *h, struct loop *loop, const struct dns_servers *servers,
                const char *hosts_path)
{
	h->loop = loop;
	h->servers = servers;
	h->hosts_path = hosts_path;
	return hash_key_make(&h->key);
}

static void unlink_known(struct hosts *h, struct hosts_entry *e)
{
	*(e->older ? &e->older->newer : &h->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &h->newest) = e->older;
	h->n_known--;
}

static void link_known(struct hosts *h, struct hosts_entry *e)
{
	e->older = h->newest;
	e->newer = NULL;
	*(h->newest ? &h->newest->newer : &h->oldest) = e;
	h->newest = e;
	h->n_known++;
}

static void drop(struct hosts *h, struct hosts_entry *e)
{
	struct hosts_entry **at;

	for (at = &h->bucket[e->bucket]; *at != e;)
		at = &(*at)->chain;
	*at = e->chain;
	if (!e->lookup)
		unlink_known(h, e);
	free(e->list);
	free(e);
}

static struct hosts_entry *find(struct hosts *h, struct span name, size_t *bucket)
{
	struct hosts_entry *e;

	*bucket = hash_bytes(&h->key, name) % HOSTS_BUCKETS;
	for (e = h->bucket[*bucket]; e; e = e->chain)
		if (span_eq(span_of(e->name, e->len), name))
			return e;
	return NULL;
}

bool hosts_known(struct hosts *h, struct span name, enum dns_status *status,
                 const struct host_list **list)
{
	static struct host_list local;
	size_t bucket;
	struct hosts_entry *e = find(h, name, &bucket);

	if (e && !e->lookup && e->expires > h->loop->now) {
		unlink_known(h, e);
		link_known(h, e);
		*status = e->status;
		*list = e->list;
		return true;
	}
	if (e && e->lookup)
		return false;
	*list = &local;
	*status = host_local(&local, name, 0, h->hosts_path);
	return *status != DNS_NONE;
}

/* Nothing more will come. */
static void stop(struct lookup *l)
{
	for (int i = 0; i < ASKED; i++)
		if (l->question[i].open)
			dns_loop_end(&l->question[i].dns);
	loop_timer_clear(l->hosts->loop, &l->grace);
	l->hosts->n_asking--;
}

/* The waiters are told, and what was found is kept. */
static void finish(struct lookup *l, enum dns_status status, const struct host_list *list)
{
	struct hosts *h = l->hosts;
	struct hosts_entry *e = l->entry;
	struct hosts_waiter *waiters = l->waiters, *w;

	stop(l);
	e->lookup = NULL;
	link_known(h, e);
	e->status = status;
	e->list = status == DNS_FOUND ? malloc(sizeof *e->list) : NULL;
	if (e->list)
		*e->list = *list;
	e->expires = h->loop->now + (int64_t)l->ttl_s * 1000;
	if (status == DNS_FOUND && !e->list)
		drop(h, e);
	else if (h->n_known > HOSTS_NAMES)
		drop(h, h->oldest);
	/* A waiter that is told may ask again, so nobody is left in the list for that. */
	for (w = waiters; w; w = w->next)
		w->entry = NULL;
	while ((w = waiters)) {
		waiters = w->next;
		w->found(w, status, list);
	}
	free(l);
}

static void limit(uint32_t *s, uint32_t most)
{
	if (*s > most)
		*s = most;
}

/* Both are over, or time is. */
static void conclude(struct lookup *l)
{
	struct host_list list = { .n = 0 };
	enum dns_status status = host_none(l->question[0].status, l->question[1].status);

	for (int i = 0; i < ASKED; i++)
		for (size_t k = 0; k < l->question[i].found.n; k++)
			list.addr[list.n++] = l->question[i].found.addr[k];
	if (list.n > 0)
		status = DNS_FOUND;
	else
		limit(&l->ttl_s, status == DNS_NONE ? HOSTS_TTL_NONE_MAX_S : HOSTS_TTL_MIN_S);
	if (l->ttl_s < HOSTS_TTL_MIN_S)
		l->ttl_s = HOSTS_TTL_MIN_S;
	finish(l, status, &list);
}

/* The answer to a question. Both families have room, however many addresses one of them has. */
static void answered(struct question *q)
{
	struct dns_answer *answer = &q->dns.query.answer;
	struct dns_record record;
	struct addr a;

	q->status = answer->status;
	limit(&q->lookup->ttl_s, answer->ttl);
	while (dns_next(answer, &record))
		if (q->found.n < HOST_ADDRS_MAX / ASKED && dns_address(&a, &record, 0))
			q->found.addr[q->found.n++] = a;
	dns_loop_end(&q->dns);
	q->open = false;
}

static bool over(const struct lookup *l)
{
	return !l->question[0].open && !l->question[1].open;
}

static void dns_done(struct dns_loop *dns)
{
	struct question *q = loop_owner(dns, struct question, dns);
	struct lookup *l = q->lookup;

	answered(q);
	if (over(l) || (q->found.n > 0 &&
	                !loop_timer_set(l->hosts->loop, &l->grace, l->hosts->loop->now + HOST_GRACE_MS)))
		conclude(l);
}

static void grace_over(struct loop_timer *t)
{
	conclude(loop_owner(t, struct lookup, grace));
}

static struct hosts_entry *begin(struct hosts *h, struct span name, size_t bucket)
{
	static const enum dns_type types[ASKED] = { DNS_AAAA, DNS_A };
	struct hosts_entry *e = calloc(1, sizeof *e + name.len);
	struct lookup *l = calloc(1, sizeof *l);
	int64_t deadline = h->loop->now + DNS_DEADLINE_MS;

	if (!e || !l) {
		free(e);
		free(l);
		return NULL;
	}
	*l = (struct lookup){ .hosts = h, .entry = e, .grace.expired = grace_over,
	                      .ttl_s = HOSTS_TTL_MAX_S };
	e->lookup = l;
	e->len = name.len;
	memcpy(e->name, name.p, name.len);
	e->bucket = bucket;
	e->chain = h->bucket[bucket];
	h->bucket[bucket] = e;
	h->n_asking++;
	for (int i = 0; i < ASKED; i++) {
		struct question *q = &l->question[i];

		q->lookup = l;
		q->open = true;
		q->status = DNS_FAILED;
		if (dns_loop_start(&q->dns, h->loop, h->servers, name, types[i], deadline, dns_done))
			answered(q);
	}
	/* Over before anything was sent: the waiters are told from the loop all the same. */
	if (over(l))
		loop_timer_set(h->loop, &l->grace, h->loop->now);
	return e;
}

bool hosts_ask(struct hosts *h, struct span name, struct hosts_waiter *w)
{
	size_t bucket;
	struct hosts_entry *e = find(h, name, &bucket);

	if (e && !e->lookup) {
		drop(h, e);
		e = NULL;
	}
	if (!e && h->n_asking < HOSTS_LOOKUPS)
		e = begin(h, name, bucket);
	if (!e)
		return false;
	w->entry = e;
	w->next = e->lookup->waiters;
	e->lookup->waiters = w;
	return true;
}

void hosts_leave(struct hosts_waiter *w)
{
	struct hosts_waiter **at;

	if (!w->entry)
		return;
	for (at = &w->entry->lookup->waiters; *at != w;)
		at = &(*at)->next;
	*at = w->next;
	w->entry = NULL;
}

void hosts_free(struct hosts *h)
{
	struct hosts_entry *e;

	for (size_t i = 0; i < HOSTS_BUCKETS; i++)
		while ((e = h->bucket[i])) {
			h->bucket[i] = e->chain;
			if (e->lookup)
				stop(e->lookup);
			free(e->lookup);
			free(e->list);
			free(e);
		}
	h->newest = h->oldest = NULL;
	h->n_known = 0;
}
