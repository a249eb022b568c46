/*
 * authorization_parts: one authorization, for authorization.c alone.
 */
#ifndef ACME_AUTHORIZATION_PARTS_H
#define ACME_AUTHORIZATION_PARTS_H

#include "acme/authorization.h"

/* Asks for one; `answer` is then its object, and its state and name are known. */
enum acme_result authorization_fetch(struct authorizations *all, struct authorization *one,
                                     struct acme_answer *answer);

/* Adds what the server says about one that failed to `why`, once; the class of it. */
enum acme_result authorization_report(struct authorizations *all, struct authorization *one,
                                      const struct acme_answer *answer);

/* The challenge of this type and status (one without a status is pending), or absent. */
struct json_value authorization_challenge(struct json_value authorization, const char *method,
                                          const char *status);

/* Finds a challenge that the hook takes, and has it published. */
enum acme_result authorization_choose(struct authorizations *all, struct authorization *one,
                                      const struct acme_answer *answer);

/* One call of the hook, about the method chosen. */
enum acme_hook_answer authorization_hook(struct authorizations *all,
                                         const struct authorization *one, const char *verb);

/* The more lasting of two failures. */
static inline enum acme_result authorization_worse(enum acme_result a, enum acme_result b)
{
	return a > b ? a : b;
}

#endif
