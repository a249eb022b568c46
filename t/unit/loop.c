/* The event loop: order of timers, and what leaves the loop in the middle of a batch. */
#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

enum { TIMERS = 500 };

struct item {
	struct loop_timer timer;
	struct loop *loop;
	int64_t at;
};

static int64_t last;
static int fired, out_of_order, settled;

static void fire(struct loop_timer *t)
{
	struct item *i = loop_owner(t, struct item, timer);

	if (i->at < last)
		out_of_order++;
	last = i->at;
	fired++;
	if (i->loop->n_timers == 0)
		i->loop->stop = true;
}

static void settle(struct loop *loop)
{
	(void)loop;
	settled++;
}

static void test_timers(void)
{
	static struct item item[TIMERS];
	struct loop loop;
	int64_t now = deadline_now();

	check(loop_init(&loop, settle), "a loop is made");
	for (int i = 0; i < TIMERS; i++) {
		item[i] = (struct item){ .timer.expired = fire, .loop = &loop };
		loop_timer_set(&loop, &item[i].timer, now + 1000 + i);
	}
	/* All are moved, in a different order; every fifth is taken out. */
	for (int i = 0; i < TIMERS; i++) {
		item[i].at = now + (i * 7919) % 50;
		loop_timer_set(&loop, &item[i].timer, item[i].at);
	}
	for (int i = 0; i < TIMERS; i += 5) {
		loop_timer_clear(&loop, &item[i].timer);
		loop_timer_clear(&loop, &item[i].timer);
	}
	check(loop_run(&loop), "the loop runs until it is stopped");
	check(fired == TIMERS - TIMERS / 5, "every timer that was left fired once (%d)", fired);
	check(out_of_order == 0, "none before an earlier one");
	check(deadline_now() >= last, "none before its moment");
	check(settled > 0, "batches are settled");
	loop_free(&loop);
}

static void test_never(void)
{
	struct loop loop;
	struct item item = { .timer.expired = fire };

	loop_init(&loop, NULL);
	check(loop_timer_set(&loop, &item.timer, DEADLINE_NEVER) && item.timer.slot == 0,
	      "a timer for never is not set");
	loop_timer_set(&loop, &item.timer, deadline_in(1000));
	loop_timer_set(&loop, &item.timer, DEADLINE_NEVER);
	check(loop.n_timers == 0, "setting one to never takes it out");
	loop_free(&loop);
}

struct end {
	struct loop_watch watch;
	struct loop *loop;
	struct end *other;
};

static int handled;
static struct end *left;

/* Whoever comes first takes the other out and frees it. */
static void kill_other(struct loop_watch *w, uint32_t events)
{
	struct end *e = loop_owner(w, struct end, watch);
	int fd = e->other->watch.fd;

	(void)events;
	handled++;
	loop_forget(e->loop, &e->other->watch);
	close(fd);
	memset(e->other, 0xff, sizeof *e->other);
	free(e->other);
	e->loop->stop = true;
	left = e;
}

static void test_batch(void)
{
	struct end *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
	struct loop loop;
	int one[2], two[2];

	loop_init(&loop, NULL);
	if (!a || !b || socketpair(AF_UNIX, SOCK_STREAM, 0, one) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, two) < 0)
		return;
	*a = (struct end){ .watch.ready = kill_other, .loop = &loop, .other = b };
	*b = (struct end){ .watch.ready = kill_other, .loop = &loop, .other = a };
	loop_add(&loop, &a->watch, one[0], EPOLLIN);
	loop_add(&loop, &b->watch, two[0], EPOLLIN);
	check(write(one[1], "x", 1) == 1 && write(two[1], "x", 1) == 1, "two are ready at once");
	loop_run(&loop);
	check(handled == 1, "what left in the middle of a batch is not called");
	free(left);
	loop_free(&loop);
}

static void test_file(void)
{
	struct loop loop;
	struct loop_watch w = { .fd = -1, .ready = kill_other };
	FILE *f = tmpfile();

	loop_init(&loop, NULL);
	errno = 0;
	check(f && !loop_add(&loop, &w, fileno(f), EPOLLIN) && errno == EPERM && w.fd < 0,
	      "a file cannot be waited for, and says so");
	loop_forget(&loop, &w);
	loop_remove(&loop, &w);
	check(w.fd < 0, "taking out what is not in is harmless");
	loop_free(&loop);
}

int main(void)
{
	test_timers();
	test_never();
	test_batch();
	test_file();
	return tap_end();
}
