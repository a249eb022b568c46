/* A request's body on its way to the program, and the program's answer on its way back. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/cgi_exchange.h"

enum { PIECE = 65536, FLOOR = 4096 };

/* The client gets this status instead, or what it has of an answer is all it gets. */
static void fail(struct cgi_exchange *e, int status)
{
	if (httpd_begun(e->h))
		e->cut = true;
	else if (e->failure == 0)
		e->failure = status;
	cgi_exchange_stop(e);
}

size_t cgi_exchange_body(struct httpd *h, struct span data, bool last)
{
	struct cgi_exchange *e = h->waiting;
	ssize_t n;

	if (e->body + data.len > e->server->body_max)
		fail(e, 413);
	if (last) {
		e->heard = true;
		cgi_exchange_close_input(e);
	}
	if (e->in_fd < 0 || e->told || data.len == 0) {
		e->body += data.len;
		return data.len;
	}
	n = write(e->in_fd, data.p, data.len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) {
		/* It does not want to hear it: its answer may come all the same. */
		cgi_exchange_close_input(e);
		n = (ssize_t)data.len;
	}
	e->body += (uint64_t)n;
	return (size_t)n;
}

/* An answer of our own in place of the program's. */
static enum httpd_progress explain(struct cgi_exchange *e, struct httpd *h, struct builder *out)
{
	static unsigned char text[64];
	struct httpd_reply reply = { .status = e->failure };
	struct builder body;

	builder_init(&body, text, sizeof text);
	builder_str(&body, http_reason(e->failure));
	builder_byte(&body, '\n');
	reply.body = builder_span(&body);
	reply.retry_after_s = e->failure == 503 ? 1 : 0;
	cgi_exchange_stop(e);
	cgi_exchange_leave(e, e->failure);
	return httpd_reply(h, out, &reply);
}

static enum httpd_progress cut(struct cgi_exchange *e)
{
	cgi_exchange_stop(e);
	cgi_exchange_leave(e, e->status);
	return HTTPD_CUT;
}

static enum httpd_progress complete(struct cgi_exchange *e, struct httpd *h, struct builder *out)
{
	enum httpd_progress p = httpd_end(h, out);

	if (p == HTTPD_CUT)
		return cut(e);
	cgi_exchange_leave(e, e->status);
	return p;
}

/* The answer is what another program says, asked with GET and without a body. */
static int follow(struct cgi_exchange *e, struct span target)
{
	static unsigned char path[HTTP_TARGET_MAX], environment[CGI_ENV_MAX];
	struct cgi_serve *s = e->server;
	struct cgi_exchange *next;
	struct builder to, with;
	struct httpd *h = e->h;
	int status;

	builder_init(&to, path, sizeof path);
	builder_init(&with, environment, sizeof environment);
	if (e->redirects == CGI_REDIRECTS_MAX ||
	    cgi_path(span_head(target, span_find(target, '?')), &to) != 200)
		return 502;
	cgi_environment_again(&with, span_of(e->environment, e->environment_len), target);
	next = builder_ok(&with) ? cgi_exchange_take(s) : NULL;
	if (!next)
		return 503;
	next->redirects = e->redirects + 1;
	next->start_us = e->start_us;
	next->total_by = e->total_by;
	next->body = e->body;
	next->host_len = e->host_len;
	next->where_len = e->where_len;
	next->id_len = e->id_len;
	memcpy(next->host, e->host, sizeof e->host);
	memcpy(next->where, e->where, sizeof e->where);
	status = cgi_exchange_start(next, builder_span(&to), builder_span(&with), false, false);
	if (status != 0) {
		cgi_exchange_free(next);
		return status;
	}
	cgi_exchange_leave(e, 0);
	next->h = h;
	h->waiting = next;
	return 0;
}

static void begin(struct cgi_exchange *e, const struct cgi_head *head, struct builder *out)
{
	e->status = head->status;
	e->h->by = e->total_by;
	httpd_begin(e->h, out, head->status, head->has_length ? &head->length : NULL);
	for (size_t i = 0; i < head->n_fields; i++) {
		builder_add(out, head->field[i].name);
		builder_str(out, ": ");
		builder_add(out, head->field[i].value);
		builder_str(out, "\r\n");
	}
	builder_str(out, "\r\n");
}

