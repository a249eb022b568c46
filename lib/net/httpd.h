/*
 * httpd: the server's side of HTTP/1.0 and 1.1 (RFC 9112) as a stream.
 *
 * Requests are answered in the order they came, pipelined or not. A request's
 * body is passed over: up to HTTPD_DRAIN_MAX bytes, so that the connection
 * can stay; with more to come it ends after the answer. A malformed head is
 * refused with its status and the connection ends.
 *
 * What is answered is the business of an application: a function from a
 * request to a reply, which may also say "later".
 */
#ifndef NET_HTTPD_H
#define NET_HTTPD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "net/http.h"
#include "net/stream.h"

enum {
	HTTPD_HEAD_MS = 10000,   /* for a whole head, from its first byte or the connection's start */
	HTTPD_IDLE_MS = 15000,   /* between an answer and the next head's first byte */
	HTTPD_FIRST_MS = 1000,   /* for a first request to begin, once the service is to end */
	HTTPD_DRAIN_MS = 10000,  /* for a body that is passed over */
	HTTPD_LINGER_MS = 2000,  /* for the client to see the last answer and close */
	HTTPD_DRAIN_MAX = 65536, /* bytes of such a body */
	HTTPD_BODY_MAX = 49152    /* bytes of an answer's body */
};

/* An answer. Spans must be valid until the application's function returned and `done` was called. */
struct httpd_reply {
	int status;
	struct span location;     /* Location, when not empty */
	const char *content_type; /* NULL: text/plain; charset=utf-8 */
	const char *allow;        /* Allow, when not NULL */
	unsigned int retry_after_s; /* Retry-After, when not 0 */
	bool no_store;            /* Cache-Control: no-store */
	struct span body;         /* at most HTTPD_BODY_MAX; not sent to HEAD */
};

struct httpd;

struct httpd_app {
	/*
	 * Answers `request`: fills the zeroed `reply` and returns true. False: the
	 * answer is not known yet; httpd_resume() is called later, and this
	 * function then sees the same request again, with h->resumed. That can
	 * be long after, when the client does not take what it was sent
	 * before: what the answer needs is kept in h->waiting until then.
	 */
	bool (*answer)(struct httpd *h, const struct http_request *request, struct httpd_reply *reply);

	/*
	 * The reply is on its way, `us` microseconds after the head was complete;
	 * `request` is NULL when the head was refused or came too late. May be NULL.
	 */
	void (*done)(struct httpd *h, const struct http_request *request,
	             const struct httpd_reply *reply, int64_t us);

	/* The connection is gone with something in h->waiting: drop it, and `h`. May be NULL. */
	void (*cancel)(struct httpd *h);
};

struct httpd {
	struct stream stream;
	const struct httpd_app *app;
	bool resumed;          /* httpd_resume() was called for this request */
	void *waiting;         /* the application's, NULL at first and when it is done with it */
	/* its own */
	enum { HTTPD_HEAD, HTTPD_ANSWER, HTTPD_LENGTH, HTTPD_CHUNKS, HTTPD_END } state;
	bool kept;             /* this is not the connection's first head */
	bool begun;            /* of the head that is read, at least a byte is there */
	size_t scanned;
	int64_t complete_us;   /* when the head was complete */
	uint64_t body_left;
	struct http_chunks chunks;
};

/* The stream to be driven; its context is a const struct httpd_app. */
extern const struct stream_kind httpd_kind;

/*
 * The answer to a request that had to wait can be given. The connection may be
 * gone when this returns. Not to be called by the application's functions.
 */
void httpd_resume(struct httpd *h);

#endif
