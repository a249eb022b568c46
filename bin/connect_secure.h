/* connect_secure: the TLS handshake of tls-connect, and what a failed one means. */
#ifndef BIN_CONNECT_SECURE_H
#define BIN_CONNECT_SECURE_H

#include <errno.h>
#include <string.h>
#include <time.h>

#include "connect_options.h"
#include "connect_show.h"

struct connection {
	int fd;
	struct addr server;
	struct client_peer peer;
	struct key key; /* the client's own, for the handshake */
	struct tls_client tls;
	struct pump pump;
};

_Noreturn static void connect_refused(struct connection *c, const struct connect_options *o)
{
	int error = pump_error(&c->pump);
	unsigned char text[128];
	struct builder b;

	if (c->tls.check.unpinned)
		prog_perm("%s: certificate has another key than the pinned ones", prog_text(o->host));
	if (c->tls.check.unjudged)
		prog_perm("%s: %s", prog_text(o->host), c->tls.check.unjudged);
	builder_init(&b, text, sizeof text);
	pump_print_error(&b, error);
	if (pump_error_is_trust(error))
		prog_perm("%s: %s", prog_text(o->host), builder_cstr(&b));
	prog_temp("%s: %s", prog_text(o->host), builder_cstr(&b));
}

static void connect_check(struct connection *c, const struct connect_options *o, enum pump_result r)
{
	switch (r) {
	case PUMP_OK:
		return;
	case PUMP_END:
	case PUMP_SHORT:
		prog_temp("%s: the connection ended in the TLS handshake", prog_text(o->host));
	case PUMP_TIMEOUT:
		prog_temp("%s: timed out in the TLS handshake", prog_text(o->host));
	case PUMP_REFUSED:
		connect_refused(c, o);
	case PUMP_SYSTEM:
		break;
	}
	prog_temp("%s: %s", prog_text(o->host), strerror(errno));
}

static void connect_start(struct connection *c, const struct connect_options *o)
{
	c->peer.host = o->name;
	c->peer.is_address = o->name_is_address;
	c->peer.unix_now = (int64_t)time(NULL);
	c->peer.protocols = (const char **)o->protocols.name;
	c->peer.n_protocols = o->protocols.n;
	switch (client_start(&c->tls, &c->peer, &c->pump)) {
	case CLIENT_OK:
		return;
	case CLIENT_BAD_HOST:
		prog_perm("%s: no name that a certificate can have", prog_text(o->name));
	case CLIENT_SYSTEM:
		break;
	}
	prog_temp("randomness: %s", strerror(errno));
}

/* The key is gone afterwards. */
static void connect_secure(struct connection *c, const struct connect_options *o, int64_t deadline)
{
	static unsigned char storage[CONNECT_SEEN_MAX];
	static struct builder seen;
	enum pump_result r;

	builder_init(&seen, storage, sizeof storage);
	c->peer.seen = o->verbose ? &seen : NULL;
	connect_start(c, o);
	r = pump_handshake(&c->pump, c->fd, deadline);
	key_wipe(&c->key);
	if (o->verbose)
		connect_show_chain(&seen);
	connect_check(c, o, r);
	if (o->verbose)
		connect_show_connection(&c->tls, &c->server);
}

#endif
