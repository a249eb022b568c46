/* How a request gets its connection: a kept one, or its turn, an address, a new one. */
#include <stdlib.h>

#include "base/deadline.h"
#include "net/forward_exchange.h"

static void queue(struct forward_exchange *e)
{
	struct forward *f = e->f;

	e->state = FORWARD_QUEUED;
	e->before = f->last;
	e->behind = NULL;
	*(f->last ? &f->last->behind : &f->first) = e;
	f->last = e;
}

void forward_unqueue(struct forward_exchange *e)
{
	struct forward *f = e->f;

	hosts_leave(&e->waiter);
	if (e->state != FORWARD_QUEUED)
		return;
	*(e->before ? &e->before->behind : &f->first) = e->behind;
	*(e->behind ? &e->behind->before : &f->last) = e->before;
	e->state = FORWARD_LOOKUP;
}

/* The link was opened, could not be, or can go on. */
static void ready(struct link *l)
{
	httpd_go_on(((struct forward_exchange *)l->owner)->h);
}

static void open_link(struct forward_exchange *e, const struct addr *list, size_t n)
{
	struct forward *f = e->f;
	const struct link_goal goal = { .loop = f->loop, .list = list, .n = n,
	                                .host = span_str(e->target),
	                                .host_is_address = e->host_is_address, .deadline = e->by };

	e->state = FORWARD_OPENING;
	e->link = f->way->open(f->way, &goal, ready, e);
	if (!e->link)
		forward_fail(e, 503, "system");
}

static void use_hosts(struct forward_exchange *e, enum dns_status status,
                      const struct host_list *list)
{
	struct addr to[HOST_ADDRS_MAX];
	size_t n = 0;

	if (status != DNS_FOUND) {
		forward_fail(e, status == DNS_FAILED ? 504 : 502, status == DNS_FAILED ? "no-dns" : "no-host");
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		to[n] = list->addr[i];
		addr_set_port(&to[n], e->port);
		if (!e->checked || e->f->allowed(e->f, e->h, &to[n]))
			n++;
	}
	if (n > 0)
		open_link(e, to, n);
	else
		forward_fail(e, 502, "forbidden");
}

static void found(struct hosts_waiter *w, enum dns_status status, const struct host_list *list)
{
	struct forward_exchange *e = loop_owner(w, struct forward_exchange, waiter);

	use_hosts(e, status, list);
	httpd_go_on(e->h);
}

/* A connection may be opened. */
static void open_new(struct forward_exchange *e)
{
	const struct host_list *list;
	enum dns_status status;

	e->entered = true;
	e->reused = false;
	if (e->addr) {
		open_link(e, e->addr, 1);
	} else if (hosts_known(e->f->hosts, span_str(e->target), &status, &list)) {
		use_hosts(e, status, list);
	} else {
		e->state = FORWARD_LOOKUP;
		e->waiter.found = found;
		if (!hosts_ask(e->f->hosts, span_str(e->target), &e->waiter))
			forward_fail(e, 503, "no-dns");
	}
}

static void use_kept(struct forward_exchange *e, struct link *link)
{
	e->link = link;
	link->owner = e;
	link->ready = ready;
	e->entered = e->reused = true;
	e->state = FORWARD_HEAD;
	e->h->by = deadline_in(e->heard ? e->f->first_ms : e->f->idle_ms);
}

void forward_connect(struct forward_exchange *e)
{
	struct forward *f = e->f;
	int64_t since = e->repeatable ? INT64_MIN : f->loop->now - FORWARD_FRESH_MS;
	struct link *kept = NULL;

	/* What came free is for those who wait. */
	if (!f->first)
		kept = forward_pool_take(&f->pool, span_of(e->key, e->key_len), since);
	if (kept) {
		use_kept(e, kept);
	} else if (!f->first && forward_pool_enter(&f->pool)) {
		open_new(e);
	} else {
		queue(e);
	}
}

/*
 * Those that wait have their turn from the loop: this may be called in the midst of
 * somebody else's step.
 */
static void free_turn(struct forward *f)
{
	if (f->first)
		loop_timer_set(f->loop, &f->turn, f->loop->now);
}

void forward_turn(struct loop_timer *t)
{
	struct forward *f = loop_owner(t, struct forward, turn);

	while (f->first) {
		struct forward_exchange *e = f->first;
		struct link *kept = forward_pool_take(&f->pool, span_of(e->key, e->key_len),
		                                      f->loop->now - FORWARD_FRESH_MS);

		if (kept) {
			forward_unqueue(e);
			use_kept(e, kept);
		} else if (forward_pool_enter(&f->pool)) {
			forward_unqueue(e);
			open_new(e);
		} else {
			return;
		}
		httpd_go_on(e->h);
	}
}

void forward_disconnect(struct forward_exchange *e, bool keep)
{
	struct forward *f = e->f;

	forward_unqueue(e);
	if (!e->entered)
		return;
	if (e->link && keep)
		forward_pool_keep(&f->pool, span_of(e->key, e->key_len), e->link);
	else
		forward_pool_leave(&f->pool, e->link);
	e->link = NULL;
	e->entered = false;
	free_turn(f);
}

bool forward_again(struct forward_exchange *e)
{
	if (!e->reused || !e->repeatable || e->head_len == 0 || e->kept_len > 0 || e->interim > 0)
		return false;
	e->link->kind->close(e->link);
	e->link = NULL;
	e->at = 0;
	e->len = e->head_len;
	e->deaf = false;
	e->h->by = e->by = deadline_in(e->f->connect_ms);
	open_new(e);
	return true;
}
