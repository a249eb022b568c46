/*
 * watch: one name that acme-due looks after: its certificate, what is
 * remembered about it, and what the CA suggests (RFC 9773).
 */
#ifndef ACME_WATCH_H
#define ACME_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/due.h"
#include "acme/session.h"
#include "base/builder.h"
#include "base/span.h"

/* Large: static storage; used again for the next name. */
struct watch {
	struct inspect_leaf leaf;
	struct state state;
	struct due due;
	int64_t look_again; /* seconds since 1970: nothing changes before, but by other programs */
};

/*
 * Looks at `name` in the store at `path` and judges. When its time has come and
 * `session` has a directory, asks the CA first, under the session's own deadline; what it said is
 * remembered, so that nobody asks before time. A certificate that `name` is no name of, whose
 * link it may be, is due. A CA that does not answer is a warning, no failure.
 * ACME_PERM or ACME_TEMP when the store cannot be read: `why` says what.
 */
enum acme_result watch_look(struct watch *w, const char *path, struct span name,
                            const struct session_setting *session, struct builder *why);

#endif
