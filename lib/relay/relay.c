/* The relay: a request in, a redirect out, once DNS has spoken. */
#include "relay/relay.h"

#include <stdlib.h>
#include <string.h>

#include "relay/redirect.h"

/* A request that waits for DNS, and then for its answer to be written. */
struct pending {
	struct resolver_waiter waiter;
	struct httpd *h;
	struct domain domain; /* once it is found, with its strings here */
	char id[HOSTNAME_LABEL_MAX + 1], gateway[HOSTNAME_MAX + 1];
};

static struct relay *of(const struct httpd *h)
{
	return loop_owner((struct httpd_app *)(uintptr_t)h->app, struct relay, app);
}

static void found(struct resolver_waiter *w, const struct domain *domain)
{
	struct pending *p = loop_owner(w, struct pending, waiter);

	p->domain = *domain;
	memcpy(p->id, domain->id, strlen(domain->id) + 1);
	memcpy(p->gateway, domain->gateway, strlen(domain->gateway) + 1);
	p->domain.id = p->id;
	p->domain.gateway = p->gateway;
	httpd_resume(p->h);
}

void relay_forget(struct httpd *h)
{
	struct pending *p = h->waiting;

	if (p)
		resolver_leave(&p->waiter);
	free(p);
	h->waiting = NULL;
}

/* Whose `host` is. True when `*domain` is known, NULL meaning that nobody can look now. */
static bool resolve(struct relay *r, struct httpd *h, struct span host, const struct domain **domain)
{
	struct pending *p;

	*domain = resolver_known(&r->resolver, host);
	if (*domain)
		return true;
	p = calloc(1, sizeof *p);
	if (!p)
		return true;
	p->h = h;
	p->waiter.found = found;
	if (!resolver_ask(&r->resolver, host, &p->waiter)) {
		free(p);
		return true;
	}
	h->waiting = p;
	return false;
}

/* Passed on to the app. What DNS said of it is not needed any more. False: it has no host name. */
static bool pass_on(struct relay *r, struct httpd *h, const struct http_request *request,
                    const struct domain *domain, struct httpd_reply *reply)
{
	unsigned char text[HOSTNAME_MAX + 1];
	struct builder host;

	builder_init(&host, text, sizeof text);
	if (!redirect_app_host(&host, &r->config->redirect, domain))
		return false;
	relay_forget(h);
	r->pass_on(r, h, request, builder_span(&host), reply);
	return true;
}

static bool answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	static unsigned char text[HTTPD_BODY_MAX];
	struct relay *r = of(h);
	char name[HOSTNAME_MAX + 1];
	struct span host = redirect_host(name, request);
	const struct pending *p = h->waiting;
	const struct domain *domain = p ? &p->domain : NULL;
	struct builder storage;

	builder_init(&storage, text, sizeof text);
	if (host.len > 0 && redirect_needs_domain(request)) {
		if (!domain && !resolve(r, h, host, &domain))
			return false;
		if (r->pass_on && redirect_to_app(&r->config->redirect, request, domain) &&
		    pass_on(r, h, request, domain, reply))
			return true;
		if (redirect_answer(&r->config->redirect, request, host, domain, reply, &storage))
			return true;
	}
	redirect_local(request, r->counters, reply, &storage);
	return true;
}

/* The host that a URL of ours leads to. */
static struct span host_of(struct span url)
{
	struct span rest = span_from(url, sizeof "https://" - 1);

	return span_head(rest, span_find(rest, '/'));
}

static void done(struct httpd *h, const struct http_request *request,
                 const struct httpd_reply *reply, int64_t us)
{
	struct relay *r = of(h);
	enum counters_method method = request ? counters_method(request->method) : COUNTERS_METHOD_OTHER;
	enum counters_path path = request ? redirect_path(request->path) : COUNTERS_INVALID;

	relay_forget(h);
	counters_request(r->counters, method, path, reply->status, us);
	if (reply->location.len > 0 || reply->status == 502 || reply->status == 503)
		counters_redirect(r->counters, reply->location.len > 0);
	access_line(r->access, request, counters_path_name(path), reply->status,
	            host_of(reply->location), us);
}

bool relay_init(struct relay *r, const struct config *config, struct loop *loop,
                const struct dns_servers *servers, struct counters *counters,
                struct access *access)
{
	r->app = (struct httpd_app){ .answer = answer, .done = done, .cancel = relay_forget };
	r->config = config;
	r->counters = counters;
	r->access = access;
	return resolver_init(&r->resolver, loop, servers, &config->domain, &counters->resolver);
}
