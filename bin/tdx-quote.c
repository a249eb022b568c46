/* tdx-quote: a quote over given report data, from the kernel, the guest agent or a simulator. */
#include <errno.h>
#include <fcntl.h>

#include "base/deadline.h"
#include "base/jail.h"
#include "quote_options.h"
#include "quote_output.h"
#include "quote_signals.h"
#include "servers.h"

/* OPEN_MS: for a service that may not be needed, as there are other sources. */
enum { TIMEOUT_MS = 60000, GRACE_MS = 1000, OPEN_MS = 3000 };

#define HOSTS "/etc/hosts"

static struct quote_options options = { .source = "auto", .timeout_ms = TIMEOUT_MS };
static struct source_answer answer;
static bool opened[QUOTE_SOURCES];
static enum source_result failed = SOURCE_ABSENT; /* of the source that got furthest */

static const char *name_of(const struct source *s)
{
	static char room[4 * URL_MAX];
	struct builder b;

	builder_init(&b, room, sizeof room);
	source_print(&b, s);
	return builder_cstr(&b) ? room : "source";
}

/* One that was not there is spoken of only when it was asked for by name. */
static void say(const struct source *s, enum source_result r)
{
	if (failed == SOURCE_ABSENT || failed == SOURCE_DENIED)
		failed = r == SOURCE_ABSENT ? failed : r;
	if (!options.choose || r != SOURCE_ABSENT)
		prog_warn("%s%s: %s%s%s", options.choose && r != SOURCE_OTHER ? "" : "fatal: ", name_of(s), source_strerror(r),
		          s->why[0] ? ": " : "", s->why);
}

/* What is there is opened, before the jail is entered. */
static void open_sources(void)
{
	static struct dns_servers servers;
	int64_t deadline = options.deadline;

	if (options.choose)
		deadline = deadline_first(deadline, deadline_in(OPEN_MS));
	for (size_t i = 0; i < options.n; i++) {
		struct source *s = &options.sources[i];
		enum source_result r;

		if (s->kind == SOURCE_AGENT && !s->is_local) {
			servers_open(&servers);
			s->fetch.servers = &servers;
			s->fetch.hosts_path = HOSTS;
		}
		r = source_open(s, options.report_data, deadline);
		opened[i] = r == SOURCE_OK;
		if (!opened[i])
			say(s, r);
	}
}

static void enter_jail(void)
{
	struct jail_place places[QUOTE_SOURCES + 1];
	struct jail jail = { .places = places };

	for (size_t i = 0; i < options.n; i++) {
		const struct source *s = &options.sources[i];
		unsigned int promises = opened[i] ? source_promises(s) : JAIL_STDIO;

		jail.promises |= promises;
		if (promises & (JAIL_READ | JAIL_WRITE))
			places[jail.n_places++] = (struct jail_place){ .dir = s->fd, .access = promises };
	}
	if (jail.promises & JAIL_NET && access(HOSTS, R_OK) == 0) {
		places[jail.n_places++] = (struct jail_place){ HOSTS, AT_FDCWD, JAIL_READ };
		jail.promises |= JAIL_READ;
	}
	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

/* One source after the other; a quote over other data ends it: who gives that is not to be passed over. */
static bool ask(void)
{
	for (size_t i = 0; i < options.n; i++) {
		struct source *s = &options.sources[i];
		enum source_result r;

		if (!opened[i])
			continue;
		r = source_quote(s, options.report_data, &answer, options.deadline);
		if (r == SOURCE_OK && options.choose)
			prog_warn("from %s", name_of(s));
		if (r == SOURCE_OK)
			return true;
		say(s, r);
		if (r == SOURCE_OTHER) {
			failed = r;
			return false;
		}
	}
	return false;
}

/* With several sources, what it comes to is said here. */
static int exit_status(void)
{
	if (options.choose && failed == SOURCE_ABSENT)
		prog_warn("fatal: no source of quotes here: no TDX guest, and no guest agent");
	else if (options.choose && failed != SOURCE_OTHER)
		prog_warn("fatal: no source gave a quote");
	switch (failed) {
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

int main(int argc, char **argv)
{
	prog_init("tdx-quote", "[-j | -x] [-d hex] [-H hash] [-p prefix] [-q service] [-s source]\n"
	                       "       [-t seconds]");
	quote_options_read(&options, argc, argv);
	quote_signals();
	prog_alarm(options.timeout_ms + GRACE_MS);
	options.deadline = deadline_in(options.timeout_ms);
	quote_report_data(&options);
	open_sources();
	enter_jail();
	if (!ask())
		return exit_status();
	quote_print(&options, &answer);
	return PROG_OK;
}
