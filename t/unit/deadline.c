/* Deadlines. */
#include "base/deadline.h"

#include "tap.h"

int main(void)
{
	int64_t before = deadline_now(), us = deadline_now_us(), in = deadline_in(5000);
	int64_t after = deadline_now();

	check(before > 0 && after >= before, "the clock goes forward");
	check(us / 1000 >= before && us / 1000 <= after, "microseconds of the same clock");
	check(in >= before + 5000 && in <= after + 5000, "five seconds from now");
	check(deadline_in(0) >= before && deadline_in(0) <= deadline_now(), "now");
	check(deadline_in(DEADLINE_NEVER) == DEADLINE_NEVER, "never from now is never");
	check(deadline_in(DEADLINE_NEVER - 1) == DEADLINE_NEVER, "beyond all reckoning is never");

	check(deadline_first(1, 2) == 1 && deadline_first(2, 1) == 1, "the earlier of two");
	check(deadline_first(7, DEADLINE_NEVER) == 7, "any moment is before never");

	check(deadline_wait(DEADLINE_NEVER, 0) == -1, "never: wait without end");
	check(deadline_wait(1000, 1000) == 0, "this moment: no wait");
	check(deadline_wait(999, 1000) == 0 && deadline_wait(0, 1000) == 0, "passed: no wait");
	check(deadline_wait(INT64_MIN, 1000) == 0, "passed long ago: no wait");
	check(deadline_wait(1001, 1000) == 1, "one millisecond");
	check(deadline_wait(3600000, 0) == 3600000, "an hour");
	check(deadline_wait(3600001, 0) == 3600000, "more than an hour is an hour");
	check(deadline_wait(DEADLINE_NEVER - 1, 0) == 3600000, "much more too");
	return tap_end();
}