enum state { GO_ON, BLOCKED, ENDED, FULL, FOLLOWED };

/* Keeps what there is of a head, which is never more than there is room for. */
static void keep(struct cgi_exchange *e, struct span bytes)
{
	memcpy(e->kept + e->kept_len, bytes.p, bytes.len);
	e->kept_len += bytes.len;
}

/* `bytes` are new, and there is no whole head yet. */
static enum state take_head(struct cgi_exchange *e, struct span bytes, struct builder *out)
{
	static struct cgi_head head;
	size_t used = 0;
	int status;

	if (e->kept) {
		keep(e, bytes);
		bytes = span_of(e->kept, e->kept_len);
	}
	status = cgi_head_parse(bytes, &e->scanned, &head, &used);
	if (status == 0 && !e->kept) {
		e->kept = malloc(HTTP_HEAD_MAX + FLOOR);
		if (e->kept)
			keep(e, bytes);
		else
			status = 503;
	}
	if (status == 200 && head.kind == CGI_LOCAL)
		status = follow(e, head.location);
	else if (status == 200) {
		begin(e, &head, out);
		return httpd_body(e->h, out, span_from(bytes, used)) ? GO_ON : FULL;
	} else if (status == 0)
		return GO_ON;
	if (status == 0)
		return FOLLOWED;
	fail(e, status);
	return GO_ON;
}

/* One piece of its output. */
static enum state take_output(struct cgi_exchange *e, struct builder *out)
{
	static unsigned char piece[PIECE];
	size_t room = httpd_begun(e->h) ? httpd_room(out) : FLOOR;
	ssize_t n;

	if (!e->readable)
		return BLOCKED;
	n = read(e->out_fd, piece, room < sizeof piece ? room : sizeof piece);
	if (n < 0 && errno == EINTR)
		return GO_ON;
	if (n < 0 || (n > 0 && (size_t)n < room && !e->hung_up && e->running))
		e->readable = false;
	if (n < 0)
		return errno == EAGAIN ? BLOCKED : ENDED;
	if (n == 0)
		return ENDED;
	if (!httpd_begun(e->h))
		return take_head(e, span_of(piece, (size_t)n), out);
	return httpd_body(e->h, out, span_of(piece, (size_t)n)) ? GO_ON : FULL;
}

/*
 * Its output is over, one way or the other. That it is whole is only known when the program ended
 * by itself; one that only closed its output has a moment to do so.
 */
static enum httpd_progress finish(struct cgi_exchange *e, struct httpd *h, struct builder *out)
{
	if (e->running && !e->ended)
		h->by = deadline_first(h->by, deadline_in(CGI_EXIT_MS));
	e->ended = true;
	if (e->running && !e->let)
		return HTTPD_PENDING;
	if (httpd_begun(h))
		return e->signal ? cut(e) : complete(e, h, out);
	e->failure = e->failure ? e->failure : 502;
	return explain(e, h, out);
}

enum httpd_progress cgi_exchange_give(struct httpd *h, struct builder *out)
{
	struct cgi_exchange *e = h->waiting;

	for (;;) {
		enum state state;

		if (e->cut)
			return cut(e);
		if (e->failure > 0 && !httpd_begun(h))
			return explain(e, h, out);
		/* Who expects 100 gets that before anything else. */
		if (e->asked)
			return HTTPD_PENDING;
		if (e->ended)
			return finish(e, h, out);
		if (httpd_room(out) < FLOOR)
			return HTTPD_MORE;
		state = take_output(e, out);
		/* When the program is gone, nothing more will come. */
		if (state == BLOCKED && e->running)
			return HTTPD_PENDING;
		if (state == FULL)
			return complete(e, h, out);
		if (state == BLOCKED || state == ENDED)
			return finish(e, h, out);
		if (state == FOLLOWED)
			e = h->waiting;
	}
}

void cgi_exchange_late(struct httpd *h)
{
	struct cgi_exchange *e = h->waiting;

	h->by = DEADLINE_NEVER;
	if (e->ended)
		e->let = true;
	else
		fail(e, e->heard ? 504 : 408);
}
