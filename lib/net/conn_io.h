/* conn_io: the bytes of a connection; for net/conn.c alone. Failures set c->broken. */
#ifndef NET_CONN_IO_H
#define NET_CONN_IO_H

#include <stdbool.h>

#include "base/span.h"
#include "net/conn.h"

/*
 * Reads once. True when something came, the end of input included: `*all` is
 * what was kept and what came, in the connection's own storage or in storage
 * that the next call for any connection overwrites. conn_io_keep() follows.
 */
bool conn_io_receive(struct conn *c, struct span *all);

/* Of the input `all`, `used` bytes are done with: keeps the rest. */
void conn_io_keep(struct conn *c, struct span all, size_t used);

/* Sends what can be sent now and keeps the rest in c->unsent; nothing is kept there yet. */
void conn_io_send(struct conn *c, struct span bytes);

/*
 * The time for c->unsent is over: the other side has more time when it took something meanwhile,
 * slowly though it be. A socket takes more of us only when much of what it has is gone, so this
 * asks TCP.
 */
bool conn_io_slow(struct conn *c);

/* Sends what is kept; true when nothing of it is left. */
bool conn_io_flush(struct conn *c);

#endif
