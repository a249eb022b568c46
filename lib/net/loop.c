/* The event loop: epoll, and a heap of timers. */
#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"

enum { BATCH = 256, FIRST_ROOM = 16 };

bool loop_init(struct loop *loop, void (*settle)(struct loop *))
{
	*loop = (struct loop){ .settle = settle, .now = deadline_now() };
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll >= 0;
}

void loop_free(struct loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop->heap);
	*loop = (struct loop){ .epoll = -1 };
}

bool loop_add(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = watch };

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		return false;
	watch->fd = fd;
	return true;
}

bool loop_change(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &e) == 0;
}

bool loop_move(struct loop *loop, struct loop_watch *from, struct loop_watch *to, uint32_t events)
{
	to->fd = from->fd;
	if (!loop_change(loop, to, events)) {
		to->fd = -1;
		return false;
	}
	loop_forget(loop, from);
	return true;
}

void loop_remove(struct loop *loop, struct loop_watch *watch)
{
	if (watch->fd >= 0)
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	loop_forget(loop, watch);
}

void loop_forget(struct loop *loop, struct loop_watch *watch)
{
	if (watch->fd < 0)
		return;
	watch->fd = -1;
	for (int i = loop->next; i < loop->end; i++)
		if (loop->batch[i].data.ptr == watch)
			loop->batch[i].data.ptr = NULL;
}

/*
 * The heap is heap[1] to heap[n_timers]; a parent is never later than its
 * children, and every timer knows its slot.
 */
static void place(struct loop *loop, struct loop_timer *timer, size_t slot)
{
	loop->heap[slot] = timer;
	timer->slot = slot;
}

static void rise(struct loop *loop, struct loop_timer *timer, size_t slot)
{
	for (; slot > 1 && loop->heap[slot / 2]->at > timer->at; slot /= 2)
		place(loop, loop->heap[slot / 2], slot);
	place(loop, timer, slot);
}

static void sink(struct loop *loop, struct loop_timer *timer, size_t slot)
{
	for (;;) {
		size_t child = slot * 2;

		if (child < loop->n_timers && loop->heap[child + 1]->at < loop->heap[child]->at)
			child++;
		if (child > loop->n_timers || loop->heap[child]->at >= timer->at)
			break;
		place(loop, loop->heap[child], slot);
		slot = child;
	}
	place(loop, timer, slot);
}

static void settle_at(struct loop *loop, struct loop_timer *timer, size_t slot)
{
	if (slot > 1 && loop->heap[slot / 2]->at > timer->at)
		rise(loop, timer, slot);
	else
		sink(loop, timer, slot);
}

static bool grow(struct loop *loop)
{
	size_t room = loop->room ? loop->room * 2 : FIRST_ROOM;
	struct loop_timer **heap = reallocarray(loop->heap, room + 1, sizeof *heap);

	if (!heap)
		return false;
	loop->heap = heap;
	loop->room = room;
	return true;
}

bool loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at)
{
	if (at == DEADLINE_NEVER) {
		loop_timer_clear(loop, timer);
		return true;
	}
	timer->at = at;
	if (timer->slot) {
		settle_at(loop, timer, timer->slot);
		return true;
	}
	if (loop->n_timers == loop->room && !grow(loop))
		return false;
	rise(loop, timer, ++loop->n_timers);
	return true;
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	size_t slot = timer->slot;
	struct loop_timer *last;

	if (!slot)
		return;
	timer->slot = 0;
	last = loop->heap[loop->n_timers--];
	if (last != timer)
		settle_at(loop, last, slot);
}

static void expire(struct loop *loop)
{
	while (loop->n_timers > 0 && loop->heap[1]->at <= loop->now) {
		struct loop_timer *timer = loop->heap[1];

		loop_timer_clear(loop, timer);
		timer->expired(timer);
	}
}

static bool turn(struct loop *loop)
{
	static struct epoll_event events[BATCH]; /* not cleared in every turn */
	int64_t next = loop->n_timers > 0 ? loop->heap[1]->at : DEADLINE_NEVER;
	int n = epoll_wait(loop->epoll, events, BATCH, deadline_wait(next, deadline_now()));

	if (n < 0 && errno != EINTR)
		return false;
	loop->now = deadline_now();
	loop->batch = events;
	loop->end = n;
	for (loop->next = 0; loop->next < loop->end;) {
		struct epoll_event *e = &events[loop->next++];
		struct loop_watch *watch = e->data.ptr;

		if (watch)
			watch->ready(watch, e->events);
	}
	loop->next = loop->end = 0;
	expire(loop);
	if (loop->settle)
		loop->settle(loop);
	return true;
}

bool loop_run(struct loop *loop)
{
	while (!loop->stop)
		if (!turn(loop))
			return false;
	return true;
}
