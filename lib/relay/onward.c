/* Requests passed on to apps. */
#include "relay/onward.h"

#include "net/conn.h"
#include "relay/redirect.h"

enum { TAG_METHOD = 256, HTTPS_PORT = 443 };

static struct onward *of(struct relay *r)
{
	return loop_owner(r, struct onward, relay);
}

/* Where the relay itself is, and what is nobody's on the Internet, is no app's endpoint. */
static bool allowed(const struct forward *f, const struct httpd *h, const struct addr *to)
{
	const struct onward *o = f->context;
	struct addr local;

	return (o->private_too || addr_public(to)) &&
	       !(conn_local(&h->stream, &local) && addr_same(to, &local));
}

static void pass_on(struct relay *r, struct httpd *h, const struct http_request *request,
                    struct span host, struct httpd_reply *reply)
{
	const struct onward *o = of(r);
	enum counters_path path = redirect_path(request->path);
	unsigned char authority[HOSTNAME_MAX + 8];
	char folded[HOSTNAME_MAX + 1];
	struct forward_target to = { .port = o->port, .checked = true, .rewrite = o->rewrite,
	                             .class = counters_path_name(path) };
	struct builder b;
	int status;

	to.host = to.key = to.where = hostname_fold(folded, host);
	builder_init(&b, authority, sizeof authority);
	builder_add(&b, to.host);
	if (o->port != HTTPS_PORT) {
		builder_byte(&b, ':');
		builder_number(&b, o->port);
	}
	to.authority = builder_span(&b);
	to.tag = (unsigned int)counters_method(request->method) * TAG_METHOD + (unsigned int)path;
	status = forward_begin(o->forward, h, request, &to, reply);
	if (status != 0)
		forward_explain(reply, status);
}

/* A request that was passed on is over. */
static void over(struct forward *f, unsigned int tag, int status, bool answered, int64_t us)
{
	struct counters *counters = ((struct onward *)f->context)->relay.counters;

	counters_request(counters, (enum counters_method)(tag / TAG_METHOD),
	                 (enum counters_path)(tag % TAG_METHOD), status, us);
	counters_redirect(counters, answered);
}

static void cancel(struct httpd *h)
{
	if (httpd_flows(h))
		forward_cancel(h);
	else
		relay_forget(h);
}

void onward_begin(struct onward *o)
{
	o->forward->context = o;
	o->forward->allowed = allowed;
	o->forward->over = over;
	o->relay.pass_on = pass_on;
	o->relay.app.take = forward_take;
	o->relay.app.give = forward_give;
	o->relay.app.late = forward_late;
	o->relay.app.cancel = cancel;
}
