/* verify_options: what tdx-verify is asked to do, from its arguments. */
#ifndef BIN_VERIFY_OPTIONS_H
#define BIN_VERIFY_OPTIONS_H

#include <time.h>

#include "verify_files.h"

#define VERIFY_USAGE                                                              \
	"[-j] [-A advisory] [-a statuses] [-B n] [-c collateral-dir]\n"          \
	"       [-D file | -d report-data] [-e event-log] [-p policy-file]\n" \
	"       [-r root] [-T unix-time]"

enum { VERIFY_TURNS_MAX = 10000000 };

/* What is demanded of a quote is not given up for a second one. */
static void once(const char **to, const char *value)
{
	if (*to)
		prog_usage();
	*to = value;
}

static void verify_option(struct verify_options *o, int letter, const char *value)
{
	switch (letter) {
	case 'A':
		if (policy_admit_advisory(&o->policy, span_str(value)) != POLICY_OK)
			prog_perm("-A: not an advisory, or too many: %s", prog_text(span_str(value)));
		break;
	case 'a':
		if (policy_admit(&o->policy, span_str(value)) != POLICY_OK)
			prog_perm("-a: there is no such status: %s", prog_text(span_str(value)));
		break;
	case 'B':
		o->turns = prog_number("-B", value, 1, VERIFY_TURNS_MAX);
		break;
	case 'c':
		o->collateral = value;
		break;
	case 'D':
		once(&o->data_file, value);
		break;
	case 'd':
		once(&o->data, value);
		break;
	case 'e':
		once(&o->log_file, value);
		break;
	case 'j':
		o->json = true;
		break;
	case 'p':
		once(&o->policy_file, value);
		break;
	case 'r':
		o->root_file = value;
		break;
	case 'T':
		o->now = (int64_t)prog_number("-T", value, 0, INT64_MAX);
		break;
	case 'h':
		prog_help();
	default:
		prog_usage();
	}
}

static void verify_options_read(struct verify_options *o, int argc, char **argv)
{
	int letter;

	o->collateral = ".";
	o->now = (int64_t)time(NULL);
	policy_init(&o->policy);
	while ((letter = getopt(argc, argv, "+A:a:B:c:D:d:e:hjp:r:T:")) != -1)
		verify_option(o, letter, optarg);
	if (optind != argc || (o->data && o->data_file))
		prog_usage();
	if (o->policy.n_advisories > 0 && o->policy.statuses == 1U << TCB_UP_TO_DATE)
		prog_perm("-A: no status is admitted that could have advisories (-a)");
	if (o->policy_file)
		policy_file_rules(&o->policy, "-p", o->policy_file);
	verify_data(o);
	o->trusted = policy_file_root(&o->root, o->root_file);
	verify_log(o);
	verify_collateral(o);
}

#endif
