/* CGI programs as an application: who is let in, who waits, who is turned away. */
#include "net/cgi_serve.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/addr.h"
#include "net/cgi_exchange.h"
#include "net/conn.h"

/* A request that has to wait for a slot. */
struct cgi_waiter {
	enum cgi_tag tag;
	struct httpd *h;
	struct cgi_waiter *before, *behind;
	int64_t until;
};

static struct cgi_serve *of(const struct httpd *h)
{
	return loop_owner((struct httpd_app *)(uintptr_t)h->app, struct cgi_serve, app);
}

static void unlink_waiter(struct cgi_serve *s, struct cgi_waiter *w)
{
	*(w->before ? &w->before->behind : &s->first) = w->behind;
	*(w->behind ? &w->behind->before : &s->last) = w->before;
	w->h->waiting = NULL;
	loop_timer_set(s->loop, &s->patience, s->first ? s->first->until : DEADLINE_NEVER);
	free(w);
}

/* False when it cannot wait. */
static bool wait_in_line(struct cgi_serve *s, struct httpd *h)
{
	struct cgi_waiter *w = s->wait_ms > 0 ? malloc(sizeof *w) : NULL;

	if (!w)
		return false;
	*w = (struct cgi_waiter){ .tag = CGI_TAG_WAITER, .h = h, .before = s->last,
	                          .until = deadline_in(s->wait_ms) };
	*(s->last ? &s->last->behind : &s->first) = w;
	s->last = w;
	h->waiting = w;
	if (!loop_timer_set(s->loop, &s->patience, s->first->until)) {
		unlink_waiter(s, w);
		return false;
	}
	return true;
}

void cgi_serve_turn(struct cgi_serve *s)
{
	while (s->free && s->first) {
		struct httpd *h = s->first->h;

		unlink_waiter(s, s->first);
		httpd_resume(h);
	}
}

/* Who has waited long enough is answered, without a slot: h->resumed and nothing free says so. */
static void patience_over(struct loop_timer *t)
{
	struct cgi_serve *s = loop_owner(t, struct cgi_serve, patience);
	int64_t now = deadline_now();

	while (s->first && s->first->until <= now) {
		struct httpd *h = s->first->h;

		unlink_waiter(s, s->first);
		httpd_resume(h);
	}
	if (s->first)
		loop_timer_set(s->loop, &s->patience, s->first->until);
}

/* What the addresses say; "unix" and 80 where there are none. */
static void facts_of(const struct httpd *h, struct cgi_facts *facts)
{
	static unsigned char remote[64], local[64];
	struct builder r, l;
	struct addr a;

	builder_init(&r, remote, sizeof remote);
	builder_init(&l, local, sizeof local);
	facts->server_port = 80;
	if (conn_peer(&h->stream, &a)) {
		addr_print_ip(&r, &a);
		facts->remote_port = addr_port(&a);
	}
	if (conn_local(&h->stream, &a)) {
		addr_print_ip(&l, &a);
		facts->server_port = addr_port(&a) ? addr_port(&a) : 80;
	}
	facts->remote_addr = r.len > 0 ? builder_span(&r) : span_str("unix");
	facts->server_addr = l.len > 0 ? builder_span(&l) : span_str("localhost");
}

/* Keeps what the log will say: host, id, path. */
static void name(struct cgi_serve *s, struct cgi_exchange *e, const struct http_request *request)
{
	struct builder b;
	struct span host = span_head(request->host, sizeof e->host);

	memcpy(e->host, host.p ? (const void *)host.p : "", host.len);
	e->host_len = host.len;
	builder_init(&b, e->where, sizeof e->where);
	builder_number(&b, (uint64_t)s->pid);
	builder_byte(&b, '.');
	builder_number(&b, ++s->count);
	e->id_len = b.len;
	builder_add(&b, span_head(request->path, b.cap - b.len));
	e->where_len = b.len;
}

/* Has the request's program started in a slot. 0, or what it is answered with instead. */
static int begin(struct cgi_serve *s, struct httpd *h, const struct http_request *request,
                 struct span path, struct cgi_exchange *e)
{
	static unsigned char environment[CGI_ENV_MAX];
	struct cgi_facts facts = { .authorization = s->authorization };
	struct builder b;
	int status;

