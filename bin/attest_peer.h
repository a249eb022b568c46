/*
 * attest_peer: the options of programs that accept a peer only with evidence in its certificate (-Q and
 * what goes with it), and the judge that the handshake asks.
 */
#ifndef BIN_ATTEST_PEER_H
#define BIN_ATTEST_PEER_H

#include "attest_files.h"

#define ATTEST_LETTERS "D:Q:r:S:"

enum { ATTEST_FRESH_S = 60 }; /* collateral is not read again before */

/* True: the letter was one of these. */
static bool attest_option(struct attest *a, int letter, const char *value)
{
	switch (letter) {
	case 'D':
		a->dir = value;
		return true;
	case 'Q':
		a->policy_file = value;
		return true;
	case 'r':
		a->root_file = value;
		return true;
	case 'S':
		attest_admit(a, "-S", value);
		return true;
	default:
		return false;
	}
}

/* All that they name is read, when there is -Q. */
static void attest_open(struct attest *a)
{
	bool more = a->dir || a->root_file || a->policy.statuses != 1U << TCB_UP_TO_DATE;

	if (!a->policy_file && more)
		prog_perm("-D, -r, -S: only with -Q");
	if (!a->policy_file)
		return;
	if (!a->dir)
		prog_perm("-Q: the directory of the collateral is needed (-D)");
	a->judge.policy = &a->policy;
	attest_policy(a, "-Q");
	attest_root(a, "-r");
	attest_collateral(a, "-D");
}

/*
 * For programs that live long: what cannot be read again is used on, as long as it says itself that
 * it is valid.
 */
static void attest_again(struct attest *a, int64_t unix_now)
{
	const char *file;

	if (!a->again || (unix_now < a->read_at + ATTEST_FRESH_S && unix_now >= a->read_at))
		return;
	attest_read(a, &file);
	a->read_at = unix_now;
}

/* For the handshake: why a certificate is not believed, or NULL. */
static const char *attest_leaf(void *context, struct span leaf)
{
	struct attest *a = context;
	int64_t now = (int64_t)time(NULL);

	attest_again(a, now);
	return ratls_judge(&a->judge, leaf, now) ? NULL : attest_why(a);
}

#endif
