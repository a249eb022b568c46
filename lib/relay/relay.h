/*
 * relay: the redirecting relay as an application of net/httpd.h.
 *
 * It looks up whose request it is, answers by the rules, counts, and logs a
 * line a request (net/access.h) with the host it was sent to.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include <stdbool.h>

#include "net/access.h"
#include "net/httpd.h"
#include "net/loop.h"
#include "relay/config.h"
#include "relay/counters.h"
#include "relay/resolver.h"

struct relay {
	struct httpd_app app;      /* to be the context of httpd_kind */
	const struct config *config;
	struct counters *counters;
	struct resolver resolver;
	struct access *access;
};

/*
 * Makes zeroed storage ready. `config`, `servers`, `counters` and `access` are kept.
 * False (errno) when memory or randomness is short.
 */
bool relay_init(struct relay *r, const struct config *config, struct loop *loop,
                const struct dns_servers *servers, struct counters *counters,
                struct access *access);

#endif
