/*
 * http: HTTP/1.x messages (RFC 9110, RFC 9112) as bytes, without any I/O.
 *
 * The one parser of message heads, bodies in chunks and host fields in this
 * tree. Strict where leniency has bred request smuggling: lines end in CRLF,
 * a field name is a token directly followed by a colon, no folding, no
 * control bytes, no repeated or conflicting Host, Content-Length or
 * Transfer-Encoding.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/builder.h"
#include "base/span.h"

enum {
	HTTP_HEAD_MAX = 16384,  /* bytes of a whole head */
	HTTP_TARGET_MAX = 8192, /* bytes of a request target */
	HTTP_FIELDS_MAX = 100,  /* header fields */
	HTTP_HOST_MAX = 255     /* bytes of a host, port not counted */
};

struct http_field {
	struct span name, value; /* value without the white space around it */
};

/* How a body's end is known. */
enum http_body {
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH,  /* Content-Length */
	HTTP_BODY_CHUNKED, /* Transfer-Encoding: chunked */
	HTTP_BODY_CLOSE    /* responses alone: until the connection ends */
};

/*
 * A request's head. The spans point into the bytes that were parsed. Large
 * (3.4 kB) and filled in as far as it is used, never cleared: best kept in
 * static storage or in the connection.
 */
struct http_request {
	struct span method;
	struct span target;   /* as it came */
	struct span host;     /* from an absolute-form target, else from Host; without port or
	                         brackets; empty when an HTTP/1.0 request has none */
	bool host_is_address; /* an IPv4 or IPv6 literal */
	uint16_t port;        /* of the host; 0 when it names none */
	struct span path;     /* of the target, not decoded, begins with '/'; "*" for `OPTIONS *`;
	                         "/" in static storage for an absolute-form target without one */
	struct span query;    /* with its '?', or empty */
	int minor;            /* of HTTP/1.minor; 2 and above are taken as 1 (RFC 9110, 2.5) */
	bool keep_alive;      /* the client lets the connection stay (version and Connection) */
	bool expect_continue; /* Expect: 100-continue, of an HTTP/1.1 client with a body that is
	                         not empty; other expectations are ignored */
	enum http_body body;
	uint64_t body_len;    /* with HTTP_BODY_LENGTH: 0 to INT64_MAX; else 0 */
	size_t n_fields;
	struct http_field field[HTTP_FIELDS_MAX];
};

/*
 * Looks for a request's head at the front of `bytes`. Returns
 *
 *   0    not all there yet: call again with the same bytes and more
 *   200  there: `*request` is filled, `*used` is the head's length, with the
 *        empty lines before it (RFC 9112, 2.2) and the empty line at its end
 *   400, 414, 431, 501, 505   refused with this status; the connection cannot
 *        go on
 *
 * `*scanned` is 0 on the first call for a head and is kept by the caller
 * between calls, so that a head that drips in is looked at once a byte, and
 * once more when it is whole; `*request` need not be kept, and the bytes may
 * move. After 200 it is 0 again, ready for the next head.
 *
 * The answer does not depend on the pieces in which the head came. A wrong
 * byte is refused as soon as its line is complete at the latest, a target
 * over its limit and a head over HTTP_HEAD_MAX as soon as that is sure; what
 * fields say together (and that there are too many) when the head is whole.
 *
 * 400: malformed request line or field, bare CR or LF, obs-fold, NUL or other
 *      control byte (tab allowed in values), space before the colon, HTTP/1.1
 *      without Host, Host repeated or malformed (an empty one included),
 *      Content-Length repeated with another value or not a number up to
 *      INT64_MAX (a list is none), Content-Length beside Transfer-Encoding,
 *      Transfer-Encoding in HTTP/1.0, more than two empty lines in front, a
 *      target that is none of the four forms, authority-form without CONNECT,
 *      "*" without OPTIONS, absolute-form other than http: or with userinfo,
 *      white space or a byte outside visible ASCII in a target, a fragment
 * 414: target over HTTP_TARGET_MAX   431: head over HTTP_HEAD_MAX or fields over HTTP_FIELDS_MAX
 * 501: a transfer coding other than chunked alone; the method CONNECT; a
 *      method of more than 32 bytes
 * 505: a major version other than 1 in an otherwise well-formed version
 */
int http_request_parse(struct span bytes, size_t *scanned, struct http_request *request,
                       size_t *used);

/* The first field of this name (compared without case); false when there is none. */
bool http_request_field(const struct http_request *request, const char *name, struct span *value);

/*
 * An answer's head. The spans point into the bytes that were parsed. As large as a request.
 */
