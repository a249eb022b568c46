/* Whether a certificate is to be renewed now. */
#include "acme/due.h"

#include <stdio.h>

#include "acme/renewal.h"

static void because(struct due *due, int64_t when, const char *why)
{
	due->when = when;
	snprintf(due->why, sizeof due->why, "%s", why);
}

static void by_certificate(struct due *due, const struct due_facts *facts, int64_t unix_now)
{
	const struct inspect_leaf *leaf = facts->leaf;
	const struct state *s = facts->state;
	struct renewal_window window = { .start = s->window_start, .end = s->window_end };
	bool by_window;
	int64_t when = renewal_due(&window, leaf->not_before, leaf->not_after, s->seed, &by_window);

	if (leaf->not_after < unix_now)
		because(due, leaf->not_after, "it has expired");
	else if (by_window && window.end <= unix_now)
		because(due, when, "the renewal window is over");
	else if (by_window)
		because(due, when, "the CA suggests that time");
	else
		because(due, when, "by its lifetime");
}

void due_judge(struct due *due, const struct due_facts *facts, int64_t unix_now)
{
	const struct state *s = facts->state;

	if (facts->leaf)
		state_about(facts->state, facts->leaf->der);
	if (!facts->leaf && facts->unreadable)
		because(due, unix_now, "its cert.pem cannot be read as a certificate");
	else if (!facts->leaf)
		because(due, unix_now, "there is no certificate");
	else if (facts->other_names)
		because(due, unix_now, "it is for other names");
	else
		by_certificate(due, facts, unix_now);
	if (facts->undeployed && due->when > unix_now)
		because(due, unix_now, "its deploy hook failed");
	if (s->failures > 0 && s->retry_at > unix_now && due->when < s->retry_at) {
		due->when = s->retry_at;
		snprintf(due->why, sizeof due->why, "%u failed in a row, the last with: %s", s->failures,
		         s->error);
	}
	due->now = due->when <= unix_now;
}
