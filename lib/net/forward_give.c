/* An answer on its way to the client. */
#include <stdlib.h>

#include "base/deadline.h"
#include "net/forward_exchange.h"

enum {
	FLOOR = 4096,
	SLACK = 2048 /* what a head may be longer than it came */
};

enum state { GO_ON, BLOCKED, OVER, ENDED };

static enum httpd_progress explain(struct forward_exchange *e, struct httpd *h,
                                   struct builder *out)
{
	struct httpd_reply reply = { .status = 0 };
	int status = e->failure;

	forward_leave(e, status);
	forward_explain(&reply, status);
	return httpd_reply(h, out, &reply);
}

static enum httpd_progress cut(struct forward_exchange *e)
{
	forward_leave(e, e->status);
	return HTTPD_CUT;
}

static enum httpd_progress complete(struct forward_exchange *e, struct httpd *h,
                                    struct builder *out)
{
	enum httpd_progress p = httpd_end(h, out);

	if (p == HTTPD_CUT)
		return cut(e);
	/* An upstream that has answered before it heard all is left alone with that. */
	forward_disconnect(e, e->stays && !e->bound && e->heard && !e->deaf && e->len == e->at && !e->ending);
	forward_leave(e, e->status);
	return p;
}

static enum state begin_tunnel(struct forward_exchange *e, const struct http_response *r,
                               struct builder *out)
{
	if (e->upgrade_len == 0 ||
	    !forward_upgrade_fits(span_of(e->upgrade, e->upgrade_len), r)) {
		forward_fail(e, 502, "bad-answer");
		return GO_ON;
	}
	e->status = 101;
	e->state = FORWARD_TUNNEL;
	e->heard = false;
	e->body = HTTP_BODY_CLOSE;
	httpd_upgrade(e->h, out);
	forward_write_fields(out, r, true);
	builder_str(out, "\r\n");
	return GO_ON;
}

static enum state begin(struct forward_exchange *e, const struct http_response *r,
                        struct builder *out)
{
	struct span value;
	uint64_t length;
	bool dated = http_response_field(r, "Date", 0, &value);
	/* What a body of that length would be like, where there is none. */
	bool measured = r->body == HTTP_BODY_LENGTH ||
	                (r->body == HTTP_BODY_NONE && e->to_head && r->status != 204 &&
	                 http_response_field(r, "Content-Length", 0, &value) &&
	                 span_number(value, INT64_MAX, &length));

	if (r->body == HTTP_BODY_LENGTH)
		length = r->body_len;
	e->status = r->status;
	e->state = FORWARD_BODY;
	e->body = r->body;
	e->left = r->body_len;
	e->stays = r->keep_alive;
	(dated ? httpd_begin_dated : httpd_begin)(e->h, out, r->status, measured ? &length : NULL);
	forward_write_fields(out, r, false);
	builder_str(out, "\r\n");
	return GO_ON;
}

/* The head is there, at the front of `*bytes`; what follows it is left there. */
static enum state use_head(struct forward_exchange *e, const struct http_response *r,
                           struct builder *out)
{
	e->h->by = deadline_in(e->f->idle_ms);
	if (!forward_answer_ok(r) || (r->status < 200 && ++e->interim > FORWARD_INTERIM_MAX)) {
		forward_fail(e, 502, "bad-answer");
		return GO_ON;
	}
	if (r->status == 101)
		return begin_tunnel(e, r, out);
	if (r->status >= 200)
		return begin(e, r, out);
	if (httpd_interim(e->h, out, r->status)) {
		forward_write_fields(out, r, false);
		builder_str(out, "\r\n");
	}
	if (e->heard)
		e->h->by = deadline_in(e->f->first_ms);
	return GO_ON;
}

/* Keeps the beginning of a head, which is never more than there is room for. */
static bool keep(struct forward_exchange *e, struct span bytes)
{
	if (!e->kept && bytes.len <= HTTP_HEAD_MAX + FLOOR)
		e->kept = malloc(HTTP_HEAD_MAX + FLOOR);
	if (!e->kept)
		return false;
	memmove(e->kept, bytes.p, bytes.len);
	e->kept_len = bytes.len;
	return true;
}

/* Of the body: some of it, at `p`, where it may be moved. */
static enum state take_body(struct forward_exchange *e, unsigned char *p, size_t len,
                            struct builder *out)
{
	size_t at = 0, body = 0, used;
	struct span data;