struct http_response {
	int status;           /* 100 to 599 */
	int minor;            /* of HTTP/1.minor; 2 and above are taken as 1 */
	bool keep_alive;      /* the server lets the connection stay */
	enum http_body body;  /* HTTP_BODY_NONE for 1xx, 204, 304 and answers to HEAD */
	uint64_t body_len;    /* with HTTP_BODY_LENGTH */
	size_t n_fields;
	struct http_field field[HTTP_FIELDS_MAX];
};

/*
 * Looks for an answer's head at the front of `bytes`, under the same limits and
 * with the same `*scanned` as http_request_parse(). `to_head`: the request was HEAD.
 * Returns 0 (not all there yet), 200 (there: `*used` bytes) or 400 (no answer we
 * take: a malformed status line or field, obs-fold, a body whose length is not
 * clear, a transfer coding other than chunked alone, HTTP/2 or 0.9). A reason
 * phrase may be missing, and may hold anything but control bytes.
 */
int http_response_parse(struct span bytes, bool to_head, size_t *scanned,
                        struct http_response *response, size_t *used);

/* The value of field `name` number `n` (from 0) of those with that name; false beyond the last. */
bool http_response_field(const struct http_response *response, const char *name, size_t n,
                         struct span *value);

/*
 * Any of the three forms of a date (RFC 9110, 5.6.7) as seconds since 1970. A
 * year of two digits is one of 1970 to 2069; that the day's name fits the date
 * is not checked.
 */
bool http_date_parse(struct span text, int64_t *unix_s);

/*
 * What Retry-After asks for, in seconds from now: a number, or a date held against the
 * answer's own Date (else against `unix_now`); a moment in the past is 0. False when it
 * is absent or malformed.
 */
bool http_retry_after(const struct http_response *response, int64_t unix_now, int64_t *seconds);

/*
 * The target of the first Link (RFC 8288) with this relation, number `n` (from
 * 0) of those: fields may be repeated or joined by commas, parameters quoted.
 * Relative to the answer's URL, as it came. False beyond the last; what is
 * malformed ends its field. A link with an anchor, which is about something
 * else, is passed over.
 */
bool http_link(const struct http_response *response, const char *relation, size_t n,
               struct span *target);

/* `list`, a comma-separated field value, has `token` among its members (without case). */
bool http_has_token(struct span list, const char *token);

/*
 * Splits and checks a Host field or authority, `host [":" port]` (RFC 3986,
 * 3.2.2, without userinfo, percent-encoding, IPvFuture or zone). A host in
 * brackets is an IPv6 address and comes without them. `*port` is 0 when there
 * is none; a colon with nothing behind it is none too. False for anything
 * else, for an empty host, one over HTTP_HOST_MAX and for port 0. That a host
 * is no address does not yet make it a domain name: "_" or "..." is a host.
 */
bool http_host_parse(struct span text, struct span *host, bool *is_address, uint16_t *port);

/*
 * A body in the chunked coding (RFC 9112, 7.1), taken off hostile bytes.
 * Zeroed storage is the state before the first byte.
 */
struct http_chunks {
	int state;
	unsigned int digits; /* of this chunk's size */
	uint64_t left;       /* data bytes still to come in this chunk */
	uint32_t overhead;   /* bytes of chunk extensions and trailers, capped */
};

enum http_chunk_result {
	HTTP_CHUNK_MORE, /* all of the bytes were used, more are needed */
	HTTP_CHUNK_DATA, /* `*data` is body; call again with what was not used */
	HTTP_CHUNK_DONE, /* the body and its trailers are over; what was not used follows it */
	HTTP_CHUNK_BAD   /* malformed, a size of more than 16 digits, or more than 16 KiB of
	                    extensions and trailers; so is every later call */
};

/*
 * The next step over `bytes`; `*used` of them are done with. Extensions and
 * trailers are checked for foreign bytes and left out. What the chunks add up
 * to is for the caller to limit.
 */
enum http_chunk_result http_chunks_next(struct http_chunks *c, struct span bytes, size_t *used,
                                        struct span *data);

/* Appends the line in front of a chunk of `len` bytes (> 0), which the data and CRLF follow. */
void http_chunk_line(struct builder *out, size_t len);

/* The reason phrase of a status (RFC 9110, 15), "Unknown" for one not known here. */
const char *http_reason(int status);

/*
 * Appends an IMF-fixdate (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
 * A year that is not one of 0 to 9999 overflows `out`.
 */
void http_date(struct builder *out, time_t when);

/* Appends the status line "HTTP/1.1 307 Temporary Redirect" CRLF. */
void http_status_line(struct builder *out, int status);

/*
 * Appends "name: value" CRLF. A value with a byte that may not stand in a
 * field (a control byte other than tab) overflows `out`: such a message is
 * never sent.
 */
void http_field_line(struct builder *out, const char *name, struct span value);

#endif
