/* A request on its way to the upstream. */
#include <stdlib.h>

#include "base/deadline.h"
#include "net/forward_exchange.h"

enum { CHUNK_END_ROOM = 8 }; /* for the end of all chunks, whenever it comes */

static bool is_open(const struct forward_exchange *e)
{
	return e->link && e->link->state == LINK_OPEN;
}

/* Nobody wants to hear more of the request; its answer may come all the same. */
static void go_deaf(struct forward_exchange *e)
{
	e->deaf = true;
	e->len = e->at = 0;
}

/* What is sent is sent; a head that may have to be said again stays. */
static void clean_up(struct forward_exchange *e)
{
	e->at = e->len = 0;
	if (e->head_len > 0 && e->reused && e->repeatable)
		return;
	e->head_len = 0;
	/* What comes in chunks goes through it. */
	if (e->in == HTTP_BODY_CHUNKED && !e->heard)
		return;
	free(e->out);
	e->out = NULL;
	e->room = 0;
}

void forward_flush(struct forward_exchange *e)
{
	while (is_open(e) && !e->deaf && e->len > e->at) {
		size_t n;

		switch (e->link->kind->write(e->link, span_of(e->out + e->at, e->len - e->at), &n)) {
		case LINK_OK:
			e->at += n;
			continue;
		case LINK_LATER:
			return;
		case LINK_END:
		case LINK_BROKEN:
			go_deaf(e);
			return;
		}
	}
	if (!is_open(e) || e->deaf)
		return;
	if (e->out)
		clean_up(e);
	if (e->ending) {
		e->ending = false;
		e->link->kind->finish(e->link);
	}
}

/* What is to be sent, with room behind it; with none when memory is short. */
static struct builder room(struct forward_exchange *e)
{
	struct builder b;

	if (e->at > 0) {
		memmove(e->out, e->out + e->at, e->len - e->at);
		e->len -= e->at;
		e->at = 0;
	}
	if (e->room < FORWARD_OUT_ROOM) {
		unsigned char *p = realloc(e->out, FORWARD_OUT_ROOM);

		if (p) {
			e->out = p;
			e->room = FORWARD_OUT_ROOM;
		}
	}
	builder_init(&b, e->out, e->room);
	b.len = e->len;
	return b;
}

/* In chunks, each piece is one. How much of it there was room for. */
static size_t put_chunk(struct forward_exchange *e, struct span data)
{
	struct builder b = room(e);
	size_t free_len = b.cap - b.len, most;

	most = free_len > HTTPD_CHUNK_ROOM + CHUNK_END_ROOM ? free_len - HTTPD_CHUNK_ROOM - CHUNK_END_ROOM : 0;
	data = span_head(data, most);
	if (data.len == 0)
		return 0;
	http_chunk_line(&b, data.len);
	builder_add(&b, data);
	builder_str(&b, "\r\n");
	e->len = b.len;
	return data.len;
}

/* With a length: past the buffer when nothing is in it. */
static size_t put_bytes(struct forward_exchange *e, struct span data)
{
	struct builder b;
	size_t n = 0;

	if (e->len == 0)
		switch (e->link->kind->write(e->link, data, &n)) {
		case LINK_OK:
			return n;
		case LINK_LATER:
			return 0;
		case LINK_END:
		case LINK_BROKEN:
			go_deaf(e);
			return data.len;
		}
	b = room(e);
	data = span_head(data, b.cap - b.len);
	builder_add(&b, data);
	e->len = b.len;
	return data.len;
}

static void take_end(struct forward_exchange *e)
{
	e->heard = true;
	if (e->state == FORWARD_TUNNEL)
		e->ending = true;
	if (e->in == HTTP_BODY_CHUNKED)
		e->head_len = 0;
	if (e->in == HTTP_BODY_CHUNKED && !e->deaf) {
		struct builder b = room(e);

		builder_str(&b, "0\r\n\r\n");
		e->len = b.len;
		if (!builder_ok(&b))
			forward_fail(e, 503, "system");
	}
	if (e->state == FORWARD_HEAD)
		e->h->by = deadline_in(e->f->first_ms);
	forward_flush(e);
}

size_t forward_take(struct httpd *h, struct span data, bool last)
{
	struct forward_exchange *e = h->waiting;
	size_t n;

	if (last) {
		take_end(e);
		return 0;
	}
	if (e->failure > 0 || e->cut)
		return data.len;
	if (!is_open(e))
		return 0;
	/* From here on it cannot be said again, be it that nobody heard it. */
	e->head_len = 0;
	if (e->deaf)
		return data.len;
	forward_flush(e);
	if (e->deaf)
		return data.len;
	n = e->in == HTTP_BODY_CHUNKED && e->state != FORWARD_TUNNEL ? put_chunk(e, data)
	                                                             : put_bytes(e, data);
	e->pressed = n < data.len;
	if (n > 0)
		h->by = deadline_in(e->f->idle_ms);
	forward_flush(e);
	return n;
}
