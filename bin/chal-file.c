/*
 * chal-file: a challenge hook that writes and removes the files chal-serve, or
 * any web server, answers HTTP-01 from.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/jail.h"
#include "base/prog.h"
#include "chal.h"
#include "net/token.h"

enum { LIMIT_MS = 30000 };

static int open_directory(void)
{
	const char *path = prog_env("CHAL_DIR");
	int fd;

	if (!path)
		prog_perm("CHAL_DIR is not set");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		prog_perm("CHAL_DIR: %s: %s", prog_text(span_str(path)), strerror(errno));
	return fd;
}

static void write_file(int dir, const char *token, struct span auth)
{
	enum file_result r = file_replace(dir, token, 0644, auth);

	if (r != FILE_OK)
		prog_temp("%s: %s", token, file_strerror(r));
}

static void remove_file(int dir, const char *token)
{
	if (unlinkat(dir, token, 0) < 0 && errno != ENOENT)
		prog_temp("%s: %s", token, strerror(errno));
}

static void enter_jail(int dir)
{
	struct jail_place place = { .dir = dir, .access = JAIL_WRITE };
	struct jail jail = { .promises = JAIL_WRITE, .places = &place, .n_places = 1 };

	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct chal call;
	int option, dir;

	prog_init("chal-file", "begin|done|failed method ident token auth");
	while ((option = getopt(argc, argv, "+h")) != -1) {
		if (option != 'h')
			prog_usage();
		prog_help();
	}
	chal_arguments(&call, argc, argv);
	if (!span_is(call.method, "http-01") || call.verb == CHAL_WAIT)
		return PROG_NO;
	if (!token_ok(call.token))
		prog_perm("not a token (1 to 128 digits of base64url): %s", prog_text(call.token));
	if (!token_authorization_ok(call.auth, call.token))
		prog_perm("not a key authorization of that token: %s", prog_text(call.auth));
	prog_alarm(LIMIT_MS);
	dir = open_directory();
	enter_jail(dir);
	if (call.verb == CHAL_BEGIN)
		write_file(dir, call.argv[3], call.auth);
	else
		remove_file(dir, call.argv[3]);
	return PROG_OK;
}
