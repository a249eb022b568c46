/* Answers as they stand on the wire: small ones whole, streamed ones piece by piece. */
#include <time.h>

#include "net/httpd_machine.h"

/* The date, formatted once a second. */
static struct span date(void)
{
	static unsigned char text[32];
	static struct builder b;
	static time_t of_second = -1;
	time_t second = time(NULL);

	if (second != of_second) {
		builder_init(&b, text, sizeof text);
		http_date(&b, second);
		of_second = second;
	}
	return builder_span(&b);
}

static void stays(struct builder *out, bool keep, bool announce)
{
	if (!keep)
		builder_str(out, "Connection: close\r\n");
	else if (announce)
		builder_str(out, "Connection: keep-alive\r\n");
}

void httpd_write_reply(struct builder *out, const struct httpd_reply *reply, bool head, bool keep,
                       bool announce)
{
	const char *type = reply->content_type ? reply->content_type : "text/plain; charset=utf-8";

	http_status_line(out, reply->status);
	builder_str(out, "Date: ");
	builder_add(out, date());
	builder_str(out, "\r\nContent-Length: ");
	builder_number(out, reply->body.len);
	builder_str(out, "\r\n");
	if (reply->body.len > 0)
		http_field_line(out, "Content-Type", span_str(type));
	if (reply->location.len > 0)
		http_field_line(out, "Location", reply->location);
	if (reply->allow)
		http_field_line(out, "Allow", span_str(reply->allow));
	if (reply->no_store)
		http_field_line(out, "Cache-Control", span_str("no-store"));
	if (reply->retry_after_s > 0) {
		builder_str(out, "Retry-After: ");
		builder_number(out, reply->retry_after_s);
		builder_str(out, "\r\n");
	}
	stays(out, keep, announce);
	builder_str(out, "\r\n");
	if (!head)
		builder_add(out, reply->body);
}

void httpd_write_safely(struct builder *out, struct httpd_reply *reply, bool head, bool keep,
                        bool announce)
{
	static const char broken[] = "internal error\n";
	struct builder before = *out;

	httpd_write_reply(out, reply, head, keep, announce);
	if (!builder_ok(out) && builder_ok(&before)) {
		*out = before;
		*reply = (struct httpd_reply){ .status = 500, .body = span_str(broken) };
		httpd_write_reply(out, reply, head, keep, announce);
	}
}

/*
 * The connection can stay after a streamed answer: the client and we want it, and what is
 * still to come of the body is little enough to be passed over.
 */
static bool may_stay(const struct httpd *h)
{
	if (!h->flow.keep || h->stream.draining)
		return false;
	if (h->flow.in_over)
		return true;
	return !h->flow.expect && (h->flow.in != HTTP_BODY_LENGTH || h->body_left <= HTTPD_DRAIN_MAX);
}

static void begin(struct httpd *h, struct builder *out, int status, const uint64_t *length,
                  bool dated)
{
	bool none = status == 204 || status == 304;

	h->flow.begun = true;
	h->flow.out_left = length ? *length : 0;
	h->flow.out = length ? HTTP_BODY_LENGTH : h->flow.minor > 0 ? HTTP_BODY_CHUNKED : HTTP_BODY_CLOSE;
	if (none || h->flow.head)
		h->flow.out = HTTP_BODY_NONE;
	h->flow.keep = may_stay(h) && h->flow.out != HTTP_BODY_CLOSE;
	http_status_line(out, status);
	if (!dated) {
		builder_str(out, "Date: ");
		builder_add(out, date());
		builder_str(out, "\r\n");
	}
	if (length && !none) {
		builder_str(out, "Content-Length: ");
		builder_number(out, *length);
		builder_str(out, "\r\n");
	} else if (h->flow.out == HTTP_BODY_CHUNKED) {
		builder_str(out, "Transfer-Encoding: chunked\r\n");
	}
	stays(out, h->flow.keep, h->flow.minor == 0);
}

void httpd_begin(struct httpd *h, struct builder *out, int status, const uint64_t *length)
{
	begin(h, out, status, length, false);
}

void httpd_begin_dated(struct httpd *h, struct builder *out, int status, const uint64_t *length)
{
	begin(h, out, status, length, true);
}

bool httpd_interim(struct httpd *h, struct builder *out, int status)
{
	if (h->flow.minor == 0 || (status == 100 && (!h->flow.expect || h->flow.in_over)))
		return false;
	h->flow.expect = h->flow.expect && status != 100;
	http_status_line(out, status);
	return true;
}

void httpd_upgrade(struct httpd *h, struct builder *out)
{
	h->flow.begun = true;
	h->flow.keep = false;
	h->flow.in = h->flow.out = HTTP_BODY_CLOSE;
	h->flow.in_over = false;
	http_status_line(out, 101);
	builder_str(out, "Connection: Upgrade\r\n");
}

size_t httpd_room(const struct builder *out)
{
	size_t room = out->cap - out->len;

	return room > HTTPD_CHUNK_ROOM ? room - HTTPD_CHUNK_ROOM : 0;
}

bool httpd_body(struct httpd *h, struct builder *out, struct span data)
{
	switch (h->flow.out) {
	case HTTP_BODY_NONE:
		return false;
	case HTTP_BODY_LENGTH:
		if (data.len > h->flow.out_left)
			data.len = (size_t)h->flow.out_left;
		h->flow.out_left -= data.len;
		builder_add(out, data);
		return h->flow.out_left > 0;
	case HTTP_BODY_CHUNKED:
		if (data.len == 0)
			return true;
		http_chunk_line(out, data.len);
		builder_add(out, data);
		builder_str(out, "\r\n");
		return true;
	case HTTP_BODY_CLOSE:
		builder_add(out, data);
		return true;
	}
	return false;
}

enum httpd_progress httpd_end(struct httpd *h, struct builder *out)
{
	if (h->flow.out == HTTP_BODY_LENGTH && h->flow.out_left > 0)
		return HTTPD_CUT;
	if (h->flow.out == HTTP_BODY_CHUNKED)
		builder_str(out, "0\r\n\r\n");
	return HTTPD_COMPLETE;
}

enum httpd_progress httpd_reply(struct httpd *h, struct builder *out, struct httpd_reply *reply)
{
	h->flow.begun = true;
	/* Who is too slow with a body is not waited for any longer. */
	h->flow.keep = may_stay(h) && reply->status != 408;
	httpd_write_safely(out, reply, h->flow.head, h->flow.keep, h->flow.minor == 0);
	return HTTPD_COMPLETE;
}
