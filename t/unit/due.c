/* Whether a certificate is due, from what is known about it. */
#include "acme/due.h"

#include <string.h>

#include "acme/memory.h"
#include "acme/renewal.h"
#include "tap.h"

enum { DAY = 86400 };
static const int64_t now = 1800000000;

static struct inspect_leaf leaf;
static struct state state;

static struct due judge(const struct due_facts *facts)
{
	static struct due due;

	due = (struct due){ .when = -1 };
	due_judge(&due, facts, now);
	return due;
}

static bool because(const struct due *due, const char *why)
{
	return strstr(due->why, why) != NULL;
}

int main(void)
{
	struct due_facts facts = { .state = &state };
	struct due due;
	int64_t before = 0;

	due = judge(&facts);
	check(due.now && due.when == now && because(&due, "no certificate"), "there is none");
	leaf.der = span_str("a certificate");
	leaf.not_before = now - 30 * DAY;
	leaf.not_after = now + 60 * DAY - 1;
	facts.leaf = &leaf;
	due = judge(&facts);
	check(!due.now && due.when > now + 28 * DAY && due.when <= now + 30 * DAY &&
	      because(&due, "lifetime"), "a third of it is left");
	facts.other_names = true;
	due = judge(&facts);
	check(due.now && because(&due, "other names"), "other names");
	facts.other_names = false;
	facts.undeployed = true;
	due = judge(&facts);
	check(due.now && because(&due, "deploy"), "not deployed");
	facts.undeployed = false;
	state.window_start = now + DAY;
	state.window_end = now + 2 * DAY;
	due = judge(&facts);
	check(!due.now && due.when >= now + DAY && due.when <= now + 2 * DAY && because(&due, "suggests"),
	      "the CA's window");
	state.window_start = now - 2;
	state.window_end = now - 1;
	due = judge(&facts);
	check(due.now && because(&due, "the renewal window is over"), "a window that is over");
	leaf.der = span_str("another certificate");
	due = judge(&facts);
	check(!due.now && state.window_end == 0, "was another certificate's");
	leaf.not_after = now - 1;
	due = judge(&facts);
	check(due.now && because(&due, "expired"), "expired");
	for (int i = 1; i <= 20; i++) {
		memory_failed(&state, now, span_str("it said \x1b no\nand more"), 0);
		due = judge(&facts);
		if (due.now || due.when != state.retry_at || state.retry_at - now > RENEWAL_BACKOFF_MAX_S * 5 / 4)
			check(false, "failure %d", i);
		before = state.retry_at > before ? state.retry_at : before;
	}
	check(before - now > RENEWAL_BACKOFF_MAX_S / 2 && because(&due, "20 failed in a row, the last with: it said ? no"),
	      "after failures not before the next is allowed");
	due_judge(&due, &facts, state.retry_at);
	check(due.now, "and then it is");
	memory_succeeded(&state);
	due = judge(&facts);
	check(due.now && state.error[0] == 0, "nothing is left of them");
	leaf.not_after = now + 60 * DAY;
	memory_revoked(&state, leaf.der, now);
	due = judge(&facts);
	check(due.now && because(&due, "window is over") && due.when >= now - 1, "revoked");
	return tap_end();
}
