/* chal-serve: answers HTTP-01 challenges from a directory or from a thumbprint. */
#include <fcntl.h>

#include "net/httpd.h"
#include "net/token.h"
#include "relay/challenge.h"
#include "serving.h"

static struct serving serving;
static struct challenge challenge;
static struct serve_counts counts;

static void open_directory(const char *path)
{
	int error;

	challenge.dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	if (challenge.dir >= 0)
		return;
	if (error == ENOENT || error == ENOTDIR || error == EACCES)
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(error));
	prog_temp("%s: %s", prog_text(span_str(path)), strerror(error));
}

int main(int argc, char **argv)
{
	struct jail_place place = { .access = JAIL_READ };
	int option;

	prog_init("chal-serve", SERVING_USAGE " [-T thumbprint] [dir]");
	serving_init(&serving);
	challenge.dir = -1;
	while ((option = getopt(argc, argv, SERVING_LETTERS "T:")) != -1) {
		if (option == 'T')
			challenge.thumbprint = span_str(optarg);
		else
			serving_option(&serving, option, optarg);
	}
	if (challenge.thumbprint.p && !token_thumbprint_ok(challenge.thumbprint))
		prog_perm("-T: not an account key's thumbprint (43 digits of base64url): %s",
		          prog_text(challenge.thumbprint));
	if (argc - optind > 1 || (optind == argc && !challenge.thumbprint.p))
		prog_usage();
	if (optind < argc)
		open_directory(argv[optind]);
	challenge.access = &serving.access;
	challenge_init(&challenge);
	serving.serve.kind = &httpd_kind;
	serving.serve.context = &challenge.app;
	serving.serve.counts = &counts;
	serving_open(&serving);
	place.dir = challenge.dir;
	serving_jail(&serving, challenge.dir >= 0 ? JAIL_READ : JAIL_STDIO, &place,
	             challenge.dir >= 0);
	serving_run(&serving);
	return PROG_OK;
}
