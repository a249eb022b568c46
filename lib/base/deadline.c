/* Deadlines on the monotonic clock. */
#include "base/deadline.h"

#include <time.h>

enum { LONGEST_WAIT_MS = 3600 * 1000 };

int64_t deadline_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t deadline_now(void)
{
	return deadline_now_us() / 1000;
}

int64_t deadline_in(int64_t ms)
{
	int64_t now = deadline_now();

	return ms < DEADLINE_NEVER - now ? now + ms : DEADLINE_NEVER;
}

int64_t deadline_first(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int deadline_wait(int64_t deadline, int64_t now)
{
	if (deadline == DEADLINE_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	return deadline - now > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : (int)(deadline - now);
}
