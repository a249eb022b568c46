/*
 * pump: moves bytes through a BearSSL engine, client or server.
 *
 * The engine is a state machine between two streams: records on the side of the
 * transport, application data on the other. The first half of this file is for
 * any driver, an event loop among them: nothing in it does I/O or waits. Records
 * that are to be sent are taken out and records that came are put in; whatever was
 * done, look at all sides again. The second half drives a descriptor, blocking
 * under an absolute deadline.
 *
 * The end of data is authenticated: PUMP_ENDED says that the other side ended it
 * (close_notify), PUMP_CUT that the transport ended without that, for which
 * anybody on the way may be the reason.
 */
#ifndef TLS_PUMP_H
#define TLS_PUMP_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

enum { PUMP_LAST_MAX = 64 }; /* bytes of a record with an alert */

struct pump {
	br_ssl_engine_context *engine; /* after br_ssl_client_reset() or br_ssl_server_reset() */
	bool opened;  /* the handshake was done */
	bool cut;     /* the transport ended */
	bool closing; /* close_notify is sent once what was written before it is */
	bool closed;  /* and that was begun */
	bool deaf;    /* the descriptor takes no more: what is to be sent is thrown away */
	bool half;    /* close_notify is sent likewise, and data is still taken */
	bool hears;   /* the caller's: the other side's end is the end of its data alone */
	bool heard;   /* and came */
	size_t last_len, last_sent; /* that close_notify, once it was made */
	unsigned char last[PUMP_LAST_MAX];
};

enum pump_state {
	PUMP_HANDSHAKE, /* no application data yet, either way */
	PUMP_OPEN,
	PUMP_ENDED,  /* nothing more will come; nothing more can be written */
	PUMP_CUT,    /* the transport ended without close_notify */
	PUMP_FAILED  /* pump_error() says why */
};

/* Starts over an engine that was reset. */
void pump_init(struct pump *p, br_ssl_engine_context *engine);

/* Where it stands; there may be records to send whatever it is. */
enum pump_state pump_state(struct pump *p);

/* Records to be sent now, maybe none, valid until the next call; and that `len` of them were. */
struct span pump_records(const struct pump *p);
void pump_records_sent(struct pump *p, size_t len);

/*
 * Where received bytes may be put, `*len` of them: NULL when none are wanted as long
 * as there is data to take away or there are records to send; and that `len` (not 0) were put
 * there. pump_feed() copies from elsewhere and returns how many bytes it could take.
 */
unsigned char *pump_room(const struct pump *p, size_t *len);
void pump_received(struct pump *p, size_t len);
size_t pump_feed(struct pump *p, struct span records);

/* Nothing more will come over the transport. */
void pump_transport_ended(struct pump *p);

/* Application data that came, maybe none, valid until the next call; and that `len` of it is done with. */
struct span pump_data(const struct pump *p);
void pump_data_used(struct pump *p, size_t len);

/* Takes as much application data as there is room for now. It becomes records when a record is
   full, or at pump_flush(). */
size_t pump_write(struct pump *p, struct span data);
void pump_flush(struct pump *p);

/* The same without a copy: where application data may be put, NULL for nowhere; and that `len` of it was. */
unsigned char *pump_space(const struct pump *p, size_t *len);
void pump_written(struct pump *p, size_t len);

/*
 * Ends the connection: a close_notify follows what was written; data that comes from
 * now on is thrown away. Over, as far as this side goes, when pump_records() is empty.
 */
void pump_close(struct pump *p);

/*
 * Ends this side's data alone, once the handshake was done: a close_notify follows what was
 * written, and what the other side says until its own end is taken as before. RFC 5246 wants
 * that end at once (7.2.1), RFC 8446 does not (6.1), and what is built on OpenSSL, GnuTLS
 * and others goes on as long as it has something to say. For an engine with two buffers;
 * with one it is pump_close().
 */
void pump_half_close(struct pump *p);

/*
 * The other side has ended its data, and `hears` was set for an engine with two buffers: what
 * came before is taken as ever, nothing more is wanted from the transport, the state stays
 * PUMP_OPEN, and data can be written until pump_half_close() or pump_close(), after which it is
 * PUMP_ENDED.
 */
bool pump_heard_end(const struct pump *p);

/* BearSSL's number of what went wrong, 0 for nothing; and whether the certificate is what it is about. */
int pump_error(const struct pump *p);
bool pump_error_is_trust(int error);

/* Appends such a number in words: "the other side says: handshake failure". */
void pump_print_error(struct builder *out, int error);

/* Over a descriptor. */
enum pump_result {
	PUMP_OK,
	PUMP_END,     /* the other side ended the connection properly */
	PUMP_SHORT,   /* the transport ended without saying so */
	PUMP_TIMEOUT,
	PUMP_REFUSED, /* TLS failed: pump_error() */
	PUMP_SYSTEM   /* a system call failed; errno */
};

/* Goes through the handshake. */
enum pump_result pump_handshake(struct pump *p, int fd, int64_t deadline);

/* Reads at least one byte and at most `cap` (> 0) into `buf`; the count is left in `*len`. What was
   written and not flushed stays where it is. */
enum pump_result pump_read(struct pump *p, int fd, void *buf, size_t cap, size_t *len,
                           int64_t deadline);

/* Writes all of it; with `flush`, as records that are sent. Data that the other side sends in the
   meantime waits. */
enum pump_result pump_write_all(struct pump *p, int fd, struct span data, bool flush,
                                int64_t deadline);

/* pump_close(), and sends it. The other side's answer is not waited for. */
enum pump_result pump_end(struct pump *p, int fd, int64_t deadline);

#endif
