/* DNS questions in the event loop. */
#include "net/dns_loop.h"

#include <errno.h>
#include <poll.h>

/*
 * The query changed what it waits for. A descriptor it closed has left the
 * loop by that; another may have its number, so it is always added anew.
 */
static bool follow(struct dns_loop *ask)
{
	struct dns_query *q = &ask->query;
	uint32_t events = q->events & POLLOUT ? EPOLLOUT : EPOLLIN;

	if (q->fd < 0)
		loop_forget(ask->loop, &ask->watch);
	else if (!loop_add(ask->loop, &ask->watch, q->fd, events) &&
	         (errno != EEXIST || !loop_change(ask->loop, &ask->watch, events)))
		return false;
	return loop_timer_set(ask->loop, &ask->timer, q->wake);
}

static void step(struct dns_loop *ask)
{
	bool over = dns_step(&ask->query, ask->loop->now);

	if (!over && !follow(ask)) {
		ask->query.answer.status = DNS_SYSTEM;
		over = true;
	}
	if (over) {
		loop_forget(ask->loop, &ask->watch);
		loop_timer_clear(ask->loop, &ask->timer);
		ask->done(ask);
	}
}

static void ready(struct loop_watch *w, uint32_t events)
{
	(void)events;
	step(loop_owner(w, struct dns_loop, watch));
}

static void expired(struct loop_timer *t)
{
	step(loop_owner(t, struct dns_loop, timer));
}

bool dns_loop_start(struct dns_loop *ask, struct loop *loop, const struct dns_servers *servers,
                    struct span name, enum dns_type type, int64_t deadline,
                    void (*done)(struct dns_loop *ask))
{
	ask->loop = loop;
	ask->done = done;
	ask->watch = (struct loop_watch){ .fd = -1, .ready = ready };
	ask->timer = (struct loop_timer){ .expired = expired };
	if (dns_start(&ask->query, servers, name, type, deadline))
		return true;
	if (follow(ask))
		return false;
	ask->query.answer.status = DNS_SYSTEM;
	return true;
}

void dns_loop_end(struct dns_loop *ask)
{
	loop_timer_clear(ask->loop, &ask->timer);
	loop_forget(ask->loop, &ask->watch);
	dns_end(&ask->query);
}
