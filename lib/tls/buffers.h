/*
 * buffers: the engine's two buffers, lent to it while there is something in them.
 *
 * A connection at rest has nothing in its 33 kB: no record that came in part, none that is
 * to be sent, no data that waits. So they are taken away and given to whoever has something to
 * do, and a connection that waits costs its context alone. In a process of one thread few are
 * ever needed at once, and those that are stay in the processor's caches. That is less than one buffer for
 * both directions each would be, with which a connection could not send while it receives.
 */
#ifndef TLS_BUFFERS_H
#define TLS_BUFFERS_H

#include <bearssl.h>
#include <stdbool.h>

enum { BUFFERS_SPARE = 16 }; /* kept for the next */

/* One with BR_SSL_BUFSIZE_BIDI bytes; NULL when memory is short. And it is of no more use. */
unsigned char *buffers_take(void);
void buffers_give(unsigned char *buffer);

/*
 * Takes an engine's buffer back when it is at rest: false when it is not. It was set by
 * br_ssl_engine_set_buffer(), in both directions, what was written is flushed, and until
 * buffers_lend() nothing is asked of the engine.
 */
bool buffers_reclaim(br_ssl_engine_context *engine);

/* Gives it one again; false when memory is short. */
bool buffers_lend(br_ssl_engine_context *engine);

#endif
