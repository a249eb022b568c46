/*
 * child: work that is done in a process of its own.
 *
 * Two kinds: a function of this program, forked off to sit behind a socket
 * with less than its parent has (it calls jail_enter() itself), and another
 * program, run to its end. Both die with their parent: a child is killed by
 * the kernel when the process that started it is gone. What a child started
 * itself is not, but for child_run()'s deadline.
 *
 * In a jail JAIL_FORK is needed, and JAIL_UNIX for child_start(), JAIL_READ and
 * JAIL_EXEC for child_run().
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/builder.h"

struct child {
	pid_t pid; /* 0: none */
	int fd;    /* this end of a stream socket; -1: closed */
};

/*
 * Forks. The child runs `work(context, fd)` with the other end of a socket
 * pair and ends with what it returns as its exit status, without running
 * anything of the parent's at exit. Descriptors 0 to 2 and whatever was open
 * stay open in it: `work` closes what it must not have. False: errno.
 *
 * The parent's alarm is not inherited; SIGPIPE stays ignored.
 */
bool child_start(struct child *c, int (*work)(void *context, int fd), void *context);

enum child_result {
	CHILD_EXITED,  /* `*status` is its exit status */
	CHILD_KILLED,  /* a signal ended it; `*status` is its number */
	CHILD_TIMEOUT, /* the deadline passed; it was killed, with its process group if it had one */
	CHILD_ERROR    /* errno */
};

/*
 * Closes this end and waits for the child, which is expected to end by itself
 * then. On CHILD_TIMEOUT it was killed and waited for.
 */
enum child_result child_end(struct child *c, int64_t deadline, int *status);

/*
 * Runs a program to its end: argv[0] is a path or is looked for along PATH; no
 * shell. `env` are further variables as "NAME=value", or NULL. Its input is
 * /dev/null, its descriptors above 2 are closed, it is in a process group of
 * its own, and at the deadline the whole group is killed. Exit status 126 and
 * 127 are also what is given when it could not be executed or was not found.
 *
 * `output` NULL leaves descriptor 1 alone; else what it writes there is
 * collected in `output` (the rest is read and lost when that overflows). What
 * it leaves running is not waited for, even when that could still write.
 */
enum child_result child_run(const char *const argv[], const char *const env[],
                            struct builder *output, int64_t deadline, int *status);

/*
 * May be called by a signal handler: a child_run() under way and every later one ends as if its
 * deadline had come, until it is called with false.
 */
void child_run_stop(bool now);

#endif
