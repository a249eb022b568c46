/*
 * onward: the relay in its proxy mode: what would be redirected to an app is passed on to it
 * (net/forward.h), to the addresses of its HTTPS endpoint as DNS has them: public ones,
 * unless others are allowed, and never to where the request came in.
 */
#ifndef RELAY_ONWARD_H
#define RELAY_ONWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "net/forward.h"
#include "relay/relay.h"

struct onward {
	struct relay relay;  /* made by relay_init() first */
	/* the caller's */
	struct forward *forward; /* made by forward_init() */
	uint16_t port;       /* of the apps' endpoints */
	bool rewrite;        /* Host becomes the endpoint's, in place of what the client says */
	bool private_too;    /* addresses that nobody on the Internet can have */
};

/* From now on; `forward` gets its `context`, `allowed` and `over`. */
void onward_begin(struct onward *o);

#endif
