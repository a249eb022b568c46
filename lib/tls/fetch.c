/* The HTTP(S) client: one request, one answer, over a connection that is kept. */
#include "tls/fetch.h"

#include <errno.h>
#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "net/url.h"
#include "tls/fetch_body.h"
#include "tls/fetch_conn.h"

enum {
	BODY_MORE = 8192, /* room behind a head, however long that is */
	INTERIM_MAX = 16, /* answers before the answer */
	WHY_MAX = HTTP_HOST_MAX * 4 + FETCH_REASON_MAX + 128
};

struct fetch {
	const struct fetch_setting *setting;
	struct fetch_count count;
	struct fetch_conn conn;
	bool sent;     /* of this request, all that was to be */
	bool answered; /* a byte of the answer came */
	bool keep;     /* the connection can be used again */
	size_t in_len;
	unsigned char in[HTTP_HEAD_MAX + BODY_MORE]; /* the head, then pieces of the body */
	unsigned char out[HTTP_HEAD_MAX];
	char why[WHY_MAX];
};

_Static_assert(sizeof(struct fetch) <= FETCH_ROOM, "a fetch has room");

const char *fetch_strerror(enum fetch_result result)
{
	switch (result) {
	case FETCH_OK:
		return "success";
	case FETCH_BAD_URL:
		return "not an http: or https: URL";
	case FETCH_BAD_REQUEST:
		return "not a request that can be sent";
	case FETCH_NO_ADDRESS:
		return "no address";
	case FETCH_CONNECT:
		return "cannot connect";
	case FETCH_UNTRUSTED:
		return "certificate is not trusted";
	case FETCH_TLS:
		return "TLS failed";
	case FETCH_CLOSED:
		return "the connection ended before the answer did";
	case FETCH_PROTOCOL:
		return "what came is no HTTP answer";
	case FETCH_TOO_LARGE:
		return "the answer is too large";
	case FETCH_TIMEOUT:
		return "timed out while waiting for the answer";
	case FETCH_SYSTEM:
		return strerror(errno);
	}
	return "unknown";
}

struct fetch *fetch_new(void *storage, size_t size, const struct fetch_setting *setting)
{
	struct fetch *f = storage;

	if (size < sizeof *f)
		return NULL;
	f->setting = setting;
	f->count = (struct fetch_count){ 0 };
	f->conn.fd = -1;
	f->conn.has_peer = false;
	f->why[0] = 0;
	return f;
}

/* A name, what happened, and where. */
static void explain(struct fetch *f, const struct url *url, enum fetch_result result)
{
	const char *general = fetch_strerror(result);
	struct builder b;

	builder_init(&b, f->why, sizeof f->why);
	if (url) {
		log_hostile(&b, url->host, HTTP_HOST_MAX);
		builder_str(&b, ": ");
	}
	if (f->conn.reason.len > 0)
		builder_add(&b, builder_span(&f->conn.reason));
	else
		builder_str(&b, general);
	if (url && f->conn.has_peer) {
		builder_str(&b, " (");
		addr_print(&b, &f->conn.peer);
		builder_byte(&b, ')');
	}
	builder_cstr(&b);
}

static uint64_t body_len(const struct fetch_request *request)
{
	if (!request->has_body)
		return 0;
	return request->source ? request->source->len : request->body.len;
}

/* The request's head. False when it is too long or a part of it may not stand in one. */
static bool write_head(const struct fetch *f, const struct fetch_request *request,
                       const struct url *url, struct builder *out)
{
	unsigned char storage[HTTP_HOST_MAX + 16];
	struct builder text;

	builder_str(out, request->method);
	builder_byte(out, ' ');
	builder_add(out, url->path);
	builder_add(out, url->query);
	builder_str(out, " HTTP/1.1\r\n");
	builder_init(&text, storage, sizeof storage);
	url_write_host(&text, url);
	http_field_line(out, "Host", builder_span(&text));
	if (f->setting->user_agent)
		http_field_line(out, "User-Agent", span_str(f->setting->user_agent));
	builder_add(out, request->fields);
	if (request->has_body) {
		builder_init(&text, storage, sizeof storage);
		builder_number(&text, body_len(request));
		http_field_line(out, "Content-Length", builder_span(&text));
	}
	builder_str(out, "\r\n");
	return builder_ok(out) && builder_ok(&text);
}

