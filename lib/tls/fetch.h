/*
 * fetch: the one HTTP(S) client.
 *
 * One request at a time, one answer, blocking under an absolute deadline. The
 * connection is kept and used again for the next request to the same origin.
 * A kept connection that the server had closed in the meantime is replaced
 * once, when not a byte of an answer had come (RFC 9112, 9.3.1), and only for a
 * request that is marked safe to repeat or was certainly not processed.
 *
 * TLS 1.2, ECDHE with AEAD, the server's certificate checked against the
 * anchors, for the host's name or address. All addresses of a name are tried
 * (net/sock.h). Interim answers (1xx) are passed over. Redirects are answers
 * like others: following them is the caller's business. A server that takes no more of
 * a body may have answered: what it said is read all the same.
 */
#ifndef TLS_FETCH_H
#define TLS_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/addr.h"
#include "net/dns.h"
#include "net/http.h"
#include "tls/anchors.h"
#include "tls/public_key.h"

enum fetch_result {
	FETCH_OK,
	FETCH_BAD_URL,
	FETCH_BAD_REQUEST,  /* method, fields and body are no request that we would take ourselves */
	FETCH_NO_ADDRESS,   /* the name has none, or nobody could be asked */
	FETCH_CONNECT,      /* no address could be connected to */
	FETCH_UNTRUSTED,    /* the certificate does not verify, or is for another name */
	FETCH_TLS,          /* the handshake or a record failed otherwise */
	FETCH_CLOSED,       /* the connection ended before the answer did */
	FETCH_PROTOCOL,     /* what came is no HTTP answer */
	FETCH_TOO_LARGE,    /* the answer's body is larger than the room for it */
	FETCH_TIMEOUT,
	FETCH_SYSTEM        /* errno */
};

/* What a result means in general. */
const char *fetch_strerror(enum fetch_result result);

/* What all requests have in common; owned by the caller, outlives the fetch. */
struct fetch_setting {
	const struct anchors *anchors;     /* NULL: https is refused, unless there are pins */
	const unsigned char (*pins)[KEY_PIN_LEN]; /* keys one of which the server must have
	                                      (key_pin()); without anchors that is all it
	                                      must: no name, no time, no authority */
	size_t n_pins;                     /* 0: any key */
	const struct addr *via;            /* connect there, whatever host the URL names; NULL:
	                                      where the URL says */
	const struct dns_servers *servers; /* NULL: no DNS */
	const char *hosts_path;            /* NULL: no hosts file */
	int64_t connect_ms;                /* limit of connecting, DNS and handshake; 0: 20 s */
	int64_t unix_now;                  /* the time certificates are judged at; 0: now */
	const char *user_agent;
};

/*
 * A body that is read while it is sent. `read` gives at least one byte and at most `cap` of
 * those from offset `at`, which is below `len`; anything but FETCH_OK ends the exchange and is its
 * result. The same bytes may be asked for again.
 */
struct fetch_source {
	void *context;
	uint64_t len;
	enum fetch_result (*read)(void *context, uint64_t at, void *buf, size_t cap, size_t *len);
};

struct fetch_request {
	const char *method;
	struct span url;
	struct span fields;  /* further header fields, each a whole line (http_field_line()); Host,
	                        User-Agent and Content-Length are written here */
	struct span body;
	const struct fetch_source *source; /* in place of `body`; NULL: none */
	bool has_body;       /* send Content-Length even for an empty body */
	bool repeatable;     /* doing it twice does no harm */
};

struct fetch;

/*
 * Makes a fetch ready in storage of FETCH_ROOM bytes, aligned for any type and best
 * static: what is not used of it is never touched. `setting` is kept.
 */
enum { FETCH_ROOM = 128 * 1024 };
struct fetch *fetch_new(void *storage, size_t size, const struct fetch_setting *setting);

/*
 * Sends the request and takes the answer: `*head`, whose spans stay valid until
 * the next call, and the body, unpacked from its chunks, into `body` (whose
 * `cap` is the limit). An answer of any status is FETCH_OK.
 */
enum fetch_result fetch_exchange(struct fetch *f, const struct fetch_request *request,
                                 struct http_response *head, struct builder *body,
                                 int64_t deadline);

/*
 * The same for a body that is not held: each piece of it is handed on as it comes. `head`
 * (NULL: nobody cares) is called once, before the first piece; pieces are not empty, and
 * `limit` bytes at most in all. What either says other than FETCH_OK ends the exchange and
 * is its result, `*head` being valid then too.
 */
struct fetch_sink {
	void *context;
	uint64_t limit;
	enum fetch_result (*head)(void *context, const struct http_response *head);
	enum fetch_result (*piece)(void *context, struct span bytes);
};
enum fetch_result fetch_stream(struct fetch *f, const struct fetch_request *request,
                               struct http_response *head, const struct fetch_sink *sink,
                               int64_t deadline);

/*
 * What the last failure was, in words: escaped, one line, with the peer's address at its end
 * if there was one: "ca.test: certificate is for another name (192.0.2.2:443)".
 */
const char *fetch_why(const struct fetch *f);

/* How many requests and connections there were. */
struct fetch_count {
	unsigned int requests, connections;
};
struct fetch_count fetch_count(const struct fetch *f);

/* Says goodbye to the server and closes. The fetch can be used again. */
void fetch_close(struct fetch *f);

#endif
