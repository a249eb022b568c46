/* sim_quote_options: what sim-quote is asked to do. What is wrong with it ends the program with a message. */
#ifndef BIN_SIM_QUOTE_OPTIONS_H
#define BIN_SIM_QUOTE_OPTIONS_H

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "tee/sim_quote.h"

enum { FIELDS_MAX = 64 };

struct wish {
	const char *hex, *log, *seed;
	const char *fields[FIELDS_MAX];
	size_t n_fields;
	unsigned int version, body;
	bool print_hex;
};

static unsigned int read_body(const char *name)
{
	static const char *const names[] = { "sgx", "td10", "td15", "td15ex" };

	for (unsigned int i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return QUOTE_SGX + i;
	prog_perm("-b: neither sgx, td10, td15 nor td15ex: %s", prog_text(span_str(name)));
}

static void read_options(struct wish *wish, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+b:d:e:hm:S:V:x")) != -1) {
		switch (option) {
		case 'b':
			wish->body = read_body(optarg);
			break;
		case 'd':
			wish->hex = optarg;
			break;
		case 'e':
			wish->log = optarg;
			break;
		case 'h':
			prog_help();
		case 'm':
			if (wish->n_fields == FIELDS_MAX)
				prog_perm("-m: more than %d", FIELDS_MAX);
			wish->fields[wish->n_fields++] = optarg;
			break;
		case 'S':
			wish->seed = optarg;
			break;
		case 'V':
			wish->version = (unsigned int)prog_number("-V", optarg, 3, 5);
			break;
		case 'x':
			wish->print_hex = true;
			break;
		default:
			prog_usage();
		}
	}
}

#endif
