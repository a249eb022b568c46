/* Connecting in the event loop. */
#include "net/dial.h"

#include <errno.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/sock_result.h"

/* The race is over: the losers leave. The winner's watch stays in the loop until it is taken. */
static bool over(struct dial *d, int error)
{
	struct sock_race *r = &d->race;

	loop_timer_clear(d->loop, &d->timer);
	for (size_t i = 0; i < r->n_started; i++)
		if (r->winner < 0 || i != r->won)
			loop_forget(d->loop, &d->attempt[i].watch);
	sock_race_end(r);
	d->fd = r->winner;
	d->error = r->winner >= 0 ? 0 : error;
	errno = d->error;
	d->result = sock_result_of(d->error);
	if (d->fd >= 0)
		d->to = *r->order[r->won];
	return true;
}

static void ready(struct loop_watch *w, uint32_t events);

/* Starts what is due. True when it is over. */
static bool advance(struct dial *d)
{
	struct sock_race *r = &d->race;

	while (r->winner < 0) {
		int64_t now = d->loop->now;
		bool more = sock_race_more(r);
		size_t i = r->n_started;

		if (now >= d->deadline)
			return over(d, ETIMEDOUT);
		if (!more && r->n_open == 0)
			return over(d, r->first_error);
		if (!more || now < r->next) {
			if (loop_timer_set(d->loop, &d->timer,
			                   more ? deadline_first(r->next, d->deadline) : d->deadline))
				return false;
			return over(d, ENOMEM);
		}
		d->attempt[i].dial = d;
		d->attempt[i].watch = (struct loop_watch){ .fd = -1, .ready = ready };
		sock_race_start(r, now);
		if (r->winner < 0 && r->fd[i] >= 0 &&
		    !loop_add(d->loop, &d->attempt[i].watch, r->fd[i], EPOLLOUT | EPOLLET))
			sock_race_finish(r, i, errno, now);
	}
	return over(d, 0);
}

static void ready(struct loop_watch *w, uint32_t events)
{
	struct dial_try *t = loop_owner(w, struct dial_try, watch);
	struct dial *d = t->dial;
	size_t i = (size_t)(t - d->attempt);

	if (events & (EPOLLERR | EPOLLHUP))
		sock_race_look(&d->race, i, d->loop->now);
	else
		sock_race_finish(&d->race, i, 0, d->loop->now);
	/* A failed one left epoll when it was closed. */
	if (d->race.winner < 0)
		loop_forget(d->loop, w);
	if (advance(d))
		d->done(d);
}

static void expired(struct loop_timer *t)
{
	struct dial *d = loop_owner(t, struct dial, timer);

	if (advance(d))
		d->done(d);
}

bool dial_start(struct dial *d, struct loop *loop, const struct addr *list, size_t n,
                int64_t deadline, void (*done)(struct dial *d))
{
	if (n > SOCK_TRIES_MAX)
		n = SOCK_TRIES_MAX;
	d->fd = -1;
	d->loop = loop;
	d->timer = (struct loop_timer){ .expired = expired };
	d->deadline = deadline;
	d->done = done;
	for (size_t i = 0; i < n; i++)
		d->list[i] = list[i];
	sock_race_init(&d->race, d->list, n, loop->now);
	return advance(d);
}

bool dial_take(struct dial *d, struct loop_watch *to, uint32_t events)
{
	struct loop_watch *from = &d->attempt[d->race.won].watch;

	/* Who was connected at once was never watched. */
	if (from->fd >= 0 ? !loop_move(d->loop, from, to, events) : !loop_add(d->loop, to, d->fd, events))
		return false;
	d->fd = -1;
	return true;
}

void dial_end(struct dial *d)
{
	loop_timer_clear(d->loop, &d->timer);
	for (size_t i = 0; i < d->race.n_started; i++)
		loop_forget(d->loop, &d->attempt[i].watch);
	sock_race_end(&d->race);
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}
