/* HTTP/1.x, the server's side, as a state machine without I/O. */
#include "net/httpd_machine.h"

#include "base/deadline.h"

static struct httpd *of(struct stream *s)
{
	return (struct httpd *)(void *)s;
}

static void start(struct stream *s, void *context, int64_t now)
{
	struct httpd *h = of(s);

	h->app = context;
	s->want = STREAM_READ;
	s->deadline = now + HTTPD_HEAD_MS;
}

/* Sends a small reply, and says so. */
static void send_reply(struct httpd *h, const struct http_request *request,
                       struct httpd_reply *reply, struct builder *out, bool keep)
{
	bool head = request && span_is(request->method, "HEAD");
	bool announce = request && request->minor == 0;

	httpd_write_safely(out, reply, head, keep, announce);
	if (h->app->done)
		h->app->done(h, request, reply, deadline_now_us() - h->complete_us);
}

void httpd_next_head(struct httpd *h, int64_t now)
{
	h->state = HTTPD_HEAD;
	h->begun = false;
	h->kept = true;
	h->scanned = 0;
	h->resumed = false;
	h->stream.want = STREAM_READ;
	h->stream.deadline = now + HTTPD_IDLE_MS;
}

void httpd_finish(struct httpd *h, bool more, int64_t now)
{
	h->state = HTTPD_END;
	h->stream.want = more ? STREAM_LINGER : STREAM_CLOSE;
	h->stream.deadline = now + HTTPD_LINGER_MS;
}

void httpd_refuse(struct httpd *h, int status, struct builder *out, int64_t now)
{
	unsigned char text[64];
	struct builder body;
	struct httpd_reply reply = { .status = status };

	builder_init(&body, text, sizeof text);
	builder_str(&body, http_reason(status));
	builder_byte(&body, '\n');
	reply.body = builder_span(&body);
	h->complete_us = deadline_now_us();
	send_reply(h, NULL, &reply, out, false);
	httpd_finish(h, true, now);
}

void httpd_pass_over(struct httpd *h, bool chunked, int64_t now)
{
	httpd_next_head(h, now);
	h->state = chunked ? HTTPD_CHUNKS : HTTPD_LENGTH;
	if (chunked)
		h->body_left = HTTPD_DRAIN_MAX;
	h->stream.deadline = now + HTTPD_DRAIN_MS;
}

/* What follows an answered request: its body, the next head, or the end. */
static void after(struct httpd *h, const struct http_request *request, bool keep, bool more,
                  int64_t now)
{
	if (!keep) {
		httpd_finish(h, more || request->body != HTTP_BODY_NONE, now);
		return;
	}
	if (request->body == HTTP_BODY_NONE) {
		httpd_next_head(h, now);
		return;
	}
	h->body_left = request->body_len;
	h->chunks = (struct http_chunks){ 0 };
	httpd_pass_over(h, request->body == HTTP_BODY_CHUNKED, now);
}

/* The connection can stay: the client allows it and the body is not too long to pass over. */
static bool keeps(const struct httpd *h, const struct http_request *request)
{
	if (!request->keep_alive || h->stream.draining || request->expect_continue)
		return false;
	return request->body != HTTP_BODY_LENGTH || request->body_len <= HTTPD_DRAIN_MAX;
}

/* A head is complete. Returns whether it was answered. */
static bool answer(struct httpd *h, const struct http_request *request, bool more,
                   struct builder *out, int64_t now)
{
	struct httpd_reply reply = { .status = 0 };
	bool keep = keeps(h, request);

	if (!h->resumed)
		h->complete_us = deadline_now_us();
	if (!h->app->answer(h, request, &reply)) {
		h->state = HTTPD_ANSWER;
		h->stream.want = STREAM_WAIT;
		h->stream.deadline = DEADLINE_NEVER;
		return false;
	}
	if (reply.streamed) {
		httpd_flow_start(h, request, request->keep_alive && !h->stream.draining);
		return true;
	}
	send_reply(h, request, &reply, out, keep);
	after(h, request, keep, more, now);
	return true;
}

