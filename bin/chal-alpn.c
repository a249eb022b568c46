/*
 * chal-alpn: a challenge hook that leaves the answer to TLS-ALPN-01 where a TLS
 * server picks it up: a file a name, of what the server's certificate must hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/builder.h"
#include "base/file.h"
#include "base/jail.h"
#include "chal.h"
#include "net/token.h"
#include "tls/names.h"

enum { LIMIT_MS = 30000, LINE_MAX_LEN = TOKEN_THUMBPRINT_LEN + 1 };

/* The one spelling of a DNS name or an address (tls/names.h), which is its file's name. */
static const char *canonical(struct span ident)
{
	static struct name_set set;

	if (name_set_add(&set, ident) != NAME_OK || set.name[0].text[0] == '*')
		prog_perm("neither a name nor an address: %s", prog_text(ident));
	return set.name[0].text;
}

static int open_directory(void)
{
	const char *path = prog_env("CHAL_ALPN_DIR");
	int fd;

	if (!path)
		prog_perm("CHAL_ALPN_DIR is not set");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		prog_perm("CHAL_ALPN_DIR: %s: %s", prog_text(span_str(path)), strerror(errno));
	return fd;
}

/* What the file holds, in storage of the caller's. */
static struct span line_of(unsigned char store[LINE_MAX_LEN], struct span auth)
{
	struct builder b;

	builder_init(&b, store, LINE_MAX_LEN);
	builder_add(&b, auth);
	builder_byte(&b, '\n');
	return builder_span(&b);
}

static void put(int dir, const char *name, struct span auth)
{
	unsigned char store[LINE_MAX_LEN];
	enum file_result r = file_replace(dir, name, 0644, line_of(store, auth));

	if (r != FILE_OK)
		prog_temp("%s: %s", name, file_strerror(r));
}

/* Another order's answer stays. */
static void take_away(int dir, const char *name, struct span auth)
{
	unsigned char store[LINE_MAX_LEN], there[LINE_MAX_LEN];
	enum file_result r;
	size_t len = 0;

	r = file_read(dir, name, there, sizeof there, &len);
	if (r == FILE_MISSING || r == FILE_TOO_LARGE)
		return;
	if (r != FILE_OK)
		prog_temp("%s: %s", name, file_strerror(r));
	if (span_eq(span_of(there, len), line_of(store, auth)) && unlinkat(dir, name, 0) < 0 &&
	    errno != ENOENT)
		prog_temp("%s: %s", name, strerror(errno));
}

/* Nobody else's answer comes between looking at a file and removing it. */
static void lock(int dir)
{
	while (flock(dir, LOCK_EX) < 0)
		if (errno != EINTR)
			prog_temp("CHAL_ALPN_DIR: lock: %s", strerror(errno));
}

static void enter_jail(int dir)
{
	struct jail_place place = { .dir = dir, .access = JAIL_READ | JAIL_WRITE };
	struct jail jail = { .promises = JAIL_READ | JAIL_WRITE, .places = &place, .n_places = 1 };

	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct chal call;
	const char *name;
	int option, dir;

	prog_init("chal-alpn", "begin|done|failed method ident token auth");
	while ((option = getopt(argc, argv, "+h")) != -1) {
		if (option != 'h')
			prog_usage();
		prog_help();
	}
	chal_arguments(&call, argc, argv);
	if (!span_is(call.method, "tls-alpn-01") || call.verb == CHAL_WAIT)
		return PROG_NO;
	name = canonical(call.ident);
	if (!token_ok(call.token))
		prog_perm("not a token (1 to 128 digits of base64url): %s", prog_text(call.token));
	if (!token_thumbprint_ok(call.auth))
		prog_perm("not a SHA-256 in base64url: %s", prog_text(call.auth));
	prog_alarm(LIMIT_MS);
	dir = open_directory();
	enter_jail(dir);
	lock(dir);
	if (call.verb == CHAL_BEGIN)
		put(dir, name, call.auth);
	else
		take_away(dir, name, call.auth);
	return PROG_OK;
}
