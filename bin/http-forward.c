/* http-forward: HTTP requests passed on to one upstream, and its answers back. */
#include "forward_options.h"

static struct serving serving;
static struct forwarding forwarding;
static struct serve_counts counts;
static struct forward_options options = { .forwarding = &forwarding, .serving = &serving };

static bool answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	static unsigned char where[FORWARD_WHERE_MAX];
	struct forward_target to = options.target;
	struct builder b;
	int status;

	builder_init(&b, where, sizeof where);
	builder_add(&b, span_head(to.where, b.cap));
	builder_add(&b, span_head(request->path, b.cap - b.len));
	to.where = builder_span(&b);
	status = forward_begin(&forwarding.forward, h, request, &to, reply);
	if (status != 0)
		forward_explain(reply, status);
	return true;
}

static void done(struct httpd *h, const struct http_request *request,
                 const struct httpd_reply *reply, int64_t us)
{
	(void)h;
	access_line(&serving.access, request, request ? "none" : "invalid", reply->status,
	            request ? request->path : span_of(NULL, 0), us);
}

static const struct httpd_app app = { .answer = answer, .done = done, .take = forward_take,
	                              .give = forward_give, .late = forward_late,
	                              .cancel = forward_cancel };

int main(int argc, char **argv)
{
	struct jail_place places[FORWARDING_PLACES];

	prog_init("http-forward", FORWARD_USAGE);
	serving_init(&serving);
	forwarding_init(&forwarding);
	forward_options_read(&options, argc, argv);
	serving.serve.kind = &httpd_kind;
	serving.serve.context = (void *)(uintptr_t)&app;
	serving.serve.counts = &counts;
	forwarding_open(&forwarding, &serving, !options.target.addr);
	forwarding_jail(&forwarding, &serving, places, 0);
	serving_run(&serving);
	forward_end(&forwarding.forward);
	return PROG_OK;
}
