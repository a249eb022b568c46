/*
 * serving: what the programs that serve descriptor 0 share: their options,
 * their workers, and the log on descriptor 2.
 */
#ifndef BIN_SERVING_H
#define BIN_SERVING_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/deadline.h"
#include "base/io.h"
#include "base/jail.h"
#include "base/prog.h"
#include "net/access.h"
#include "net/serve.h"
#include "net/workers.h"

#define SERVING_LETTERS "+c:C:g:hn:q"
#define SERVING_USAGE "[-q] [-c connections] [-C per-client] [-g grace-seconds] [-n workers]"

enum { SERVING_LOG_MS = 2000 };

struct serving {
	struct serve serve;
	struct access access;
	unsigned int workers;
};

/*
 * Lines go out in one piece. A reader that stands still costs one wait; after
 * that its lines are lost until it reads again, for the clients go on.
 */
static void serving_flush(struct access *a)
{
	static bool stuck;

	if (a->lines.len > 0)
		stuck = io_write_all(2, builder_span(&a->lines),
		                     deadline_in(stuck ? 0 : SERVING_LOG_MS)) == IO_TIMEOUT;
	access_init(a);
}

static void serving_settle(struct serve *s)
{
	serving_flush(&loop_owner(s, struct serving, serve)->access);
}

/* Defaults, before the options. WORKERS is listen-on's hint. */
static void serving_init(struct serving *s)
{
	const char *workers = prog_env("WORKERS");

	s->serve.max_connections = SERVE_CONNECTIONS;
	s->serve.max_per_client = SERVE_PER_CLIENT;
	s->serve.grace_ms = SERVE_GRACE_MS;
	s->serve.settle = serving_settle;
	s->access.on = true;
	s->access.flush = serving_flush;
	access_init(&s->access);
	s->workers = workers ? (unsigned int)prog_number("WORKERS", workers, 1, WORKERS_MAX) : 1;
}

/* One of SERVING_LETTERS. */
static void serving_option(struct serving *s, int option, const char *value)
{
	switch (option) {
	case 'c':
		s->serve.max_connections = prog_number("-c", value, 1, 1000000);
		break;
	case 'C':
		s->serve.max_per_client = prog_number("-C", value, 1, 1000000);
		break;
	case 'g':
		s->serve.grace_ms = prog_seconds_ms("-g", value, 3600);
		break;
	case 'n':
		s->workers = (unsigned int)prog_number("-n", value, 1, WORKERS_MAX);
		break;
	case 'q':
		s->access.on = false;
		break;
	case 'h':
		prog_help();
	default:
		prog_usage();
	}
}

/*
 * Opens descriptor 0. Behind a listening socket and asked for several
 * workers, this is where they come from: only they return.
 */
static void serving_open(struct serving *s)
{
	enum serve_error error;
	int code;

	if (s->workers > 1 && serve_listens() && !workers_run(s->workers, &code))
		exit(code);
	error = serve_open(&s->serve);
	if (error == SERVE_NOT_OPEN)
		prog_perm("descriptor 0: %s", serve_strerror(error));
	if (error != SERVE_OK)
		prog_temp("descriptor 0: %s", serve_strerror(error));
}

/*
 * Nothing more is opened but what `promises` and `places` say. One process a
 * connection does without the filter (base/jail.h says why).
 */
static void serving_jail(const struct serving *s, unsigned int promises,
                         const struct jail_place *places, size_t n_places)
{
	struct jail jail = { .promises = promises | (s->serve.listening ? JAIL_ACCEPT : 0),
	                     .places = places, .n_places = n_places,
	                     .unfiltered = !s->serve.listening };

	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static void serving_run(struct serving *s)
{
	if (serve_run(&s->serve) != SERVE_OK)
		prog_temp("serving: %s", strerror(errno));
}

#endif
