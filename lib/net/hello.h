/*
 * hello: a TLS client's first message, looked at and left alone.
 *
 * What comes first on a TLS connection is a ClientHello (RFC 8446, section
 * 4.1.2; RFC 5246, section 7.4.1.2) in one or more records of the type
 * handshake, each of which may arrive in any number of pieces. The reader
 * takes all that has come so far, as often as is liked, and says whether it
 * was enough. It keeps nothing and consumes nothing: the bytes can be handed
 * on as they came.
 *
 * Every byte is hostile. What of the message is not understood is not judged:
 * unknown extensions, cipher suites and versions are whoever ends TLS's
 * business. What is understood has to be well-formed to the last byte, and an
 * extension that is read may be there once.
 */
#ifndef NET_HELLO_H
#define NET_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

enum {
	HELLO_MESSAGE_MAX = 16384,  /* bytes of the message with its header of four */
	HELLO_STREAM_MAX = 32768,   /* bytes of the records it comes in */
	HELLO_ALERT_LEN = 7
};

enum hello_result {
	HELLO_OK,
	HELLO_MORE,      /* so far it can be one: more is needed */
	HELLO_NOT_TLS,   /* does not begin with a handshake record of TLS */
	HELLO_MALFORMED, /* TLS, but not a ClientHello, or none that can be */
	HELLO_TOO_LARGE
};

/* What a result means, in a word for a log. */
const char *hello_name(enum hello_result result);

/* Spans point into the bytes read, or into the store. */
struct hello {
	uint16_t version;     /* legacy_version */
	bool has_name;
	struct span name;     /* server_name's host_name (RFC 6066, section 3), at least a byte, any byte */
	struct span alpn;     /* names offered (RFC 7301), each a length byte and that many bytes; see hello_alpn() */
	struct span versions; /* supported_versions, two bytes each; empty without the extension */
	size_t len;           /* bytes of the stream up to the end of the record the message ends in */
};

/*
 * Reads the hello from `bytes`, all that came from the connection's start.
 * `store` has room for HELLO_MESSAGE_MAX bytes: a message of several records is
 * put together there. With HELLO_STREAM_MAX bytes it never says HELLO_MORE.
 */
enum hello_result hello_read(struct hello *h, struct span bytes, unsigned char *store);

/* The protocol `name` is among those offered. */
bool hello_alpn(const struct hello *h, const char *name);

/* The next name of `*list`, taken from its front; false at its end. */
bool hello_next_alpn(struct span *list, struct span *name);

/* What an alert says (RFC 8446, section 6.2). */
enum hello_alert {
	HELLO_UNEXPECTED_MESSAGE = 10,
	HELLO_DECODE_ERROR = 50,
	HELLO_PROTOCOL_VERSION = 70,
	HELLO_INTERNAL_ERROR = 80,
	HELLO_UNRECOGNIZED_NAME = 112,
	HELLO_NO_APPLICATION_PROTOCOL = 120
};

/* Appends a fatal alert as the first record of a server. */
void hello_alert(struct builder *out, enum hello_alert alert);

#endif
