/*
 * carry: bytes between a TLS connection and plain descriptors, both ways, until both are over.
 *
 * Once the handshake was done. What is read from `in` is sent, and what comes is written to
 * `out`; each way waits for its reader, and neither for the other. The end of `in` is a
 * close_notify, behind which the other side is still heard; the other side's end, and that of the
 * transport, closes `out`. When `out` is not read any more, what comes is thrown away; when
 * `in` is at its end too, nobody is left here: the other side has CARRY_LINGER_MS to end it.
 *
 * TLS 1.2 knows no side that goes on sending to one that has ended (RFC 5246, 7.2.1): with the
 * other side's end, `in` is over.
 */
#ifndef TLS_CARRY_H
#define TLS_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls/pump.h"

enum {
	CARRY_RECEIVE = 65536, /* bytes received at once */
	CARRY_LINGER_MS = 2000
};

enum carry_end {
	CARRY_DONE,   /* the other side ended properly, or nobody here wants to hear its end */
	CARRY_CUT,    /* the transport ended before it had done so: what came may not be all */
	CARRY_TLS,    /* TLS failed, pump_error(): likewise */
	CARRY_IDLE,   /* the idle limit */
	CARRY_TOTAL,  /* the limit in all */
	CARRY_IN,     /* `in` could not be read: errno */
	CARRY_OUT,    /* `out` could not be written: errno */
	CARRY_SYSTEM  /* the connection or the wait failed: errno */
};

struct carry {
	/* the caller's */
	struct pump *pump;
	int fd;            /* the connection, non-blocking; stays open */
	int in, out;       /* the plain side, blocking or not, closed and -1 when it is over; a
	                      socket may be both, under two numbers */
	bool deaf_to_end;  /* the end of `in` is not passed on: the other side is to end it */
	int64_t idle_ms;   /* without a byte either way; 0: no limit */
	int64_t deadline;  /* in all; base/deadline.h */
	/* to be read afterwards */
	uint64_t sent, received; /* bytes read from `in`; that came for `out` */
	/* its own */
	int64_t moved, linger;
	size_t at, len;    /* of `bytes`: what the pump did not take yet */
	bool in_blocks, out_blocks, out_is_file;
	bool may_read, may_write, may_receive, may_send; /* as far as is known */
	unsigned char bytes[CARRY_RECEIVE];
};

/* Carries until it is over. SIGPIPE must be ignored. */
enum carry_end carry_run(struct carry *c);

#endif
