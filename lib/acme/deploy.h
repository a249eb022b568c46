/*
 * deploy: telling the world that a certificate is there, apart from getting
 * it. The file .NAME/deployed names the version for which the hook was done; as
 * long as that is not the current one, it is to be run again.
 */
#ifndef ACME_DEPLOY_H
#define ACME_DEPLOY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"

enum deploy_state {
	DEPLOY_NEVER,   /* no deploy hook was ever run for this name */
	DEPLOY_DONE,
	DEPLOY_MISSING  /* one was begun, and not done for this version */
};

enum deploy_state deploy_state(int own, const char *version);

/* `hook NAME DIRECTORY`, to its end; exit status 0 is done. False: `why` says what, one line. */
bool deploy_run(const char *hook, const char *name, const char *directory, int own,
                const char *version, int64_t deadline, struct builder *why);

#endif