/* Each step says how many bytes it used, and whether the next step can follow at once. */
static size_t step_head(struct httpd *h, struct span in, bool ended, struct builder *out,
                        int64_t now, bool *on)
{
	static struct http_request request;
	size_t used = 0;
	int status;

	*on = false;
	if (in.len > 0 && !h->begun) {
		h->begun = true;
		if (h->kept)
			h->stream.deadline = now + HTTPD_HEAD_MS;
	}
	status = in.len > 0 ? http_request_parse(in, &h->scanned, &request, &used) : 0;
	if (status == 200) {
		*on = answer(h, &request, in.len > used, out, now);
		return *on ? used : 0;
	}
	if (status != 0) {
		httpd_refuse(h, status, out, now);
		return in.len;
	}
	if (ended || (h->stream.draining && !h->begun && h->kept))
		httpd_finish(h, false, now);
	else if (h->stream.draining && !h->begun)
		h->stream.deadline = deadline_first(h->stream.deadline, now + HTTPD_FIRST_MS);
	return 0;
}

static size_t step_length(struct httpd *h, struct span in, bool ended, int64_t now, bool *on)
{
	size_t used = in.len < h->body_left ? in.len : (size_t)h->body_left;

	h->body_left -= used;
	*on = h->body_left == 0;
	if (*on)
		httpd_next_head(h, now);
	else if (ended)
		httpd_finish(h, false, now);
	return used;
}

static size_t step_chunks(struct httpd *h, struct span in, bool ended, int64_t now, bool *on)
{
	size_t total = 0;

	for (;;) {
		struct span data = { NULL, 0 };
		size_t used = 0;
		enum http_chunk_result r = http_chunks_next(&h->chunks, span_from(in, total), &used, &data);

		total += used;
		*on = r == HTTP_CHUNK_DONE;
		if (r == HTTP_CHUNK_DONE) {
			httpd_next_head(h, now);
		} else if (r == HTTP_CHUNK_BAD || data.len > h->body_left) {
			httpd_finish(h, true, now);
		} else if (r == HTTP_CHUNK_DATA) {
			h->body_left -= data.len;
			continue;
		} else if (ended) {
			httpd_finish(h, false, now);
		}
		return total;
	}
}

static size_t step(struct stream *s, struct span in, bool ended, struct builder *out, int64_t now)
{
	struct httpd *h = of(s);
	size_t used = 0;
	bool on = true;

	while (on && out->cap - out->len >= STREAM_OUT_MIN) {
		struct span rest = span_from(in, used);

		switch (h->state) {
		case HTTPD_HEAD:
			used += step_head(h, rest, ended, out, now, &on);
			break;
		case HTTPD_FLOW:
			used += httpd_flow_step(h, rest, ended, out, now, &on);
			break;
		case HTTPD_LENGTH:
			used += step_length(h, rest, ended, now, &on);
			break;
		case HTTPD_CHUNKS:
			used += step_chunks(h, rest, ended, now, &on);
			break;
		case HTTPD_ANSWER:
			return used;
		case HTTPD_END:
			if (ended)
				s->want = STREAM_CLOSE;
			return in.len;
		}
	}
	return used;
}

static void expired(struct stream *s, struct span in, struct builder *out, int64_t now)
{
	struct httpd *h = of(s);

	if (h->state == HTTPD_FLOW)
		httpd_flow_expired(h, in, out, now);
	else if (h->state == HTTPD_HEAD && h->begun && in.len > 0)
		httpd_refuse(h, 408, out, now);
	else
		httpd_finish(h, false, now);
}

static void gone(struct stream *s)
{
	struct httpd *h = of(s);

	if (h->waiting && h->app->cancel)
		h->app->cancel(h);
}

void httpd_resume(struct httpd *h)
{
	h->resumed = true;
	h->state = HTTPD_HEAD;
	h->stream.want = STREAM_READ;
	h->stream.wake(&h->stream);
}

const struct stream_kind httpd_kind = {
	.size = sizeof(struct httpd),
	.start = start,
	.step = step,
	.expired = expired,
	.gone = gone,
};
