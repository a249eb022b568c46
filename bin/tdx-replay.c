/* tdx-replay: an event log to RTMRs, held against a quote. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/jail.h"
#include "replay_output.h"
#include "replay_take.h"

enum { LIMIT_MS = 60000 }; /* for all but waiting for input */

static void enter_jail(void)
{
	if (jail_enter(&(struct jail){ .promises = JAIL_STDIO }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

struct options {
	bool json;
	int quote, lines; /* descriptors, or -1 */
};

static void read_options(struct options *o, struct replay_input *in, int argc, char **argv)
{
	const char *quote = NULL, *lines = NULL;
	int option;

	while ((option = getopt(argc, argv, "+f:hjq:r:")) != -1) {
		switch (option) {
		case 'f':
			in->form = replay_form_parse(optarg);
			break;
		case 'h':
			prog_help();
		case 'j':
			o->json = true;
			break;
		case 'q':
			quote = optarg;
			break;
		case 'r':
			lines = optarg;
			break;
		default:
			prog_usage();
		}
	}
	if (optind != argc)
		prog_usage();
	o->quote = quote ? replay_open("-q", quote) : -1;
	o->lines = lines ? replay_open("-r", lines) : -1;
}

static void read_input(const struct options *o, struct replay_input *in)
{
	if (o->quote >= 0)
		replay_take_quote(in, "-q", replay_read(o->quote, "-q", replay_quote, sizeof replay_quote).len);
	if (o->lines >= 0)
		in->lines = replay_read(o->lines, "-r", replay_lines, sizeof replay_lines);
	replay_take(in, replay_read(0, "standard input", replay_text, sizeof replay_text));
}

int main(int argc, char **argv)
{
	static struct replay_input in;
	struct options o = { .json = false };
	struct replay replay;
	unsigned int equal = 0;

	prog_init("tdx-replay", "[-j] [-f json|ccel|lines|answer|attestation] [-q quote] [-r log]");
	read_options(&o, &in, argc, argv);
	enter_jail();
	read_input(&o, &in);
	prog_alarm(LIMIT_MS);
	replay_run(&in, &replay, NULL, NULL);
	if (in.has_quote)
		equal = replay_compare(&replay, &in.quote.td);
	replay_print(&in, o.json, equal, &replay);
	return in.has_quote && equal != 15 ? PROG_NO : PROG_OK;
}
