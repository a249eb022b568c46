/*
 * sessions: TLS sessions that can be resumed, shared by the workers of one listener.
 *
 * A table in memory that is shared by all processes forked after it was made, of a fixed
 * size, behind BearSSL's br_ssl_session_cache_class. An entry is found by its session id,
 * ages by `lifetime_s` and gives way to newer ones; whatever goes is wiped. There is no lock:
 * each entry carries a keyed checksum, and one that two workers wrote at once, or that a
 * worker died over, is not found and is the next to be written over.
 *
 * BearSSL asks no policy on resumption. So what a session was made for goes into the entry: a
 * context of 32 bytes, the caller's: a hash of the server name that was asked for, the
 * application protocol and the certificate (session_cache_context()). An entry whose
 * context is not that of the connection that asks is not found, and that connection
 * makes a full handshake.
 *
 * What BearSSL 0.6 does (t/unit/sessions.c holds it to that): it asks for a session as soon as
 * it has read the session id, before cipher suites and extensions. Of this hello it knows neither
 * the server name nor the application protocols then. And a protocol that is not ours, which a full
 * handshake answers with alert 120 or passes over, makes it read far behind its list of names when it
 * resumes. So whoever uses this module
 *
 *   1. collects the hello before the engine gets a byte of it and reads it with net/hello.h;
 *   2. makes the context in `bind` from that, and has `bind` say no when that hello was
 *      malformed or session_cache_protocol() says no;
 *   3. allows no renegotiation (BR_OPT_NO_RENEGOTIATION), whose hello nobody would have read;
 *   4. asks session_cache_confirm() once the handshake is done, before any data is believed.
 *
 * A client's certificate is not part of a session that is resumed, and BearSSL has no extended
 * master secret (RFC 7627) to bind one to it: who asks for client certificates gives the
 * engine no cache.
 */
#ifndef TLS_SESSIONS_H
#define TLS_SESSIONS_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "net/hello.h"

enum { SESSIONS_CONTEXT_LEN = 32, SESSIONS_MAX = 1 << 24 };

struct sessions; /* shared memory, 144 bytes a session, taken as it is used; in no core dump */

/*
 * Room for about `n` sessions (1 to SESSIONS_MAX), each good for `lifetime_s` seconds (at least 1);
 * NULL (errno) when the memory is not there. Before the jail is entered.
 */
struct sessions *sessions_make(size_t n, unsigned int lifetime_s);

/* Wipes it, for everybody who shares it, and unmaps it here. `s` may be NULL. */
void sessions_free(struct sessions *s);

/*
 * Wipes what is too old. Each session that is kept or asked for does that for those around it; a
 * listener with nothing to do calls this once in a while.
 */
void sessions_sweep(struct sessions *s);

/*
 * What an engine is given: one a connection, whose `vtable` comes first, as
 * br_ssl_server_set_cache() wants it. `bind` fills the context; false: no resumption, or
 * nothing is kept. It is called at most once with `resuming`, in the middle of the hello (see
 * above: all it has is what the caller has read itself); and without it when a session
 * is to be kept and by session_cache_confirm(): then br_ssl_engine_get_server_name() and
 * br_ssl_engine_get_selected_protocol() hold.
 */
struct session_cache {
	const br_ssl_session_cache_class *vtable;
	struct sessions *in;
	bool (*bind)(void *with, br_ssl_server_context *server, bool resuming,
	             unsigned char context[SESSIONS_CONTEXT_LEN]);
	void *with;
	/* its own */
	bool asked, found;
	unsigned char context[SESSIONS_CONTEXT_LEN]; /* of what was found */
};
void session_cache_init(struct session_cache *c, struct sessions *in,
                        bool (*bind)(void *with, br_ssl_server_context *server, bool resuming,
                                     unsigned char context[SESSIONS_CONTEXT_LEN]),
                        void *with);

/*
 * The handshake is done: true when it was a full one, or one that resumed a session made
 * for what BearSSL, too, understood of the hello. False: the connection is to be ended.
 * `*resumed` (may be NULL) says which it was.
 */
bool session_cache_confirm(struct session_cache *c, br_ssl_server_context *server,
                           bool *resumed);

/* A context: a hash of these, the name's letters in lower case. What is not there is empty. */
void session_cache_context(unsigned char context[SESSIONS_CONTEXT_LEN], struct span name,
                           struct span protocol, struct span certificate);

/*
 * The protocol that BearSSL will agree on: the first of the `n` `names` the engine was given
 * (br_ssl_engine_set_protocol_names()) that the client offers; empty when it offers none, or there are
 * no names. False when it offers some and none of these: such a hello must resume nothing.
 */
bool session_cache_protocol(const struct hello *h, const char *const *names, size_t n,
                            struct span *protocol);

/* Figures: sessions kept now, and since the start: resumed, not found, given way before their time. */
struct sessions_counts {
	uint64_t kept, resumed, missed, evicted;
};
void sessions_counts(const struct sessions *s, struct sessions_counts *counts);

#endif
