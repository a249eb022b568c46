/*
 * sock_race: attempts to connect, side by side (Happy Eyeballs, RFC 8305);
 * what net/sock.h and net/dial.h say of it. For these two alone: they wait,
 * with poll(2) or in the event loop, and tell what became of an attempt.
 */
#ifndef NET_SOCK_RACE_H
#define NET_SOCK_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/sock.h"

/*
 * Attempts 0 to n_started - 1 are under way (they have a descriptor) or have
 * failed (-1); the rest of `order` is still to be tried.
 */
struct sock_race {
	const struct addr *order[SOCK_TRIES_MAX]; /* into the caller's list */
	int fd[SOCK_TRIES_MAX];
	size_t n, n_started, n_open;
	int64_t next;    /* when the next attempt may start at the latest */
	int first_error; /* of the attempt that failed first */
	int winner;      /* a connected descriptor; -1 as long as there is none */
	size_t won;      /* its attempt */
};

/* Makes it ready; `list` stays the caller's. */
void sock_race_init(struct sock_race *r, const struct addr *list, size_t n, int64_t now);

/* There is a further attempt to be started. */
bool sock_race_more(const struct sock_race *r);

/* Starts the next attempt; it may be over when this returns. */
void sock_race_start(struct sock_race *r, int64_t now);

/* Attempt `i`, under way, has an answer: takes it. */
void sock_race_look(struct sock_race *r, size_t i, int64_t now);

/* Attempt `i` is over, `error` being 0 or an errno. A failure makes room for the next one at once. */
void sock_race_finish(struct sock_race *r, size_t i, int error, int64_t now);

/* Closes all attempts under way; the winner is none of them. */
void sock_race_end(struct sock_race *r);

#endif
