/*
 * secure: links over TLS (net/link.h), the client's side of it over any other link.
 *
 * Trust is that of tls/client.h: the server's certificate for the goal's host, or pins. The
 * end of what comes is believed when it is authenticated: a connection that is cut
 * without close_notify is LINK_BROKEN. A link's reason is "untrusted" for a certificate
 * or key that is not believed, "tls" for what else fails in a handshake.
 */
#ifndef TLS_SECURE_H
#define TLS_SECURE_H

#include <stddef.h>

#include "net/link.h"
#include "tls/anchors.h"
#include "tls/public_key.h"

struct secure_way {
	struct link_way way;           /* first; to be secure_open */
	const struct link_way *below;
	const struct anchors *anchors; /* NULL: the pins alone */
	const unsigned char (*pins)[KEY_PIN_LEN];
	size_t n_pins;
};

struct link *secure_open(const struct link_way *way, const struct link_goal *goal,
                         void (*ready)(struct link *l), void *owner);

#endif
