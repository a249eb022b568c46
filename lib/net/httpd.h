/*
 * httpd: the server's side of HTTP/1.0 and 1.1 (RFC 9112) as a stream.
 *
 * Requests are answered in the order they came, pipelined or not. A request's
 * body is passed over: up to HTTPD_DRAIN_MAX bytes, so that the connection
 * can stay; with more to come it ends after the answer. A malformed head is
 * refused with its status and the connection ends.
 *
 * What is answered is the business of an application: a function from a
 * request to a reply, which may also say "later". An application that makes
 * its answers piece by piece, or wants the request's body, says "streamed" and is
 * from then on shown the body as it comes and asked for the answer as it goes.
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
	HTTPD_HALF_MS = 5000,    /* for a streamed answer to go on, once a client over TCP sent its end */
	HTTPD_DRAIN_MAX = 65536, /* bytes of such a body */
	HTTPD_BODY_MAX = 49152,   /* bytes of an answer's body */
	HTTPD_CHUNK_ROOM = 32     /* bytes that framing adds to a piece of a body, its end included */
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
	bool streamed;            /* nothing above counts: httpd_app's take and give have the rest */
};

/* How far a streamed answer is. */
enum httpd_progress {
	HTTPD_PENDING,  /* nothing more now: httpd_go_on() is called when there is */
	HTTPD_MORE,     /* there is more, when this is sent */
	HTTPD_COMPLETE, /* it is whole; h->waiting is NULL again */
	HTTPD_CUT       /* it will not become whole: the connection ends; h->waiting is NULL again */
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

	/*
	 * The connection is gone with something in h->waiting, or the body of a
	 * streamed request is malformed: drop it, and `h`. May be NULL.
	 */
	void (*cancel)(struct httpd *h);

	/*
	 * The rest is for streamed answers alone: from the reply that says so, with
	 * h->waiting set, until `give` says that it is over, or `cancel`.
	 */

	/*
	 * Some of the request's body, free of its coding. Returns how much of it was
	 * taken; when that is not all, httpd_go_on() is called later. At the end of the
	 * body it is called with `last` and nothing else. Not called any more once the
	 * answer is over.
	 */
	size_t (*take)(struct httpd *h, struct span data, bool last);

	/*
	 * Writes what there is of the answer with the functions below: httpd_begin(), its
	 * fields and an empty line, httpd_body() as often as needed, httpd_end(). Or all of a
	 * small one with httpd_reply().
	 */
	enum httpd_progress (*give)(struct httpd *h, struct builder *out);

	/* h->by has passed. It sets another, or DEADLINE_NEVER; `give` is called next. */
	void (*late)(struct httpd *h);
};

struct httpd {
	struct stream stream;
	const struct httpd_app *app;
	bool resumed;          /* httpd_resume() was called for this request */
	void *waiting;         /* the application's, NULL at first and when it is done with it */
	int64_t by;            /* the application's, of a streamed answer: when it is late */
	bool go_ahead;         /* the application's, set when it wants a body: who expects
	                          100 (Continue) gets it */
	/* its own */
	enum { HTTPD_HEAD, HTTPD_ANSWER, HTTPD_FLOW, HTTPD_LENGTH, HTTPD_CHUNKS, HTTPD_END } state;
	bool kept;             /* this is not the connection's first head */
	bool begun;            /* of the head that is read, at least a byte is there */
	size_t scanned;
	int64_t complete_us;   /* when the head was complete */
	uint64_t body_left;
	struct http_chunks chunks;
	struct {
		enum http_body in, out;
		uint64_t out_left; /* of the answer's body, with HTTP_BODY_LENGTH */
		int minor;
		bool keep, head, expect;
		bool in_over;      /* the request's body is all there */
		bool begun;        /* the answer is */
		int64_t half_by;   /* a client that sent its end is given up then */
	} flow;
};

/* The stream to be driven; its context is a const struct httpd_app. */
extern const struct stream_kind httpd_kind;

/*
 * The answer to a request that had to wait can be given. The connection may be
 * gone when this returns. Not to be called by the application's functions.
 */
void httpd_resume(struct httpd *h);

/*
 * A streamed answer can go on: there is more of it, or the application can
 * take more of the body. The connection may be gone when this returns. Not to be
 * called by the application's functions.
 */
void httpd_go_on(struct httpd *h);

/*
 * The head's beginning: status line, Date, and what says how the body ends:
 * its length when `length` is not NULL, else chunks, or the end of the connection
 * for HTTP/1.0. The application's fields and an empty line follow. A status
 * that has no body (204, 304), and a request that was HEAD, leave it none.
 */
void httpd_begin(struct httpd *h, struct builder *out, int status, const uint64_t *length);

/* The same for an answer that somebody else made, whose Date is among the fields that follow. */
void httpd_begin_dated(struct httpd *h, struct builder *out, int status, const uint64_t *length);

/*
 * The status line of an interim answer (1xx), which fields and an empty line follow; the answer is
 * not begun yet. False, with nothing written, when the client is not to have it: 100 goes to
 * who still waits for it, and none to HTTP/1.0.
 */
bool httpd_interim(struct httpd *h, struct builder *out, int status);

/*
 * The connection changes to another protocol (RFC 9110, 7.8), which the request must have asked
 * for: 101 and its Connection field. The application's fields and an empty line follow.
 * From then on `take` is shown all that comes, up to the client's end, and what
 * httpd_body() is given goes out as it is, until httpd_end() ends the connection.
 */
void httpd_upgrade(struct httpd *h, struct builder *out);

/* A head was begun, and cannot be taken back. */
static inline bool httpd_begun(const struct httpd *h)
{
	return h->flow.begun;
}

/* A streamed answer is under way. */
static inline bool httpd_flows(const struct httpd *h)
{
	return h->state == HTTPD_FLOW;
}

/* How many bytes of body there is room for; see httpd_body(). */
size_t httpd_room(const struct builder *out);

/*
 * Some of the body, as much as httpd_room() allows. What goes beyond the length that was
 * promised, or beyond no body at all, is left out; false when nothing more is wanted.
 */
bool httpd_body(struct httpd *h, struct builder *out, struct span data);

/* The body's end: HTTPD_COMPLETE, or HTTPD_CUT when less came than was promised. */
enum httpd_progress httpd_end(struct httpd *h, struct builder *out);

/*
 * All of a small answer in place of a streamed one; it must not be begun. With 408 the connection
 * ends. HTTPD_COMPLETE.
 */
enum httpd_progress httpd_reply(struct httpd *h, struct builder *out, struct httpd_reply *reply);

#endif
