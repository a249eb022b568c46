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
		/* What is demanded is not given up for a second one. */
		if (a->policy_file)
			prog_usage();
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
	policy_file_rules(&a->policy, "-Q", a->policy_file);
	a->judge.root = policy_file_root(&a->root, a->root_file);
	attest_collateral(a, "-D");
}

/*
 * For programs that live long: what cannot be read again is used on, as long as it says itself that
 * it is valid.
 */
static void attest_again(struct attest *a, int64_t unix_now)
{
	const char *file;

	if (unix_now < a->read_at + ATTEST_FRESH_S && unix_now >= a->read_at)
		return;
	attest_read(a, &file);
	a->read_at = unix_now;
	a->n_known = a->next_known = 0;
}

/* The same certificate means the same for as long as the collateral is not read again. */
static bool attest_is_known(const struct attest *a, const unsigned char hash[KEY_PIN_LEN])
{
	for (size_t i = 0; i < a->n_known; i++)
		if (memcmp(a->known[i], hash, KEY_PIN_LEN) == 0)
			return true;
	return false;
}

/* In the place of the one that was first. */
static void attest_keep(struct attest *a, const unsigned char hash[KEY_PIN_LEN])
{
	memcpy(a->known[a->next_known], hash, KEY_PIN_LEN);
	a->next_known = (a->next_known + 1) % ATTEST_KNOWN;
	a->n_known += a->n_known < ATTEST_KNOWN;
}

/* For the handshake: why a certificate is not believed, or NULL. */
static const char *attest_leaf(void *context, struct span leaf)
{
	struct attest *a = context;
	int64_t now = (int64_t)time(NULL);
	unsigned char hash[KEY_HASH_MAX];

	if (a->again)
		attest_again(a, now);
	key_hash(KEY_SHA256, leaf, hash);
	if (attest_is_known(a, hash))
		return NULL;
	if (!ratls_judge(&a->judge, leaf, now))
		return attest_why(a);
	attest_keep(a, hash);
	return NULL;
}

#endif
