/* evidence_options: what evidence-check is asked to look at, and what it is held to. */
#ifndef BIN_EVIDENCE_OPTIONS_H
#define BIN_EVIDENCE_OPTIONS_H

#include "attest_files.h"
#include "base/deadline.h"
#include "net/addr.h"
#include "net/url.h"
#include "tee/evidence.h"

#define EVIDENCE_USAGE                                                          \
	"[-g] [-a anchors] [-c collateral] [-p policy] [-r root]\n"             \
	"       [-S statuses] [-T unix-time] [-t seconds] [-V address] source\n" \
	"       [name[:port] ...]"

enum { EVIDENCE_TIMEOUT_MS = 60000, EVIDENCE_SECONDS_MAX = 3600, EVIDENCE_TLS_PORT = 443 };

struct evidence_options {
	const char *anchors; /* NULL: not given */
	bool gateway;        /* the source is acme-info */
	int64_t timeout_ms, deadline, now;
	const char *source;
	bool is_url;
	bool has_via;
	struct addr via;     /* where endpoints are, whatever their names say */
	char **endpoints;
	struct attest *attest;
};

static void evidence_option(struct evidence_options *o, int letter, const char *value)
{
	switch (letter) {
	case 'a':
		o->anchors = value;
		break;
	case 'c':
		o->attest->dir = value;
		break;
	case 'g':
		o->gateway = true;
		break;
	case 'p':
		if (o->attest->policy_file)
			prog_usage();
		o->attest->policy_file = value;
		break;
	case 'r':
		o->attest->root_file = value;
		break;
	case 'S':
		attest_admit(o->attest, "-S", value);
		break;
	case 'T':
		o->now = (int64_t)prog_number("-T", value, 0, INT64_MAX);
		break;
	case 't':
		o->timeout_ms = prog_seconds_ms("-t", value, EVIDENCE_SECONDS_MAX);
		break;
	case 'V':
		o->has_via = addr_parse(&o->via, span_str(value));
		if (!o->has_via)
			prog_perm("-V: not an address with a port: %s", prog_text(span_str(value)));
		break;
	case 'h':
		prog_help();
	default:
		prog_usage();
	}
}

static void evidence_options_read(struct evidence_options *o, int argc, char **argv)
{
	struct span source;
	int letter;

	o->timeout_ms = EVIDENCE_TIMEOUT_MS;
	o->now = (int64_t)time(NULL);
	o->attest->dir = ".";
	attest_init(o->attest);
	while ((letter = getopt(argc, argv, "+a:c:ghp:r:S:T:t:V:")) != -1)
		evidence_option(o, letter, optarg);
	if (optind == argc)
		prog_usage();
	o->source = argv[optind];
	o->endpoints = argv + optind + 1;
	source = span_str(o->source);
	o->is_url = span_starts(source, "http://") || span_starts(source, "https://");
	o->attest->judge.policy = &o->attest->policy;
	if (o->attest->policy_file)
		policy_file_rules(&o->attest->policy, "-p", o->attest->policy_file);
	o->attest->judge.root = policy_file_root(&o->attest->root, o->attest->root_file);
	attest_collateral(o->attest, "-c");
}

#endif
