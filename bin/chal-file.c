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
	struct span verb, token, auth;
	int option, dir;

	prog_init("chal-file", "begin|done|failed method ident token auth");
	while ((option = getopt(argc, argv, "+h")) != -1) {
		if (option != 'h')
			prog_usage();
		prog_help();
	}
	if (argc - optind != 5)
		prog_usage();
	argv += optind;
	verb = span_str(argv[0]);
	token = span_str(argv[3]);
	auth = span_str(argv[4]);
	if (!span_is(verb, "begin") && !span_is(verb, "done") && !span_is(verb, "failed"))
		prog_usage();
	if (!span_is(span_str(argv[1]), "http-01"))
		return PROG_NO;
	if (!token_ok(token))
		prog_perm("not a token (1 to 128 digits of base64url): %s", prog_text(token));
	if (!token_authorization_ok(auth, token))
		prog_perm("not a key authorization of that token: %s", prog_text(auth));
	prog_alarm(LIMIT_MS);
	dir = open_directory();
	enter_jail(dir);
	if (span_is(verb, "begin"))
		write_file(dir, argv[3], auth);
	else
		remove_file(dir, argv[3]);
	return PROG_OK;
}
