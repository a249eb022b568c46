/*
 * problem: problem documents (RFC 9457; RFC 8555, 6.7) put into words, and
 * what kind of failure they are.
 *
 * Everything in them is the server's: it is escaped and cut before it becomes
 * part of an explanation.
 */
#ifndef ACME_PROBLEM_H
#define ACME_PROBLEM_H

#include "acme/acme.h"

enum {
	PROBLEM_TYPE_MAX = 128,
	PROBLEM_DETAIL_MAX = 800,    /* bytes of a detail that are shown */
	PROBLEM_SUBPROBLEMS_MAX = 100 /* that are shown */
};

struct problem {
	char type[PROBLEM_TYPE_MAX]; /* "unauthorized"; other URIs as they are, escaped; "" when
	                                there is none */
	enum acme_result result;     /* ACME_TEMP or ACME_PERM */
};

/*
 * The type and class of a problem document; `status` is that of the answer it
 * came in, 0 for one inside an object (a challenge's or an order's "error").
 * A status that speaks of the server's own state (429, 5xx but 501 and 505) is temporary
 * whatever the type says; "compound" is permanent if one of its subproblems is.
 */
void problem_read(struct problem *p, struct json_value document, int status);

/*
 * Appends to a->why: the problem as a line that begins with `subject` (escaped
 * here), then a line for each subproblem with its identifier.
 */
void problem_explain(struct acme *a, struct json_value document, struct span subject);

/*
 * The same for a whole answer to a request of `url`: the status and URL, the
 * problem document or, where it is none (a proxy's HTML), the first words of
 * what came; where somebody must act, what the server wants them to read (its
 * instance and the links "terms-of-service" and "help"). Sets a->problem_type,
 * heeds its Retry-After and gives the class.
 */
enum acme_result problem_of_answer(struct acme *a, struct span url,
                                   const struct acme_answer *answer);

#endif
