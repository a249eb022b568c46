/*
 * serve_identity: as whom tls-serve shows itself: the certificates of the store, one that it
 * made itself, or a key alone.
 */
#ifndef BIN_SERVE_IDENTITY_H
#define BIN_SERVE_IDENTITY_H

#include "serve_self.h"
#include "serve_store.h"

/* The directory of challenges, -1 without. */
static int serve_identity_open(struct server *server, struct serve_options *o)
{
	int challenges = -1;

	if (o->key_file && prog_env("KEYAGENT"))
		prog_perm("KEYAGENT: not with a key file (-k)");
	switch (o->identity) {
	case SERVE_ACME:
		challenges = serve_acme(server);
		serve_store(server, o);
		return challenges;
	case SERVE_X509:
		serve_store(server, o);
		return challenges;
	case SERVE_SELF:
		serve_self(server, o);
		break;
	case SERVE_RAW:
		serve_raw(server, o);
		break;
	}
	if (serve_listens())
		serve_say_key(o->identity == SERVE_SELF ? "self" : "raw", server->only);
	return challenges;
}

#endif
