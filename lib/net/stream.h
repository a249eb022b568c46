/*
 * stream: what a connection's protocol is made of.
 *
 * A protocol is a state machine over bytes in, bytes out and a deadline. It
 * owns no descriptor and never waits, so the same code serves one connection
 * on descriptors 0 and 1, thousands behind a listening socket, and a table of
 * bytes in a test. Who drives it (net/conn.h) shows it what has come in,
 * takes away what it wants to send, and tells it when its deadline passes.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

/* What a stream waits for, once its output is sent. */
enum stream_want {
	STREAM_READ,   /* more input */
	STREAM_WAIT,   /* an answer from elsewhere; `wake` is called when it is there */
	STREAM_LINGER, /* nothing more will be sent: send the end, then show what still comes */
	STREAM_CLOSE   /* over */
};

struct stream;

struct stream_kind {
	size_t size; /* of the struct whose first member is the stream */

	/* Makes zeroed storage of that size ready; `context` is what the driver was given. */
	void (*start)(struct stream *s, void *context, int64_t now);

	/*
	 * Works on `in`, everything that came and was not used yet; `end` says that
	 * nothing will follow it. Appends to `out`, which has room for
	 * STREAM_OUT_MIN bytes. Returns how many bytes of `in` are done with; when it
	 * left some and used or wrote some, or has set `more`, it is called again once
	 * `out` is sent. After `wake` it is called whatever it waits for.
	 */
	size_t (*step)(struct stream *s, struct span in, bool end, struct builder *out, int64_t now);

	/* The deadline has passed; may append a last word to `out`. */
	void (*expired)(struct stream *s, struct span in, struct builder *out, int64_t now);

	/* The connection is gone, whatever the state: nothing may refer to `s` from now on. */
	void (*gone)(struct stream *s);
};

enum { STREAM_OUT_MIN = 65536 };

struct stream {
	const struct stream_kind *kind;
	enum stream_want want;
	int64_t deadline;  /* of what it waits for now */
	bool more;         /* it has more to write, and needs no further input for that */
	bool engaged;      /* somebody works for the other side: it is not given up to make room, and
	                      it is over as soon as nothing can be sent any more */
	bool draining;     /* set by the driver: end as soon as nothing would be lost */
	bool half;         /* set by the driver while engaged: the other side has sent its end, and is
	                      perhaps gone altogether: over TCP that shows only when it is sent something */
	void (*wake)(struct stream *s); /* set by the driver: step again */
};

#endif
