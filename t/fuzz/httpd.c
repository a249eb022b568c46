/*
 * The server's side of HTTP: the same answers whether bytes come at once or
 * in pieces, and never more than there is room for. Some are streamed: their bodies are
 * taken a few bytes at a time, and answered when they are over.
 */
#include "net/httpd.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"

enum { ANSWERS = 512, GRAIN = 7 };

struct run {
	int status[ANSWERS];
	size_t n, out_len, taken, cancelled;
	uint32_t sum; /* of what was taken */
	enum stream_want want;
};

static bool over; /* the body of a streamed request */
static struct run *now;

static bool answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	if (request->path.len % 3 == 0 && !h->resumed)
		return false;
	if (request->path.len % 5 == 4) {
		over = false;
		h->waiting = &over;
		reply->streamed = true;
		return true;
	}
	reply->status = 307;
	reply->location = request->path;
	reply->body = request->query;
	if (reply->body.len > 1000)
		reply->body.len = 1000;
	return true;
}

static void done(struct httpd *h, const struct http_request *request,
                 const struct httpd_reply *reply, int64_t us)
{
	(void)h;
	(void)request;
	(void)us;
	if (now->n < ANSWERS)
		now->status[now->n++] = reply->status;
}

static size_t take(struct httpd *h, struct span data, bool last)
{
	if (h->waiting != &over || over || (data.len == 0) != last)
		abort();
	over = last;
	data = span_head(data, GRAIN);
	for (size_t i = 0; i < data.len; i++)
		now->sum = now->sum * 31 + data.p[i];
	now->taken += data.len;
	return data.len;
}

static enum httpd_progress give(struct httpd *h, struct builder *out)
{
	if (!over)
		return HTTPD_PENDING;
	httpd_begin(h, out, 200, NULL);
	builder_str(out, "\r\n");
	httpd_body(h, out, span_str("body"));
	h->waiting = NULL;
	return httpd_end(h, out);
}

static void cancel(struct httpd *h)
{
	if (h->waiting != &over)
		abort();
	now->cancelled++;
}

static void wake(struct stream *s)
{
	(void)s;
}

static struct httpd_app app = { .answer = answer, .done = done, .cancel = cancel, .take = take, .give = give };

static void run(struct run *r, struct span bytes, size_t piece)
{
	static unsigned char text[2 * STREAM_OUT_MIN];
	struct httpd h = { .stream = { .kind = &httpd_kind, .wake = wake } };
	size_t used = 0, shown = 0;

	memset(r, 0, sizeof *r);
	now = r;
	httpd_kind.start(&h.stream, &app, 0);
	while (h.stream.want != STREAM_CLOSE) {
		struct builder out;
		size_t n;

		builder_init(&out, text, sizeof text);
		n = httpd_kind.step(&h.stream, span_of(bytes.p + used, shown - used), shown == bytes.len, &out, 0);
		if (n > shown - used || out.overflow)
			abort();
		used += n;
		r->out_len += out.len;
		if (h.stream.want == STREAM_WAIT && h.state == HTTPD_ANSWER)
			httpd_resume(&h);
		else if (n == 0 && out.len == 0 && shown == bytes.len)
			break;
		else if (n == 0 && out.len == 0)
			shown = bytes.len - shown < piece ? bytes.len : shown + piece;
	}
	r->want = h.stream.want;
	httpd_kind.gone(&h.stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run whole, pieces;
	struct span bytes = span_of(size > 0 ? data + 1 : data, size > 0 ? size - 1 : 0);

	if (size == 0 || size > 60000)
		return 0;
	run(&whole, bytes, bytes.len + 1);
	run(&pieces, bytes, (size_t)data[0] + 1);
	if (memcmp(&whole, &pieces, sizeof whole) != 0)
		abort();
	return 0;
}
