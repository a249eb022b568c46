/*
 * chal: how a challenge hook is called (see postern(7)):
 *
 *   hook begin|wait|done|failed method ident token auth
 *
 * "wait" is for hooks that can put an answer in place and see later whether it
 * has arrived. Who calls with CHAL_LATER=1 is ready for that, and such a "begin"
 * says by its exit status that "wait" is to be called.
 */
#ifndef BIN_CHAL_H
#define BIN_CHAL_H

#include <stdbool.h>
#include <unistd.h>

#include "base/prog.h"
#include "base/span.h"

enum { CHAL_EXIT_LATER = 99 };

enum chal_verb { CHAL_BEGIN, CHAL_WAIT, CHAL_DONE, CHAL_FAILED };

struct chal {
	enum chal_verb verb;
	struct span method, ident, token, auth;
	char **argv; /* the same, as they were given */
};

/* Reads the arguments behind the options. Anything but five, the first a verb, is wrong usage. */
static void chal_arguments(struct chal *c, int argc, char **argv)
{
	static const char *const verbs[] = { [CHAL_BEGIN] = "begin",
		                             [CHAL_WAIT] = "wait",
		                             [CHAL_DONE] = "done",
		                             [CHAL_FAILED] = "failed" };
	size_t verb = 0;

	if (argc - optind != 5)
		prog_usage();
	c->argv = argv + optind;
	while (verb < sizeof verbs / sizeof *verbs && !span_is(span_str(c->argv[0]), verbs[verb]))
		verb++;
	if (verb == sizeof verbs / sizeof *verbs)
		prog_usage();
	c->verb = (enum chal_verb)verb;
	c->method = span_str(c->argv[1]);
	c->ident = span_str(c->argv[2]);
	c->token = span_str(c->argv[3]);
	c->auth = span_str(c->argv[4]);
}

#endif