	name(s, e, request);
	facts_of(h, &facts);
	facts.id = span_of(e->where, e->id_len);
	builder_init(&b, environment, sizeof environment);
	cgi_environment(&b, request, &facts);
	e->total_by = deadline_in(s->total_ms);
	e->h = h;
	status = builder_ok(&b) ? cgi_exchange_start(e, path, builder_span(&b),
	                                             request->body != HTTP_BODY_NONE,
	                                             request->expect_continue)
	                        : 431;
	if (status != 0) {
		cgi_exchange_free(e);
		return status;
	}
	h->waiting = e;
	h->go_ahead = false;
	h->by = deadline_first(deadline_in(s->head_ms), e->total_by);
	return 0;
}

/* A request that no program gets, or none yet: its status; 0 when it may have one. */
static int turned_away(const struct cgi_serve *s, const struct http_request *request,
                       struct builder *path)
{
	int status;

	if (s->gone)
		return 503;
	/* A program that sends back what it was asked would show a script its cookies. */
	if (span_is(request->method, "TRACE"))
		return 405;
	if (request->body == HTTP_BODY_LENGTH && request->body_len > s->body_max)
		return 413;
	status = cgi_path(request->path, path);
	return status == 200 ? 0 : status;
}

static bool answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	static unsigned char text[64], decoded[HTTP_TARGET_MAX];
	struct cgi_serve *s = of(h);
	struct cgi_exchange *e;
	struct builder body, path;
	int status;

	builder_init(&path, decoded, sizeof decoded);
	status = turned_away(s, request, &path);
	if (status == 0) {
		e = cgi_exchange_take(s);
		if (!e && !h->resumed && wait_in_line(s, h))
			return false;
		status = e ? begin(s, h, request, builder_span(&path), e) : 503;
	}
	if (status == 0) {
		reply->streamed = true;
		return true;
	}
	reply->status = status;
	reply->allow = status == 405 ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : NULL;
	reply->retry_after_s = status == 503 ? 1 : 0;
	builder_init(&body, text, sizeof text);
	builder_str(&body, http_reason(status));
	builder_byte(&body, '\n');
	reply->body = builder_span(&body);
	return true;
}

static void done(struct httpd *h, const struct http_request *request,
                 const struct httpd_reply *reply, int64_t us)
{
	access_line(of(h)->access, request, request ? "none" : "invalid", reply->status,
	            request ? request->path : span_of(NULL, 0), us);
}

static void cancel(struct httpd *h)
{
	enum cgi_tag *tag = h->waiting;
	struct cgi_exchange *e = h->waiting;

	if (*tag == CGI_TAG_WAITER) {
		unlink_waiter(of(h), h->waiting);
		return;
	}
	cgi_exchange_stop(e);
	cgi_exchange_leave(e, 499);
}

void cgi_serve_gone(struct cgi_serve *s)
{
	s->gone = true;
	s->loop->stop = true;
}

static void news_ready(struct loop_watch *w, uint32_t events)
{
	struct cgi_serve *s = loop_owner(w, struct cgi_serve, news);
	struct cgi_news news;
	enum cgi_result r;

	(void)events;
	while ((r = cgi_keeper_news(&s->keeper, &news)) == CGI_OK)
		if (news.slot < s->children)
			cgi_exchange_news(&s->slots[news.slot], &news);
	if (r == CGI_GONE)
		cgi_serve_gone(s);
}

bool cgi_serve_keep(struct cgi_serve *s, const struct cgi_place *place)
{
	return cgi_keeper_start(&s->keeper, place, s->children);
}

bool cgi_serve_init(struct cgi_serve *s)
{
	s->app = (struct httpd_app){ .answer = answer, .done = done, .cancel = cancel,
	                             .take = cgi_exchange_body, .give = cgi_exchange_give,
	                             .late = cgi_exchange_late };
	s->pid = getpid();
	s->patience.expired = patience_over;
	s->slots = calloc(s->children, sizeof *s->slots);
	if (!s->slots)
		return false;
	for (unsigned int i = s->children; i-- > 0;) {
		s->slots[i].next = s->free;
		s->free = &s->slots[i];
	}
	s->news = (struct loop_watch){ .fd = -1, .ready = news_ready };
	return loop_add(s->loop, &s->news, s->keeper.fd, EPOLLIN);
}

void cgi_serve_end(struct cgi_serve *s)
{
	cgi_keeper_end(&s->keeper);
	for (unsigned int i = 0; i < s->children; i++) {
		free(s->slots[i].kept);
		free(s->slots[i].environment);
	}
	free(s->slots);
	s->slots = NULL;
}
