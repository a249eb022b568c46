/*
 * quote_ask: the sources of quotes that were asked for, opened and asked in turn. What each of them
 * said is said on the standard error.
 */
#ifndef BIN_QUOTE_ASK_H
#define BIN_QUOTE_ASK_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/jail.h"
#include "quote_sources.h"
#include "servers.h"

/* For a service that may not be needed, as there are other sources. */
enum { QUOTE_OPEN_MS = 3000 };

#define QUOTE_HOSTS "/etc/hosts"

static const char *quote_source_name(const struct source *s)
{
	static char room[4 * URL_MAX];
	struct builder b;

	builder_init(&b, room, sizeof room);
	source_print(&b, s);
	return builder_cstr(&b) ? room : "source";
}

/* One that was not there is spoken of only when it was asked for by name. */
static void quote_say(struct quote_asking *o, const struct source *s, enum source_result r)
{
	if (o->failed == SOURCE_ABSENT || o->failed == SOURCE_DENIED)
		o->failed = r == SOURCE_ABSENT ? o->failed : r;
	if (!o->choose || r != SOURCE_ABSENT)
		prog_warn("%s%s: %s%s%s", o->choose && r != SOURCE_OTHER ? "" : "fatal: ", quote_source_name(s), source_strerror(r),
		          s->why[0] ? ": " : "", s->why);
}

/* What is there is opened, before the jail is entered. */
static void quote_open(struct quote_asking *o)
{
	static struct dns_servers servers;
	int64_t deadline = o->deadline;

	if (o->choose)
		deadline = deadline_first(deadline, deadline_in(QUOTE_OPEN_MS));
	for (size_t i = 0; i < o->n; i++) {
		struct source *s = &o->sources[i];
		enum source_result r;

		if (s->kind == SOURCE_AGENT && !s->is_local) {
			servers_open(&servers);
			s->fetch.servers = &servers;
			s->fetch.hosts_path = QUOTE_HOSTS;
		}
		r = source_open(s, o->report_data, deadline);
		o->opened[i] = r == SOURCE_OK;
		if (!o->opened[i])
			quote_say(o, s, r);
	}
}

static void quote_jail(const struct quote_asking *o)
{
	struct jail_place places[QUOTE_SOURCES + 2];
	struct jail jail = { .promises = o->promises, .places = places };

	for (size_t i = 0; i < o->n; i++) {
		const struct source *s = &o->sources[i];
		unsigned int promises = o->opened[i] ? source_promises(s) : JAIL_STDIO;

		jail.promises |= promises;
		if (promises & (JAIL_READ | JAIL_WRITE))
			places[jail.n_places++] = (struct jail_place){ .dir = s->fd, .access = promises };
	}
	if (o->place > 0)
		places[jail.n_places++] = (struct jail_place){ .dir = o->place, .access = o->promises };
	if (jail.promises & JAIL_NET && access(QUOTE_HOSTS, R_OK) == 0) {
		places[jail.n_places++] = (struct jail_place){ QUOTE_HOSTS, AT_FDCWD, JAIL_READ };
		jail.promises |= JAIL_READ;
	}
	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

/* One source after the other; a quote over other data ends it: who gives that is not to be passed over. */
static bool quote_ask(struct quote_asking *o, struct source_answer *answer)
{
	for (size_t i = 0; i < o->n; i++) {
		struct source *s = &o->sources[i];
		enum source_result r;

		if (!o->opened[i])
			continue;
		r = o->attest ? source_attest(s, o->report_data, answer, o->deadline) :
		                     source_quote(s, o->report_data, answer, o->deadline);
		if (r == SOURCE_OK && o->choose)
			prog_warn("from %s", quote_source_name(s));
		if (r == SOURCE_OK)
			return true;
		quote_say(o, s, r);
		if (r == SOURCE_OTHER) {
			o->failed = r;
			return false;
		}
	}
	return false;
}

/* With several sources, what it comes to is said here. */
static int quote_exit_status(const struct quote_asking *o)
{
	if (o->choose && o->failed == SOURCE_ABSENT)
		prog_warn("fatal: no source of quotes here: no TDX guest, and no guest agent%s%s",
		          o->named ? ": " : "", o->named ? quote_source_name(&o->sources[o->n - 1]) : "");
	else if (o->choose && o->failed != SOURCE_OTHER)
		prog_warn("fatal: no source gave a quote");
	switch (o->failed) {
	case SOURCE_OK:
		return PROG_OK;
	case SOURCE_OTHER:
		return PROG_NO;
	case SOURCE_ABSENT:
	case SOURCE_DENIED:
		return PROG_PERM;
	case SOURCE_TIMEOUT:
	case SOURCE_REFUSED:
	case SOURCE_NONSENSE:
	case SOURCE_SYSTEM:
		return PROG_TEMP;
	}
	return PROG_BUG;
}

#endif
