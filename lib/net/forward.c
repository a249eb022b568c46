/* A request that is passed on: its beginning, its end, and what is said of it. */
#include "net/forward.h"

#include <stdlib.h>

#include "base/deadline.h"
#include "base/hash.h"
#include "base/hex.h"
#include "net/conn.h"
#include "net/forward_exchange.h"

bool forward_name(char name[FORWARD_NAME_MAX])
{
	struct hash_key random;
	struct builder b;

	if (!hash_key_make(&random))
		return false;
	builder_init(&b, name, FORWARD_NAME_MAX);
	builder_str(&b, FORWARD_NAME);
	hex_encode(&b, span_of(&random.k[0], sizeof random.k[0]));
	return builder_cstr(&b) != NULL;
}

bool forward_init(struct forward *f)
{
	f->turn.expired = forward_turn;
	forward_pool_init(&f->pool, f->loop);
	return f->name[0] || forward_name(f->name);
}

void forward_end(struct forward *f)
{
	forward_pool_drain(&f->pool);
	loop_timer_clear(f->loop, &f->turn);
}

void forward_explain(struct httpd_reply *reply, int status)
{
	static unsigned char text[64];
	struct builder body;

	builder_init(&body, text, sizeof text);
	builder_str(&body, http_reason(status));
	builder_byte(&body, '\n');
	reply->status = status;
	reply->body = builder_span(&body);
	reply->retry_after_s = status == 503 ? 1 : 0;
}

void forward_fail(struct forward_exchange *e, int status, const char *why)
{
	if (!e->why)
		e->why = why;
	if (httpd_begun(e->h))
		e->cut = true;
	else if (e->failure == 0)
		e->failure = status;
}

static void forget(struct forward_exchange *e)
{
	free(e->out);
	free(e->kept);
	free(e);
}

void forward_leave(struct forward_exchange *e, int status)
{
	struct forward *f = e->f;
	int64_t us = deadline_now_us() - e->start_us;

	forward_disconnect(e, false);
	access_add(f->access, span_of(e->host, e->host_len), e->why ? e->why : e->class, status,
	           span_of(e->where, e->where_len), us);
	if (f->over)
		f->over(f, e->tag, status, e->status > 0, us);
	e->h->waiting = NULL;
	forget(e);
}

/* The client went away. What it was told of an answer counts for nothing. */
void forward_cancel(struct httpd *h)
{
	forward_leave(h->waiting, 499);
}

void forward_late(struct httpd *h)
{
	struct forward_exchange *e = h->waiting;

	h->by = DEADLINE_NEVER;
	switch (e->state) {
	case FORWARD_QUEUED:
		forward_fail(e, 503, "busy");
		return;
	case FORWARD_TUNNEL:
		e->cut = true;
		e->why = "idle";
		return;
	case FORWARD_HEAD:
		if (e->heard || e->pressed)
			forward_fail(e, 504, "slow");
		else
			forward_fail(e, 408, "slow-client");
		return;
	case FORWARD_LOOKUP:
	case FORWARD_OPENING:
		forward_fail(e, 504, "connect-timeout");
		return;
	case FORWARD_BODY:
		forward_fail(e, 504, "idle");
		return;
	}
}

static bool is_repeatable(struct span method)
{
	static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "PUT", "DELETE" };

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (span_is(method, methods[i]))
			return true;
	return false;
}

/*
 * The client says who it is in a way that servers take to hold for the connection (NTLM;
 * Negotiate, RFC 4559): nobody else may use it.
 */
static bool binds(const struct http_request *request)
{
	struct span value;

	for (size_t i = 0; i < request->n_fields; i++) {
		if (!span_is_nocase(request->field[i].name, "Authorization"))
			continue;
		value = request->field[i].value;
		value = span_head(value, span_find(value, ' '));
		if (span_is_nocase(value, "NTLM") || span_is_nocase(value, "Negotiate"))
			return true;
	}
	return false;
}

/* The request's head, in e->out. 0, or why not. */
static int write_head(struct forward_exchange *e, const struct http_request *request,
                      const struct forward_target *to)
{
	static unsigned char text[HTTP_TARGET_MAX + FORWARD_PATH_MAX];
	static unsigned char head[FORWARD_HEAD_ROOM];
	static const struct forward_path every;
	struct forward *f = e->f;
	struct forward_request r = { .request = request, .otherwise = to->authority,
	                             .name = span_str(f->name), .secure = f->secure };
	struct builder target, out, asked;
	struct addr peer;
	int status;

	builder_init(&target, text, sizeof text);
	status = forward_path_target(&target, to->path ? to->path : &every, request);
	if (status == 200)
		status = forward_check(request, r.name);
	if (status != 200)
		return status;
	if (f->bearer && !bearer_get(f->bearer, f->loop->now, &r.bearer))
		return 503;
	builder_init(&asked, e->upgrade, sizeof e->upgrade);
	if (forward_upgrade(&asked, request))
		e->upgrade_len = asked.len;
	r.upgrade = span_of(e->upgrade, e->upgrade_len);
	r.target = builder_span(&target);
	e->bound = !f->bearer && binds(request);
	r.host = to->rewrite ? to->authority : span_of(NULL, 0);
	if (conn_peer(&e->h->stream, &peer)) {
		r.peer = &peer;
		r.trusted = f->fronts && networks_has(f->fronts, &peer);
	}
	builder_init(&out, head, sizeof head);
	forward_write_request(&out, &r);
	if (!builder_ok(&target) || !builder_ok(&out))
		return 431;
	e->out = malloc(out.len);
	if (!e->out)
		return 503;
	memcpy(e->out, head, out.len);
	e->head_len = e->len = e->room = out.len;
	return 0;
}

/* What is kept of the request, and what the log will say. */
static void note(struct forward_exchange *e, const struct http_request *request,
                 const struct forward_target *to)
{
	struct builder b;

	e->class = to->class;
	e->tag = to->tag;
	e->start_us = deadline_now_us();
	e->by = deadline_in(e->f->connect_ms);
	e->in = request->body;
	e->to_head = span_is(request->method, "HEAD");
	e->repeatable = is_repeatable(request->method);
	e->addr = to->addr;
	e->port = to->port;
	e->checked = to->checked;
	e->host_is_address = to->host_is_address;
	builder_init(&b, e->target, sizeof e->target);
	builder_add(&b, to->host);
	builder_cstr(&b);
	builder_init(&b, e->key, sizeof e->key);
	builder_add(&b, to->key);
	e->key_len = b.len;
	builder_init(&b, e->host, sizeof e->host);
	builder_add(&b, span_head(request->host, sizeof e->host));
	e->host_len = b.len;
	builder_init(&b, e->where, sizeof e->where);
	builder_add(&b, span_head(to->where, b.cap));
	e->where_len = b.len;
}

int forward_begin(struct forward *f, struct httpd *h, const struct http_request *request,
                  const struct forward_target *to, struct httpd_reply *reply)
{
	struct forward_exchange *e = calloc(1, sizeof *e);
	int status = 503;

	if (e) {
		e->f = f;
		e->h = h;
		e->state = FORWARD_LOOKUP;
		status = write_head(e, request, to);
	}
	if (status != 0) {
		if (e)
			forget(e);
		return status;
	}
	note(e, request, to);
	h->waiting = e;
	h->go_ahead = false;
	h->by = e->by;
	reply->streamed = true;
	forward_connect(e);
	return 0;
}
