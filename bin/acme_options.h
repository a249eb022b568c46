/*
 * acme_options: what the acme- programs share, in the order in which their main()
 * goes through it: options and environment, the account's directory, a session,
 * its end. What is wrong with one of them ends the program with a message.
 */
#ifndef BIN_ACME_OPTIONS_H
#define BIN_ACME_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "acme/home.h"
#include "acme/rollover.h"
#include "acme/session.h"
#include "base/builder.h"
#include "base/deadline.h"
#include "base/prog.h"
#include "servers.h"

/* For getopt(3). */
#define ACME_LETTERS "A:D:H:a:c:hqt:v"

enum { ACME_SECONDS_MAX = 86400, ACME_ORDER_MS = 600000, ACME_TALK_MS = 60000 };

struct acme_options {
	const char *directory, *anchors, *account, *store, *hook;
	int64_t timeout_ms, deadline;
	bool quiet, verbose;
	char url[URL_MAX]; /* of the directory, once acme_directory() was called */
	struct dns_servers servers;
};

/* One option; false when it is the program's own. */
static inline bool acme_option(struct acme_options *o, int option, const char *value)
{
	switch (option) {
	case 'A':
		o->anchors = value;
		return true;
	case 'D':
		o->directory = value;
		return true;
	case 'H':
		o->hook = value;
		return true;
	case 'a':
		o->account = value;
		return true;
	case 'c':
		o->store = value;
		return true;
	case 'q':
		o->quiet = true;
		return true;
	case 't':
		o->timeout_ms = prog_seconds_ms("-t", value, ACME_SECONDS_MAX);
		return true;
	case 'v':
		o->verbose = true;
		return true;
	case 'h':
		prog_help();
	case '?':
		prog_usage();
	default:
		return false;
	}
}

/* What no option said is taken from the environment. */
static inline void acme_environment(struct acme_options *o, int64_t timeout_ms)
{
	if (!o->directory)
		o->directory = prog_env("ACME_DIRECTORY");
	if (!o->anchors)
		o->anchors = prog_env("ACME_ANCHORS");
	if (!o->account)
		o->account = prog_env("ACME_ACCOUNT");
	if (!o->store)
		o->store = prog_env("CERTDIR");
	if (!o->hook)
		o->hook = prog_env("ACME_HOOK");
	if (o->timeout_ms == 0)
		o->timeout_ms = timeout_ms;
	o->deadline = deadline_in(o->timeout_ms);
}

static inline const char *acme_needed(const char *value, const char *what)
{
	if (!value || !*value)
		prog_perm("neither %s is given", what);
	return value;
}

/* The CA: its URL, and whom to ask for its address. */
static inline void acme_directory(struct acme_options *o)
{
	struct builder url;

	acme_needed(o->directory, "-D nor ACME_DIRECTORY");
	builder_init(&url, o->url, sizeof o->url);
	if (!acme_directory_url(&url, span_str(o->directory)) || !builder_cstr(&url))
		prog_perm("-D or ACME_DIRECTORY: not a URL, production or staging: %s",
		          prog_text(span_str(o->directory)));
	servers_open(&o->servers);
	if (o->anchors && access(o->anchors, R_OK) < 0)
		prog_perm("-A or ACME_ANCHORS: %s: %s", prog_text(span_str(o->anchors)), strerror(errno));
}

static inline void acme_note(void *context, enum acme_note kind, const char *line)
{
	const struct acme_options *o = context;

	if (kind == ACME_WARNING)
		prog_warn("warning: %s", line);
	else if (!o->quiet && (kind == ACME_STEP || o->verbose))
		prog_warn("%s", line);
}

static inline struct session_setting acme_session(struct acme_options *o)
{
	return (struct session_setting){
		.directory = o->url, .anchors_path = o->anchors, .servers = &o->servers,
		.hosts_path = "/etc/hosts", .user_agent = "postern (RFC 8555 client)",
		.deadline = o->deadline, .note = acme_note, .note_context = o,
	};
}

/* The lines of an explanation as warnings, but for the first: that one is returned. */
static inline const char *acme_explain(const char *what, const struct builder *why)
{
	static char first[1024];
	struct span rest = builder_span(why), line;

	while (rest.len > 0 && span_split(&rest, '\n', &line)) {
		if (!first[0])
			snprintf(first, sizeof first, "%.*s", (int)line.len, (const char *)line.p);
		else if (line.len > 0)
			prog_warn("%s: %.*s", what, (int)line.len, (const char *)line.p);
	}
	return first[0] ? first : "no reason given";
}

/* Ends the program as a session ended that was not ACME_OK. */
static inline _Noreturn void acme_end(enum acme_result result, const char *what,
                                      const struct builder *why)
{
	const char *text = acme_explain(what, why);

	switch (result) {
	case ACME_OK:
		exit(PROG_OK);
	case ACME_NO:
		prog_warn("%s: %s", what, text);
		exit(PROG_NO);
	case ACME_TEMP:
		prog_temp("%s: %s", what, text);
	case ACME_PERM:
		prog_perm("%s: %s", what, text);
	case ACME_INTERNAL:
		break;
	}
	prog_bug("%s: %s", what, text);
}

/*
 * A change of the key that an earlier run began and did not end. Where it fails and the old
 * key is still good everywhere, there is no reason not to go on with that.
 */
static inline void acme_roll_on(struct acme_options *o, struct home *home)
{
	static unsigned char bytes[2 * ACME_WHY_MAX];
	struct session_setting setting = acme_session(o);
	enum acme_result rolled;
	struct builder why;

	if (!o->quiet)
		prog_warn("going on with a change of the account's key");
	builder_init(&why, bytes, sizeof bytes);
	rolled = rollover_finish(home, &setting, &why);
	if (rolled == ACME_OK)
		return;
	if (rolled != ACME_NO && home->rolling)
		acme_end(rolled, "change of the account's key", &why);
	prog_warn("warning: the account keeps its old key%s: %s", home->rolling ? " for now" : "",
	          acme_explain("change of the account's key", &why));
}

/* The account's directory; a rollover that was begun and not ended is ended first. */
static inline void acme_home(struct acme_options *o, struct home *home, bool alone, bool make)
{
	enum home_result result;

	acme_needed(o->account, "-a nor ACME_ACCOUNT");
	result = home_open(home, o->account, alone, make);
	if (result == HOME_OK && home->rolling && !alone) {
		close(home->dir);
		result = home_open(home, o->account, true, false);
	}
	if (result == HOME_BUSY || result == HOME_ERROR)
		prog_temp("%s: %s", prog_text(span_str(o->account)), home_strerror(result));
	if (result != HOME_OK)
		prog_perm("%s: %s%s", prog_text(span_str(o->account)), home_strerror(result),
		          result == HOME_MISSING ? ": make an account with acme-account new" : "");
	if (!home->rolling)
		return;
	acme_roll_on(o, home);
	if (!alone)
		flock(home->dir, LOCK_SH);
}

#endif
