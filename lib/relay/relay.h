/*
 * relay: the relay as an application of net/httpd.h.
 *
 * It looks up whose request it is, answers by the rules, counts, and logs a
 * line a request (net/access.h) with the host it was sent to.
 * What would be redirected to an app can be passed on to it instead: relay/onward.h.
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

	/* For a request that is not redirected to the app's host, but passed on; NULL: none is. */
	void (*pass_on)(struct relay *r, struct httpd *h, const struct http_request *request,
	                struct span host, struct httpd_reply *reply);
};

/*
 * Makes zeroed storage ready. `config`, `servers`, `counters` and `access` are kept.
 * False (errno) when memory or randomness is short.
 */
bool relay_init(struct relay *r, const struct config *config, struct loop *loop,
                const struct dns_servers *servers, struct counters *counters,
                struct access *access);

/* Drops what h->waiting is while DNS is waited for. */
void relay_forget(struct httpd *h);

#endif
