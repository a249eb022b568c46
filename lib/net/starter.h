/*
 * starter: a process beside a jailed server that starts one program for each of its connections.
 *
 * The server reads what strangers send, in a jail without fork and exec. The starter has no filter,
 * reads nothing of strangers, and takes one kind of order: start the program, with these
 * variables and this socket as its descriptors 0 and 1. The program and its arguments were given
 * before. So a server that
 * was taken over can start what a client could have started, and no more.
 */
#ifndef NET_STARTER_H
#define NET_STARTER_H

#include <stdbool.h>

#include "base/span.h"

enum { STARTER_ENV_MAX = 8192 };

struct starter {
	int fd; /* -1: not started, or ended */
};

/* What is started. */
struct starter_work {
	/* Becomes the program, with this environment and this descriptor: what it returns is the exit
	   status of a process that could not. The variables are hostile as far as the server may be. */
	int (*become)(void *with, struct span variables, int fd);
	void *with;
	bool once; /* there is one order, and the starter itself becomes the program */
};

/*
 * Forks it. Of its descriptors above 2 it keeps none, 0 and 1 are /dev/null. Signals are as by
 * default in who becomes the program, and no_new_privs is set. False: errno.
 *
 * The caller has no other children: SIGCHLD is ignored from here on.
 */
bool starter_start(struct starter *s, const struct starter_work *work);

/*
 * Has the program started with these variables ("NAME=value", each with a NUL behind it). The socket stays the caller's, who closes his.
 */
enum starter_result {
	STARTER_OK,
	STARTER_LATER, /* it has too much to do */
	STARTER_GONE   /* it is not there any more */
};
enum starter_result starter_order(const struct starter *s, struct span variables, int fd);

/* It ends; programs that run go on. */
void starter_end(struct starter *s);

#endif
