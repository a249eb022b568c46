/*
 * acme_options: what the acme- programs share, in the order in which their main()
 * goes through it: options and environment, the CA, the store, a session. What is wrong
 * with one of them ends the program with a message. The account is in acme_home.h, the end
 * in acme_end.h.
 */
#ifndef BIN_ACME_OPTIONS_H
#define BIN_ACME_OPTIONS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acme/session.h"
#include "acme_end.h"
#include "base/builder.h"
#include "base/deadline.h"
#include "base/prog.h"
#include "servers.h"

/* For getopt(3). */
#define ACME_LETTERS "A:D:H:a:c:hqt:v"

enum { ACME_SECONDS_MAX = 86400, ACME_ORDER_MS = 600000, ACME_TALK_MS = 60000 };

struct acme_options {
	const char *directory, *anchors, *account, *store, *hook, *agent;
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
	o->agent = prog_env("KEYAGENT");
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

/* The store, which is not made here: one that is missing is more likely a slip of the pen. */
static inline void acme_store(const struct acme_options *o)
{
	struct stat st;

	acme_needed(o->store, "-c nor CERTDIR");
	if (stat(o->store, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return;
		errno = ENOTDIR;
	}
	prog_perm("-c or CERTDIR: %s: %s", prog_text(span_str(o->store)), strerror(errno));
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

#endif
