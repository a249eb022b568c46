/* Idle connections in the order in which they became idle. */
#include "net/forward_pool.h"

#include <stdlib.h>

#include "base/deadline.h"

struct forward_idle {
	struct forward_pool *pool;
	struct forward_idle *older, *newer;
	struct link *link;
	int64_t since;
	size_t key_len;
	unsigned char key[];
};

/* Out of the list; the link is the caller's. */
static struct link *strike(struct forward_pool *p, struct forward_idle *i)
{
	struct link *link = i->link;

	*(i == p->oldest ? &p->oldest : &i->older->newer) = i->newer;
	*(i == p->newest ? &p->newest : &i->newer->older) = i->older;
	p->n_idle--;
	free(i);
	return link;
}

static void drop(struct forward_pool *p, struct forward_idle *i)
{
	forward_pool_leave(p, strike(p, i));
}

static void set_timer(struct forward_pool *p)
{
	int64_t at = p->oldest ? p->oldest->since + p->idle_ms : DEADLINE_NEVER;

	/* One that is early is cheaper than one that is moved with every request. */
	if (!p->timer.slot || p->timer.at > at)
		loop_timer_set(p->loop, &p->timer, at);
}

static void expired(struct loop_timer *t)
{
	struct forward_pool *p = loop_owner(t, struct forward_pool, timer);

	while (p->oldest && p->oldest->since + p->idle_ms <= p->loop->now)
		drop(p, p->oldest);
	set_timer(p);
}

void forward_pool_init(struct forward_pool *p, struct loop *loop)
{
	p->loop = loop;
	p->timer.expired = expired;
}

/* Something came: an end, or what nobody asked for. */
static void stirred(struct link *link)
{
	struct forward_idle *i = link->owner;
	unsigned char byte;
	size_t len;

	if (link->kind->read(link, &byte, 1, &len) != LINK_LATER)
		drop(i->pool, i);
}

struct link *forward_pool_take(struct forward_pool *p, struct span key, int64_t since)
{
	struct forward_idle *older;

	for (struct forward_idle *i = p->newest; i && i->since >= since; i = older) {
		unsigned char byte;
		struct link *link;
		size_t len;

		older = i->older;
		if (!span_eq(span_of(i->key, i->key_len), key))
			continue;
		link = strike(p, i);
		/* What the loop has not told yet. */
		link->doubt = true;
		if (link->kind->read(link, &byte, 1, &len) == LINK_LATER)
			return link;
		forward_pool_leave(p, link);
	}
	return NULL;
}

bool forward_pool_enter(struct forward_pool *p)
{
	if (p->n >= p->max && p->oldest)
		drop(p, p->oldest);
	if (p->n >= p->max)
		return false;
	p->n++;
	return true;
}

void forward_pool_keep(struct forward_pool *p, struct span key, struct link *link)
{
	struct forward_idle *i = NULL;

	if (p->max_idle > 0 && key.len <= FORWARD_KEY_MAX)
		i = malloc(sizeof *i + key.len);
	if (!i) {
		forward_pool_leave(p, link);
		return;
	}
	if (p->n_idle >= p->max_idle)
		drop(p, p->oldest);
	*i = (struct forward_idle){ .pool = p, .older = p->newest, .link = link,
	                            .since = p->loop->now, .key_len = key.len };
	if (key.len > 0)
		memcpy(i->key, key.p, key.len);
	*(p->newest ? &p->newest->newer : &p->oldest) = i;
	p->newest = i;
	p->n_idle++;
	link->owner = i;
	link->ready = stirred;
	set_timer(p);
}

void forward_pool_leave(struct forward_pool *p, struct link *link)
{
	if (link)
		link->kind->close(link);
	p->n--;
}

void forward_pool_drain(struct forward_pool *p)
{
	while (p->oldest)
		drop(p, p->oldest);
	loop_timer_clear(p->loop, &p->timer);
}
