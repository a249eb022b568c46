/*
 * hook: the challenge hook: what a client may have it called with, and the
 * calls that were begun and are to be ended.
 *
 *   hook begin|wait|done|failed METHOD IDENT TOKEN AUTH
 *
 * "wait" is only for a hook that answered "begin" with HOOK_STATUS_LATER, which
 * it may do because CHAL_LATER=1 was in its environment: so what several
 * names publish travels at the same time.
 *
 * The client that wants a call has talked to the network; who calls checks
 * every word of it. The methods are those known, the identifier is one of the names
 * that are ordered, the others hold what such a challenge's can hold, so no
 * argument is ever more to a hook than what it says it is.
 */
#ifndef ACME_HOOK_H
#define ACME_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/acme.h"
#include "acme/order.h"
#include "base/builder.h"
#include "base/span.h"
#include "net/dns.h"
#include "net/token.h"
#include "tls/names.h"

enum {
	HOOK_AUTH_MAX = 1024,  /* bytes of an answer; dns-persist-01's holds an account URL */
	HOOK_CALL_MAX = 4096,  /* bytes of a call as hook_write() makes it */
	HOOK_BEGUN_MAX = 2 * CERT_NAMES_MAX
};

enum hook_verb { HOOK_BEGIN, HOOK_WAIT, HOOK_DONE, HOOK_FAILED };

enum { HOOK_STATUS_LATER = 99 };

struct hook_call {
	char method[ORDER_METHOD_NAME_MAX];
	char identifier[254];
	char token[TOKEN_MAX + 1];
	char auth[HOOK_AUTH_MAX + 1];
	char record[DNS_NAME_MAX + 1]; /* CHAL_RECORD, or empty */
};

/*
 * Fills a call in; false when one of the words cannot be what it should be.
 * `names` are the names ordered, or NULL: any name or address.
 */
bool hook_call_make(struct hook_call *call, const struct name_set *names, struct span method,
                    struct span identifier, struct span token, struct span auth,
                    struct span record);

/* A call with its verb as bytes, and back again with all checks. */
void hook_write(struct builder *out, enum hook_verb verb, const char *method,
                const char *identifier, const char *token, const char *auth, const char *record);
bool hook_read(struct hook_call *call, enum hook_verb *verb, const struct name_set *names,
               struct span bytes);

/* The word for a verb, and the verb a word is. */
const char *hook_verb_name(enum hook_verb verb);
bool hook_verb_parse(enum hook_verb *verb, const char *word);

/*
 * The hook of one order. Large: static storage. What was begun is also written to a file, so
 * that the next run ends it when this one is killed.
 */
struct hooks {
	const char *program; /* a path or a name to look for along PATH */
	int dir;             /* where the file "begun" is, or -1 */
	size_t n;
	struct hook_call begun[HOOK_BEGUN_MAX]; /* not ended yet */
};

/* Starts; what the file says that an earlier run began counts as begun. */
void hooks_open(struct hooks *h, const char *program, int dir);

/*
 * Runs the hook. What is wrong with it (a status other than 0 and 1, the
 * deadline, a signal) is appended to `why` as one line without newline, escaped.
 * It gets the caller's environment with CHAL_RECORD as in `call`, and CHAL_LATER. A call that
 * was begun and not declined is remembered until it is ended, even when it
 * failed.
 */
__attribute__((nonnull(3)))
enum acme_hook_answer hooks_run(struct hooks *h, enum hook_verb verb, const struct hook_call *call,
                                int64_t deadline, struct builder *why);

#endif
