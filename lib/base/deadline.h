/*
 * deadline: one absolute moment that goes through every step of a task.
 *
 * A moment is a signed number of milliseconds on the monotonic clock. A
 * task's deadline is made once and handed down: a limit that starts again
 * with every byte is no limit.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* A moment that never comes. */
#define DEADLINE_NEVER INT64_MAX

/* This moment, in milliseconds; and in microseconds, for measuring. */
int64_t deadline_now(void);
int64_t deadline_now_us(void);

/* The moment `ms` (not negative) milliseconds from now; one too far away never comes. */
int64_t deadline_in(int64_t ms);

/* The earlier of two moments. */
int64_t deadline_first(int64_t a, int64_t b);

/*
 * Milliseconds from `now` to `deadline` as poll(2) and epoll_wait(2) take
 * them: 0 when it has passed, -1 for DEADLINE_NEVER, never more than an hour,
 * so callers look again instead of trusting one long wait.
 */
int deadline_wait(int64_t deadline, int64_t now);

#endif
