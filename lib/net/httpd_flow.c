/*
 * Streamed answers: the request's body goes to the application as far as it
 * takes it, and the answer comes from it as far as the client takes it. Both
 * go on at the same time, and neither is kept whole anywhere.
 */
#include "base/deadline.h"
#include "net/httpd_machine.h"

void httpd_flow_start(struct httpd *h, const struct http_request *request, bool keep)
{
	h->state = HTTPD_FLOW;
	h->stream.engaged = true;
	h->stream.half = false;
	h->flow.in = request->body;
	h->flow.out = HTTP_BODY_NONE;
	h->flow.minor = request->minor;
	h->flow.keep = keep;
	h->flow.head = span_is(request->method, "HEAD");
	h->flow.expect = request->expect_continue;
	h->flow.begun = false;
	h->flow.in_over = false;
	h->flow.half_by = DEADLINE_NEVER;
	h->body_left = request->body_len;
	h->chunks = (struct http_chunks){ 0 };
}

/* The next piece of the body at the front of `in`, of which `*used` bytes are then done with. */
static enum http_chunk_result piece(struct httpd *h, struct span in, size_t *used,
                                    struct span *data)
{
	*used = 0;
	*data = span_head(in, 0);
	if (h->flow.in == HTTP_BODY_CHUNKED)
		return http_chunks_next(&h->chunks, in, used, data);
	if (h->flow.in == HTTP_BODY_CLOSE) {
		*used = in.len;
		*data = in;
		return in.len > 0 ? HTTP_CHUNK_DATA : HTTP_CHUNK_MORE;
	}
	if (h->flow.in != HTTP_BODY_LENGTH || h->body_left == 0)
		return HTTP_CHUNK_DONE;
	if (in.len == 0)
		return HTTP_CHUNK_MORE;
	if (in.len > h->body_left)
		in.len = (size_t)h->body_left;
	*used = in.len;
	*data = in;
	h->body_left -= in.len;
	return HTTP_CHUNK_DATA;
}

/* Shows the application a piece; of one that it takes a part of, the rest was not looked at yet. */
static enum http_chunk_result show(struct httpd *h, struct span in, size_t *used, bool *blocked)
{
	struct http_chunks chunks = h->chunks;
	uint64_t left = h->body_left;
	struct span data;
	enum http_chunk_result r = piece(h, in, used, &data);
	size_t taken;

	if (r != HTTP_CHUNK_DATA)
		return r;
	h->flow.expect = false;
	taken = h->app->take(h, data, false);
	*blocked = taken < data.len;
	if (*blocked) {
		h->chunks = chunks;
		h->body_left = left;
		piece(h, span_head(in, (size_t)(data.p - in.p) + taken), used, &data);
	}
	return r;
}

/*
 * All of the body that is there and is taken. `*blocked`: there is more than was taken. Where
 * another protocol is spoken, the client's end is the body's.
 */
static size_t feed(struct httpd *h, struct span in, bool ended, bool *blocked, bool *bad)
{
	size_t total = 0;

	*blocked = *bad = false;
	while (!h->flow.in_over && !*blocked) {
		size_t used;
		enum http_chunk_result r = show(h, span_from(in, total), &used, blocked);

		total += used;
		if (r == HTTP_CHUNK_MORE && ended && h->flow.in == HTTP_BODY_CLOSE)
			r = HTTP_CHUNK_DONE;
		*bad = r == HTTP_CHUNK_BAD;
		if (r == HTTP_CHUNK_BAD || r == HTTP_CHUNK_MORE)
			break;
		if (r == HTTP_CHUNK_DONE) {
			h->flow.in_over = true;
			h->app->take(h, span_of(NULL, 0), true);
		}
	}
	return total;
}

/* The answer is over, and what the client still sends of the body is of no interest. */
static void over(struct httpd *h, bool left, int64_t now)
{
	h->stream.engaged = h->stream.more = false;
	if (!h->flow.keep)
		httpd_finish(h, left || !h->flow.in_over, now);
	else if (h->flow.in_over)
		httpd_next_head(h, now);
	else
		httpd_pass_over(h, h->flow.in == HTTP_BODY_CHUNKED, now);
}

/* The client broke off, or sends what is no body: nobody works for it any more. */
static void drop(struct httpd *h)
{
	h->stream.engaged = h->stream.more = false;
	if (h->waiting && h->app->cancel)
		h->app->cancel(h);
	h->waiting = NULL;
}

/* Asks for the answer. True when it is over. */
static bool give(struct httpd *h, bool left, struct builder *out, int64_t now)
{
	size_t before = out->len;
	enum httpd_progress progress;

	if (h->go_ahead && !h->flow.begun && httpd_interim(h, out, 100))
		builder_str(out, "\r\n");
	progress = h->app->give(h, out);
	if (out->len > before && h->stream.half)
		h->flow.half_by = now + HTTPD_HALF_MS;
	h->stream.more = progress == HTTPD_MORE;
	if (progress == HTTPD_CUT) {
		h->stream.engaged = false;
		httpd_finish(h, false, now);
	} else if (progress == HTTPD_COMPLETE) {
		over(h, left, now);
	}
	return progress == HTTPD_CUT || progress == HTTPD_COMPLETE;
}

static void await(struct httpd *h, bool blocked, int64_t now)
{
	if (h->stream.half && h->flow.half_by == DEADLINE_NEVER)
		h->flow.half_by = now + HTTPD_HALF_MS;
	h->stream.want = blocked ? STREAM_WAIT : STREAM_READ;
	h->stream.deadline = deadline_first(h->by, h->flow.half_by);
}

size_t httpd_flow_step(struct httpd *h, struct span in, bool ended, struct builder *out,
                       int64_t now, bool *on)
{
	bool blocked, bad;
	size_t used = feed(h, in, ended, &blocked, &bad);
	bool left = used < in.len;

	*on = false;
	if (bad && !h->flow.begun) {
		drop(h);
		httpd_refuse(h, 400, out, now);
		return used;
	}
	if (bad || (ended && !h->flow.in_over && !blocked)) {
		drop(h);
		httpd_finish(h, false, now);
		return used;
	}
	if (give(h, left, out, now)) {
		*on = h->state != HTTPD_END;
		return used;
	}
	/* Requests behind this one wait where they are. */
	await(h, blocked || (h->flow.in_over && left), now);
	return used;
}

void httpd_flow_expired(struct httpd *h, struct span in, struct builder *out, int64_t now)
{
	if (now >= h->flow.half_by) {
		drop(h);
		httpd_finish(h, false, now);
		return;
	}
	h->app->late(h);
	if (!give(h, in.len > 0, out, now))
		await(h, h->stream.want == STREAM_WAIT, now);
}

void httpd_go_on(struct httpd *h)
{
	h->stream.wake(&h->stream);
}