/*
 * What we would not take ourselves is not sent: the request means to our own
 * parser what it is meant to mean, so nothing in it can end a line or the head, or
 * speak of another host or body.
 */
static bool is_meant(struct span head, const struct fetch_request *request,
                     const struct url *url, bool *keep)
{
	struct http_request r;
	size_t scanned = 0, used;
	bool good = http_request_parse(head, &scanned, &r, &used) == 200 && used == head.len &&
	            span_is(r.method, request->method) && span_eq(r.host, url->host) &&
	            r.path.len + r.query.len == url->path.len + url->query.len &&
	            r.body == (request->has_body ? HTTP_BODY_LENGTH : HTTP_BODY_NONE) &&
	            r.body_len == body_len(request);

	*keep = good && r.keep_alive;
	return good;
}

/* By way of the input's storage, which is not in use before the answer. */
static enum fetch_result send_source(struct fetch *f, const struct fetch_source *source,
                                     int64_t deadline)
{
	enum fetch_result r = FETCH_OK;
	uint64_t at = 0;

	while (r == FETCH_OK && at < source->len) {
		uint64_t left = source->len - at;
		size_t cap = left < sizeof f->in ? (size_t)left : sizeof f->in, len = 0;

		/* A peer that takes everything at once would never let the clock be looked at. */
		if (deadline_now() >= deadline)
			return FETCH_TIMEOUT;
		r = source->read(source->context, at, f->in, cap, &len);
		at += len;
		if (r == FETCH_OK)
			r = fetch_conn_write(&f->conn, span_of(f->in, len), at == source->len, deadline);
	}
	return r;
}

static enum fetch_result send_request(struct fetch *f, struct span head,
                                      const struct fetch_request *request, int64_t deadline)
{
	bool more = body_len(request) > 0;
	enum fetch_result r = fetch_conn_write(&f->conn, head, !more, deadline);

	if (r == FETCH_OK && more)
		r = request->source ? send_source(f, request->source, deadline) :
		                      fetch_conn_write(&f->conn, request->body, true, deadline);
	f->sent = r == FETCH_OK;
	return r;
}

/* More input behind what is there. */
static enum fetch_result receive_head(struct fetch *f, int64_t deadline)
{
	size_t len;
	enum fetch_result r = fetch_conn_read(&f->conn, f->in + f->in_len, sizeof f->in - f->in_len,
	                                      &len, deadline);

	f->in_len += len;
	f->answered = f->answered || len > 0;
	return r == FETCH_OK && len == 0 ? FETCH_CLOSED : r;
}

/* The answer's head, behind any interim ones, at the front of the input; its length in `*used`. */
static enum fetch_result take_head(struct fetch *f, bool to_head, struct http_response *head,
                                   size_t *used, int64_t deadline)
{
	size_t scanned = 0, interim = 0;

	f->in_len = 0;
	for (;;) {
		enum fetch_result r = FETCH_OK;
		int status = http_response_parse(span_of(f->in, f->in_len), to_head, &scanned, head,
		                                 used);

		if (status == 200 && head->status >= 200)
			return FETCH_OK;
		/* Nobody asked for another protocol. */
		if (status == 400 || (status == 200 && (head->status == 101 || ++interim > INTERIM_MAX)))
			return FETCH_PROTOCOL;
		if (status == 200) {
			f->in_len -= *used;
			memmove(f->in, f->in + *used, f->in_len);
		} else {
			r = receive_head(f, deadline);
		}
		if (r != FETCH_OK)
			return r;
	}
}

/* The body, of which the first bytes may stand behind the head in the input. */
static enum fetch_result take_body(struct fetch *f, const struct http_response *head,
                                   size_t head_len, const struct fetch_sink *sink, int64_t deadline)
{
	struct fetch_body in = { .kind = head->body, .left = head->body_len, .out = sink };
	struct span bytes = span_of(f->in + head_len, f->in_len - head_len);
	enum fetch_result r = sink->head ? sink->head(sink->context, head) : FETCH_OK;

	if (r != FETCH_OK)
		return r;
	if (in.kind == HTTP_BODY_LENGTH && in.left > sink->limit)
		return FETCH_TOO_LARGE;
	for (;;) {
		size_t len;

		r = fetch_body_take(&in, &bytes);
		if (r != FETCH_OK)
			return r;
		if (in.done)
			break;
		r = fetch_conn_read(&f->conn, f->in + head_len, sizeof f->in - head_len, &len, deadline);
		if (r != FETCH_OK)
			return r;
		if (len == 0)
			return in.kind == HTTP_BODY_CLOSE ? FETCH_OK : FETCH_CLOSED;
		bytes = span_of(f->in + head_len, len);
	}
	/* What follows an answer is an answer to nothing. */
	f->keep = f->keep && head->keep_alive && bytes.len == 0;
	return FETCH_OK;
}

