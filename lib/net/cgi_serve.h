/*
 * cgi_serve: CGI programs as an application of net/httpd.h.
 *
 * Each request that names a program has it started by the keeper (net/cgi_keeper.h), which
 * never looks at the request; its body goes to the program's standard input as it comes
 * and as the program reads it, its standard output is the answer, sent as it comes, and
 * its standard error goes to the log a line at a time, with the request's id.
 *
 * At most `children` programs run at a time. Further requests wait for their turn,
 * `wait_ms` at most, and are answered 503 then.
 *
 * The log (net/access.h) has a line a request of the class "cgi", and where it went is its id
 * and its path: "1234.17/path"; requests that came to no program are of the class "none".
 * A status of 499 says that the client went away.
 */
#ifndef NET_CGI_SERVE_H
#define NET_CGI_SERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/access.h"
#include "net/cgi_keeper.h"
#include "net/httpd.h"
#include "net/loop.h"

enum {
	CGI_CHILDREN = 64,       /* default of children */
	CGI_BODY_MAX = 1048576,  /* default of body_max */
	CGI_HEAD_MS = 60000,     /* default of head_ms */
	CGI_TOTAL_MS = 600000,   /* default of total_ms */
	CGI_WAIT_MS = 5000,      /* default of wait_ms */
	CGI_EXIT_MS = 1000,      /* for a program to end once it closed its output */
	CGI_REDIRECTS_MAX = 5,   /* local redirects in a row */
	CGI_ERRORS_MAX = 65536   /* bytes of a program's standard error that are logged */
};

struct cgi_exchange;
struct cgi_waiter;

struct cgi_serve {
	struct httpd_app app;    /* to be the context of httpd_kind */
	/* the caller's */
	struct loop *loop;
	struct access *access;
	unsigned int children;   /* 1 to CGI_CHILDREN_MAX */
	uint64_t body_max;       /* bytes of a request's body; more is answered 413 */
	int64_t head_ms;         /* from a request's head to its answer's: 504, or 408 for a slow body */
	int64_t total_ms;        /* from a request's head to its answer's end */
	int64_t wait_ms;
	bool authorization;      /* programs are told the Authorization field */
	/* its own */
	struct cgi_keeper keeper;
	struct loop_watch news;
	struct loop_timer patience;
	struct cgi_exchange *slots, *free;
	struct cgi_waiter *first, *last;
	uint64_t count;
	pid_t pid;
	bool gone;               /* the keeper died: the loop was stopped */
};

/*
 * Forks the keeper. To be called before the jail, which needs JAIL_STDIO and JAIL_PASS.
 * False: errno.
 */
bool cgi_serve_keep(struct cgi_serve *s, const struct cgi_place *place);

/* Makes the rest ready, once `loop` is. False: errno. */
bool cgi_serve_init(struct cgi_serve *s);

/* Ends what still runs, and the keeper. */
void cgi_serve_end(struct cgi_serve *s);

#endif
