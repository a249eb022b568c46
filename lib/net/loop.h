/*
 * loop: one thread waiting for many descriptors and moments (epoll).
 *
 * A watch or a timer is a struct inside something of the caller's, who finds
 * the rest from it with loop_owner(). The loop keeps pointers to them, so they
 * stay where they are while they are in it.
 *
 * What is taken out of the loop can be freed at once: an event of it that
 * came in the same batch is dropped. After each batch the loop calls `settle`.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop_watch {
	int fd;        /* -1: not in the loop */
	void (*ready)(struct loop_watch *watch, uint32_t events);
};

struct loop_timer {
	int64_t at;    /* base/deadline.h */
	size_t slot;   /* 0: not in the loop */
	void (*expired)(struct loop_timer *timer);
};

struct loop {
	int epoll;
	int64_t now;   /* when the last wait ended, in milliseconds */
	bool stop;     /* set by anybody: loop_run() returns after this batch */
	void (*settle)(struct loop *loop);
	struct loop_timer **heap;
	size_t n_timers, room;
	struct epoll_event *batch; /* being handled: entries from `next` to `end` are still to come */
	int next, end;
};

/* The struct of type `type` whose member `member` is at `pointer`. */
#define loop_owner(pointer, type, member) \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* Makes a loop; false (errno) when the system gives none. `settle` may be NULL. */
bool loop_init(struct loop *loop, void (*settle)(struct loop *loop));

/* Gives back what loop_init() and the timers took. */
void loop_free(struct loop *loop);

/*
 * Watches `fd` for `events` (EPOLLIN, EPOLLOUT, EPOLLET, EPOLLEXCLUSIVE ...).
 * False with errno; EPERM means a descriptor that is always ready.
 */
bool loop_add(struct loop *loop, struct loop_watch *watch, int fd, uint32_t events);

/* Watches for other events; the watch must be in the loop. */
bool loop_change(struct loop *loop, struct loop_watch *watch, uint32_t events);

/*
 * The descriptor of `from`, which is in the loop, is watched by `to` from now on, for `events`.
 * False with errno: nothing has changed.
 */
bool loop_move(struct loop *loop, struct loop_watch *from, struct loop_watch *to, uint32_t events);

/* Takes a watch out; its descriptor stays open. Harmless when it is not in. */
void loop_remove(struct loop *loop, struct loop_watch *watch);

/* The same for a watch whose descriptor is closed right before or after, which takes it out of epoll. */
void loop_forget(struct loop *loop, struct loop_watch *watch);

/*
 * Sets the timer to `at`, whether it was set or not; DEADLINE_NEVER takes it
 * out. False when memory is short: the timer is then not set.
 */
bool loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);

/* Handles events until `stop`. False with errno when waiting failed. */
bool loop_run(struct loop *loop);

#endif
