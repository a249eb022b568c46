/*
 * due: whether a name's certificate is to be renewed now, and if not, when.
 * Judgement alone: the clock and the files are the caller's.
 */
#ifndef ACME_DUE_H
#define ACME_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/inspect.h"
#include "acme/state.h"

enum { DUE_WHY_MAX = 640 };

struct due_facts {
	const struct inspect_leaf *leaf; /* NULL: there is no certificate */
	bool unreadable;  /* there is a file where `leaf` should be from, and it is none */
	bool other_names;                /* it is not for the names that are wanted */
	bool undeployed;                 /* it is there, and its deploy hook failed */
	struct state *state;             /* of this name; made to be about this certificate */
};

struct due {
	bool now;
	int64_t when;           /* seconds since 1970; in the past when it is due */
	char why[DUE_WHY_MAX];  /* one line, printable */
};

/* Orders that failed put it off: then it is not due before the next try is allowed. */
void due_judge(struct due *due, const struct due_facts *facts, int64_t unix_now);

#endif
