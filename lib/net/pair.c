/* Two connections made one: their watches, limits and ends. */
#include "net/pair.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/pair_flow.h"

const char *pair_end_name(enum pair_end end)
{
	switch (end) {
	case PAIR_DONE:
		return "done";
	case PAIR_IDLE:
		return "idle";
	case PAIR_TOTAL:
		return "total";
	case PAIR_RESET:
		return "reset";
	case PAIR_SYSTEM:
		return "system";
	}
	return "unknown";
}

void pair_close(struct pair *p)
{
	loop_timer_clear(p->loop, &p->timer);
	for (int i = 0; i < 2; i++) {
		struct pair_side *s = &p->side[i];

		loop_forget(p->loop, &s->in_watch);
		loop_forget(p->loop, &s->out_watch);
		close(s->in);
		if (s->out >= 0 && s->out != s->in)
			close(s->out);
		pair_flow_drop(&p->flow[i]);
	}
}

static void end(struct pair *p, enum pair_end why)
{
	pair_close(p);
	p->over(p, why);
}

/* The moment at which something has to be done though nothing happens. */
static int64_t next_moment(const struct pair *p)
{
	int64_t at = p->deadline;

	if (p->idle_ms > 0)
		at = deadline_first(at, p->moved + p->idle_ms);
	return p->linger ? deadline_first(at, p->linger) : at;
}

/*
 * Nothing more can be delivered either way. True when that is the end; else a
 * sender to whom nobody listens may see the last bytes before it is cut off.
 */
static bool delivered(struct pair *p)
{
	bool quiet = true;

	for (int i = 0; i < 2; i++) {
		if (!p->flow[i].shut || pair_flow_pending(&p->flow[i]))
			return false;
		quiet = quiet && p->flow[i].ended;
	}
	if (!p->linger)
		p->linger = p->loop->now + PAIR_LINGER_MS;
	return quiet;
}

/* Its turn is over though it could go on: changing a watch makes epoll tell again what is ready. */
static bool go_on_later(struct pair *p, struct pair_flow *f)
{
	struct pair_side *from = &p->side[f - p->flow];

	if (from->in_watch.fd < 0)
		return loop_timer_set(p->loop, &p->timer, p->loop->now + 1);
	return loop_change(p->loop, &from->in_watch, PAIR_EVENTS | (from->out_wanted ? EPOLLOUT : 0));
}

static void drive(struct pair *p)
{
	bool good = true;
	int64_t at;

	for (int i = 0; i < 2; i++)
		if (!pair_flow_run(p, &p->flow[i]))
			good = go_on_later(p, &p->flow[i]) && good;
	if (delivered(p)) {
		end(p, p->reset ? PAIR_RESET : PAIR_DONE);
		return;
	}
	at = next_moment(p);
	/* A timer that is early is cheaper than one that is moved with every byte. */
	if (!p->timer.slot || p->timer.at > at)
		good = loop_timer_set(p->loop, &p->timer, at) && good;
	if (!good)
		end(p, PAIR_SYSTEM);
}

static void expired(struct loop_timer *t)
{
	struct pair *p = loop_owner(t, struct pair, timer);
	int64_t now = p->loop->now;

	if (p->linger && now >= p->linger)
		end(p, p->reset ? PAIR_RESET : PAIR_DONE);
	else if (now >= p->deadline)
		end(p, PAIR_TOTAL);
	else if (p->idle_ms > 0 && now >= p->moved + p->idle_ms)
		end(p, PAIR_IDLE);
	else
		drive(p);
}

static void in_ready(struct loop_watch *w, uint32_t events)
{
	struct pair_side *s = loop_owner(w, struct pair_side, in_watch);

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		s->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		s->hung_up = true;
	if (s->in == s->out && events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		s->writable = true;
	drive(s->pair);
}

static void out_ready(struct loop_watch *w, uint32_t events)
{
	struct pair_side *s = loop_owner(w, struct pair_side, out_watch);

	(void)events;
	s->writable = true;
	drive(s->pair);
}

void pair_side_init(struct pair *p, int i, int in, int out, bool socket, bool blocking)
{
	p->side[i] = (struct pair_side){
		.pair = p, .in = in, .out = out, .socket = socket, .blocking = blocking,
		.in_watch = { .fd = -1, .ready = in_ready }, .out_watch = { .fd = -1, .ready = out_ready },
		.writable = true,
	};
}

/* A descriptor that cannot be waited for (a file) is always ready. */
static bool watch(struct pair *p, struct loop_watch *w, int fd, uint32_t events, bool *ready)
{
	if (w->fd >= 0 || loop_add(p->loop, w, fd, events))
		return true;
	*ready = true;
	return errno == EPERM;
}

static bool watch_side(struct pair *p, struct pair_side *s)
{
	return watch(p, &s->in_watch, s->in, PAIR_EVENTS, &s->readable) &&
	       (s->in == s->out || watch(p, &s->out_watch, s->out, EPOLLOUT | EPOLLET, &s->writable));
}

void pair_start(struct pair *p, struct span first)
{
	p->timer.expired = expired;
	p->started = p->moved = p->loop->now;
	if (!watch_side(p, &p->side[0]) || !watch_side(p, &p->side[1])) {
		end(p, PAIR_SYSTEM);
		return;
	}
	pair_flow_begin(p, &p->flow[0], first);
	drive(p);
}
