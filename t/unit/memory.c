/* What is remembered of orders, and for how long. */
#include "acme/memory.h"

#include "acme/renewal.h"
#include "tap.h"

enum { DAY = 86400 };
static const int64_t now = 1800000000;

static int64_t pause_after(unsigned int failures, int64_t retry_after_s)
{
	struct state s = { .seed = 7, .failures = failures };

	memory_failed(&s, now, span_str("no"), retry_after_s);
	return s.retry_at - now;
}

static void retry_after(void)
{
	const int64_t own = renewal_backoff_s(1, 7), last = renewal_backoff_s(STATE_FAILURES_MAX, 7);

	check(pause_after(0, 0) == own && pause_after(0, -1) == own && pause_after(0, 1) == own,
	      "a pause of our own, where the CA asks for none or less");
	check(pause_after(0, DAY) == DAY, "the CA's, where it asks for more");
	check(pause_after(0, 8 * DAY) == 7 * DAY && pause_after(0, INT64_MAX) == 7 * DAY, "up to a week");
	check(pause_after(STATE_FAILURES_MAX, 60) == last && last < MEMORY_RETRY_MAX_S,
	      "our own where that is longer");
}

static void wrong_clock(void)
{
	struct state s = { .retry_at = now + MEMORY_RETRY_MAX_S, .ask_again = now + RENEWAL_RETRY_MAX_S,
		           .failures = 2, .window_start = now, .window_end = now + 1 };

	memory_bound(&s, now);
	check(s.retry_at == now + MEMORY_RETRY_MAX_S && s.ask_again == now + RENEWAL_RETRY_MAX_S,
	      "what can be is left alone");
	memory_bound(&s, now - 1);
	check(s.retry_at == 0 && s.ask_again == 0, "what cannot be is forgotten");
	check(s.failures == 2 && s.window_start == now && s.window_end == now + 1, "and nothing else");
	s.retry_at = s.ask_again = 4070908800;
	memory_bound(&s, now);
	check(s.retry_at == 0 && s.ask_again == 0, "of the year 2099");
	memory_bound(&s, now);
	check(s.retry_at == 0 && s.ask_again == 0, "nothing there");
}

int main(void)
{
	retry_after();
	wrong_clock();
	return tap_end();
}