	e->h->by = deadline_in(e->f->idle_ms);
	switch (e->body) {
	case HTTP_BODY_NONE:
		e->stays = e->stays && len == 0;
		return OVER;
	case HTTP_BODY_CLOSE:
		httpd_body(e->h, out, span_of(p, len));
		return GO_ON;
	case HTTP_BODY_LENGTH:
		data = span_head(span_of(p, len), e->left < len ? (size_t)e->left : len);
		e->left -= data.len;
		e->stays = e->stays && data.len == len;
		httpd_body(e->h, out, data);
		return e->left > 0 ? GO_ON : OVER;
	case HTTP_BODY_CHUNKED:
		break;
	}
	/* However small the chunks are that came, what goes on is one. */
	for (;;) {
		enum http_chunk_result r = http_chunks_next(&e->chunks, span_of(p + at, len - at),
		                                            &used, &data);

		at += used;
		if (r == HTTP_CHUNK_DATA) {
			memmove(p + body, data.p, data.len);
			body += data.len;
			continue;
		}
		httpd_body(e->h, out, span_of(p, body));
		if (r == HTTP_CHUNK_BAD)
			forward_fail(e, 502, "bad-answer");
		if (r == HTTP_CHUNK_DONE)
			e->stays = e->stays && at == len;
		return r == HTTP_CHUNK_DONE ? OVER : GO_ON;
	}
}

/* All that is here of heads, and what follows the last of them. */
static enum state take_head(struct forward_exchange *e, unsigned char *p, size_t len,
                            struct builder *out)
{
	static struct http_response head;
	enum state state = GO_ON;
	size_t used, at = 0;

	while (e->state == FORWARD_HEAD && e->failure == 0) {
		struct span rest = span_of(p + at, len - at);
		int status = http_response_parse(rest, e->to_head, &e->scanned, &head, &used);

		if (status == 0 && keep(e, rest))
			return GO_ON;
		if (status != 200) {
			forward_fail(e, status == 0 ? 503 : 502, status == 0 ? "system" : "bad-answer");
			return GO_ON;
		}
		at += used;
		state = use_head(e, &head, out);
	}
	e->kept_len = 0;
	if (e->failure > 0)
		return GO_ON;
	if (at < len || e->body == HTTP_BODY_NONE || (e->body == HTTP_BODY_LENGTH && e->left == 0))
		state = take_body(e, p + at, len - at, out);
	if (p == e->kept) {
		free(e->kept);
		e->kept = NULL;
	}
	return state;
}

/* What there is to be read is read, once. */
static enum state receive(struct forward_exchange *e, struct builder *out)
{
	static unsigned char piece[FORWARD_PIECE];
	bool kept = e->state == FORWARD_HEAD && e->kept_len > 0;
	unsigned char *p = kept ? e->kept + e->kept_len : piece;
	size_t cap = kept ? FLOOR : sizeof piece, n;

	if (e->state != FORWARD_HEAD && httpd_room(out) < cap)
		cap = httpd_room(out);
	switch (e->link->kind->read(e->link, p, cap, &n)) {
	case LINK_OK:
		break;
	case LINK_LATER:
		return BLOCKED;
	case LINK_END:
		return ENDED;
	case LINK_BROKEN:
		/* Nothing says that it was all, but for what came before. */
		if (e->state != FORWARD_HEAD)
			forward_fail(e, 502, "cut");
		return e->cut ? GO_ON : ENDED;
	}
	e->head_len = 0;
	if (e->state != FORWARD_HEAD)
		return take_body(e, p, n, out);
	return kept ? take_head(e, e->kept, e->kept_len + n, out) : take_head(e, piece, n, out);
}

/* The upstream has ended the connection. */
static enum state end(struct forward_exchange *e)
{
	if (e->state == FORWARD_HEAD) {
		if (!forward_again(e))
			forward_fail(e, 502, "closed");
		return GO_ON;
	}
	e->stays = false;
	if (e->body == HTTP_BODY_CLOSE)
		return OVER;
	forward_fail(e, 502, "cut");
	return GO_ON;
}

/* The connection is on its way. True when it is there. */
static bool opened(struct forward_exchange *e)
{
	if (e->state == FORWARD_OPENING && e->link->state == LINK_OPEN) {
		e->state = FORWARD_HEAD;
		e->h->by = deadline_in(e->heard ? e->f->first_ms : e->f->idle_ms);
	} else if (e->state == FORWARD_OPENING && e->link->state == LINK_FAILED) {
		forward_fail(e, e->link->timed_out ? 504 : 502, e->link->why);
	}
	return e->state >= FORWARD_HEAD;
}

enum httpd_progress forward_give(struct httpd *h, struct builder *out)
{
	struct forward_exchange *e = h->waiting;

	for (;;) {
		enum state state;

		if (e->cut)
			return cut(e);
		if (e->failure > 0 && !httpd_begun(h))
			return explain(e, h, out);
		if (!opened(e)) {
			if (e->failure > 0)
				continue;
			return HTTPD_PENDING;
		}
		forward_flush(e);
		/* What the client does not take now is kept: more comes when this is gone. */
		if (out->len >= FORWARD_PIECE || httpd_room(out) < (e->state == FORWARD_HEAD ? HTTP_HEAD_MAX + SLACK + FORWARD_PIECE : FLOOR))
			return HTTPD_MORE;
		state = receive(e, out);
		if (state == ENDED)
			state = end(e);
		if (state == BLOCKED)
			return HTTPD_PENDING;
		if (state == OVER)
			return complete(e, h, out);
	}
}
