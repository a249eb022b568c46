/*
 * key_agent_stream: what key-agent says on a connection, as a stream (net/stream.h).
 *
 * Frames as in lib/tls/signer. The first one is 4 and a key's name (lib/tls/key_agent.h); it
 * has to be there KEY_AGENT_BEGIN_MS after the connection was, and so has the rest of any
 * frame after its beginning. Between frames a connection may be idle for good. What is
 * malformed, and a key that is not there or not for this caller, ends the connection.
 */
#ifndef TLS_KEY_AGENT_STREAM_H
#define TLS_KEY_AGENT_STREAM_H

#include <stdbool.h>

#include "net/stream.h"
#include "tls/signer.h"

enum {
	KEY_AGENT_FRAME_MAX = 512, /* bytes of a request */
	KEY_AGENT_BEGIN_MS = 5000
};

/* The context of key_agent_kind: where keys come from. */
struct key_agent {
	/* A connection begins: false, and it is closed; `*held` goes to the other two. */
	bool (*enter)(struct key_agent *a, const struct stream *s, void **held);

	/*
	 * The key of this name for the other end of `s`; NULL for none. It is there until
	 * `leave`, which is called once for each that has entered, with what was opened or NULL.
	 */
	const struct signer_secrets *(*open)(struct key_agent *a, const struct stream *s, void *held,
	                                     struct span name);
	void (*leave)(struct key_agent *a, void *held, const struct signer_secrets *secrets);
};

extern const struct stream_kind key_agent_kind;

#endif