/* Once through; the connection is there. */
static enum fetch_result attempt(struct fetch *f, const struct fetch_request *request,
                                 struct span out, struct http_response *head,
                                 const struct fetch_sink *sink, int64_t deadline)
{
	size_t head_len = 0;
	enum fetch_result r;

	f->count.requests++;
	f->sent = f->answered = false;
	r = send_request(f, out, request, deadline);
	/* Who takes no more may have said why. */
	if (r == FETCH_OK || r == FETCH_CLOSED)
		r = take_head(f, strcmp(request->method, "HEAD") == 0, head, &head_len, deadline);
	f->keep = f->keep && f->sent;
	if (r == FETCH_OK)
		r = take_body(f, head, head_len, sink, deadline);
	return r;
}

static enum fetch_result exchange(struct fetch *f, const struct fetch_request *request,
                                  const struct url *url, struct span out,
                                  struct http_response *head, const struct fetch_sink *sink,
                                  int64_t deadline)
{
	bool may_be_stale = fetch_conn_fits(&f->conn, url), keep = f->keep;
	enum fetch_result r;

	for (;; may_be_stale = false) {
		builder_init(&f->conn.reason, f->conn.reason_text, sizeof f->conn.reason_text);
		f->keep = keep;
		if (!may_be_stale) {
			fetch_conn_close(&f->conn, false);
			r = fetch_conn_open(&f->conn, f->setting, url, deadline);
			f->count.connections += r == FETCH_OK;
			if (r != FETCH_OK)
				break;
		}
		r = attempt(f, request, out, head, sink, deadline);
		/* A request that was not sent whole was not acted upon. */
		if (r != FETCH_CLOSED || !may_be_stale || f->answered ||
		    (f->sent && !request->repeatable))
			break;
		fetch_conn_close(&f->conn, true);
	}
	if (r != FETCH_OK || !f->keep || head->body == HTTP_BODY_CLOSE)
		fetch_conn_close(&f->conn, r != FETCH_OK);
	return r;
}

enum fetch_result fetch_stream(struct fetch *f, const struct fetch_request *request,
                               struct http_response *head, const struct fetch_sink *sink,
                               int64_t deadline)
{
	enum fetch_result r = FETCH_OK;
	struct builder out;
	struct url url;
	bool known = url_parse(&url, request->url);

	builder_init(&out, f->out, sizeof f->out);
	builder_init(&f->conn.reason, f->conn.reason_text, sizeof f->conn.reason_text);
	f->conn.has_peer = f->conn.has_peer && f->conn.fd >= 0;
	f->why[0] = 0;
	if (!known)
		r = FETCH_BAD_URL;
	else if (!write_head(f, request, &url, &out) ||
	         !is_meant(builder_span(&out), request, &url, &f->keep))
		r = FETCH_BAD_REQUEST;
	else if (url.https && !f->setting->anchors && f->setting->n_pins == 0)
		r = FETCH_UNTRUSTED;
	else
		r = exchange(f, request, &url, builder_span(&out), head, sink, deadline);
	if (r != FETCH_OK)
		explain(f, known ? &url : NULL, r);
	return r;
}

/* The limit is what there is room for. */
static enum fetch_result hold(void *context, struct span bytes)
{
	builder_add(context, bytes);
	return FETCH_OK;
}

enum fetch_result fetch_exchange(struct fetch *f, const struct fetch_request *request,
                                 struct http_response *head, struct builder *body,
                                 int64_t deadline)
{
	struct fetch_sink sink = { .context = body, .limit = body->cap - body->len, .piece = hold };

	return fetch_stream(f, request, head, &sink, deadline);
}

const char *fetch_why(const struct fetch *f)
{
	return f->why;
}

struct fetch_count fetch_count(const struct fetch *f)
{
	return f->count;
}

void fetch_close(struct fetch *f)
{
	fetch_conn_close(&f->conn, false);
}
