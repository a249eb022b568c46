/*
 * lookup: what txtlookup, cnamelookup and caalookup share, in the order in
 * which their main() goes through it. They differ in the type they ask for.
 */
#ifndef BIN_LOOKUP_H
#define BIN_LOOKUP_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/deadline.h"
#include "base/jail.h"
#include "base/prog.h"
#include "net/dns.h"
#include "net/dns_text.h"
#include "net/hostname.h"
#include "servers.h"

enum { LOOKUP_SECONDS_MAX = 3600, LOOKUP_GRACE_MS = 1000 };

struct lookup {
	enum dns_type type;
	bool climb; /* to the parents, when there is no record at a name itself */
	int64_t timeout_ms;
	struct dns_servers servers;
	char **names;
	size_t n_names;
};

/* `letters` for getopt(3): "t:" and "h", and "e" for those who climb. */
static void lookup_options(struct lookup *l, int argc, char **argv, const char *letters)
{
	int option;

	l->timeout_ms = DNS_DEADLINE_MS;
	while ((option = getopt(argc, argv, letters)) != -1) {
		switch (option) {
		case 'e':
			l->climb = false;
			break;
		case 't':
			l->timeout_ms = prog_seconds_ms("-t", optarg, LOOKUP_SECONDS_MAX);
			break;
		case 'h':
			prog_help();
		default:
			prog_usage();
		}
	}
	l->names = argv + optind;
	l->n_names = (size_t)(argc - optind);
	if (l->n_names == 0)
		prog_usage();
	for (size_t i = 0; i < l->n_names; i++)
		if (!dns_name_ok(span_str(l->names[i])))
			prog_perm("%s: %s", prog_text(span_str(l->names[i])),
			          dns_strerror(DNS_BAD_NAME));
}

/* Sockets, and the descriptors there are; no files, no other programs. */
static void lookup_jail(void)
{
	if (jail_enter(&(struct jail){ .promises = JAIL_NET }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static void lookup_print(const struct lookup *l, const char *name, struct dns_answer *a)
{
	static unsigned char line[DNS_TEXT_LINE_MAX + DNS_NAME_MAX + 3];
	struct dns_record record;
	struct builder out;

	while (dns_next(a, &record)) {
		builder_init(&out, line, sizeof line);
		if (l->n_names > 1) {
			builder_str(&out, name);
			builder_byte(&out, ' ');
		}
		if (!dns_text(&out, a, &record))
			prog_bug("a record of %s does not become a line", name);
		builder_byte(&out, '\n');
		prog_write(builder_span(&out));
	}
}

/* Asks for one name, prints what it has, and gives the exit status that means. */
static enum prog_exit lookup_name(const struct lookup *l, const char *name, int64_t deadline)
{
	struct span at = span_str(name);
	enum dns_status status;
	struct dns_query q;

	for (;; dns_end(&q)) {
		status = dns_ask(&q, &l->servers, at, l->type, deadline);
		at = hostname_parent(at);
		if (status != DNS_NONE || !l->climb || at.len == 0)
			break;
	}
	if (status == DNS_FOUND)
		lookup_print(l, name, &q.answer);
	else if (status != DNS_NONE)
		prog_warn("%s: %s", name, dns_strerror(status));
	dns_end(&q);
	switch (status) {
	case DNS_FOUND:
		return PROG_OK;
	case DNS_NONE:
		return PROG_NO;
	case DNS_BAD_NAME:
		return PROG_PERM;
	case DNS_FAILED:
	case DNS_SYSTEM:
		break;
	}
	return PROG_TEMP;
}

/* All names under one deadline. Of several exit statuses the greatest says most. */
static int lookup_names(const struct lookup *l)
{
	int64_t deadline = deadline_in(l->timeout_ms);
	int all = PROG_OK;

	prog_alarm(l->timeout_ms + LOOKUP_GRACE_MS);
	for (size_t i = 0; i < l->n_names; i++) {
		int one = (int)lookup_name(l, l->names[i], deadline);

		all = one > all ? one : all;
	}
	return all;
}

#endif
