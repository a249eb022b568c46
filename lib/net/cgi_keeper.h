/*
 * cgi_keeper: a process beside the server that starts CGI programs and waits for them.
 *
 * The server reads what strangers send, in a jail without fork, exec or files. A system call
 * filter is inherited by what is executed, and one that all programs could live under
 * would be none; so programs are executed by this process, which has no filter,
 * does not read what strangers send, and takes three kinds of orders from the
 * server: start the program of this path, with this environment and these descriptors;
 * send this one a signal; and the end of the socket, which ends it. The path is
 * looked up beneath the directory alone, and the environment may only have the variables
 * of net/cgi.h: so a server that was taken over can run what a request could have
 * run, and no more.
 *
 * Programs are numbered by slots, which the server chooses and may use again once it
 * heard that the program ended. With its first process a program ends whole: what
 * is left in its process group is killed then.
 */
#ifndef NET_CGI_KEEPER_H
#define NET_CGI_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "net/cgi_child.h"

enum { CGI_CHILDREN_MAX = 4096, CGI_KILL_MS = 2000 /* from SIGTERM to SIGKILL */ };

struct cgi_keeper {
	int fd;    /* becomes readable with news; -1: not started, or ended */
	int pidfd; /* becomes readable when the process is gone; -1: the kernel has none */
};

/* A program ended, or never began. */
struct cgi_news {
	uint32_t slot;
	int32_t status;  /* 404, 403, 503, 500: it was not started (net/cgi_child.h); 0: it ended, */
	int32_t signal;  /* by this signal, or 0 by itself */
	int32_t started; /* 1: it was started, and the rest is 0; only for who asked */
};

enum cgi_result {
	CGI_OK,
	CGI_LATER, /* nothing now */
	CGI_GONE   /* the keeper is not there any more */
};

/*
 * Forks the keeper. Its descriptors are its end of the socket and the place's directory; 0 to
 * 2 are /dev/null. It has no_new_privs, the place's limits, and no core files. `n` is the
 * number of slots, at most CGI_CHILDREN_MAX. False: errno.
 *
 * The caller has no other children: SIGCHLD is ignored from here on, so that nobody has to wait
 * for the keeper, which a jail would not allow.
 */
bool cgi_keeper_start(struct cgi_keeper *k, const struct cgi_place *place, unsigned int n);

/*
 * Has a program started. The descriptors stay the caller's, who closes his; `fd[0]` -1 is
 * /dev/null. With `tell` there is news when it was started, else only when it was
 * not. CGI_LATER when the keeper has too much to do.
 */
enum cgi_result cgi_keeper_order(const struct cgi_keeper *k, uint32_t slot, struct span path,
                                 struct span environment, const int fd[3], bool tell);

/* Sends a program's process group SIGTERM or SIGKILL. */
enum cgi_result cgi_keeper_signal(const struct cgi_keeper *k, uint32_t slot, int signal);

enum cgi_result cgi_keeper_news(const struct cgi_keeper *k, struct cgi_news *news);

/*
 * Tells it to end, and waits until it did: programs that still run get SIGTERM, and SIGKILL
 * CGI_KILL_MS later.
 */
void cgi_keeper_end(struct cgi_keeper *k);

#endif
