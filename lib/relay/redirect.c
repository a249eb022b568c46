/* The relay's answers. */
#include "relay/redirect.h"

#include "base/log.h"
#include "relay/challenge.h"

enum counters_path redirect_path(struct span path)
{
	if (challenge_path(path))
		return COUNTERS_ACME;
	if (span_is(path, "/health"))
		return COUNTERS_HEALTH;
	if (span_is(path, "/metrics"))
		return COUNTERS_METRICS;
	return span_is(path, "/") ? COUNTERS_ROOT : COUNTERS_OTHER;
}

struct span redirect_host(char text[HOSTNAME_MAX + 1], const struct http_request *request)
{
	struct span host = { NULL, 0 };

	if (!request->host_is_address)
		host = hostname_fold(text, request->host);
	if (span_find(host, '.') == host.len)
		host.len = 0;
	return host;
}

bool redirect_needs_domain(const struct http_request *request)
{
	if (redirect_path(request->path) == COUNTERS_ACME)
		return challenge_token(request->path).len > 0;
	return span_starts(request->path, "/");
}

static uint16_t port_shown(const struct redirect_rules *rules, const struct domain *domain)
{
	uint16_t port = rules->port_from_record ? domain->port : rules->port;

	if (rules->port_from_record && (port == 80 || port == 443))
		return 0;
	return port == (rules->suffix == 's' ? 443 : 80) ? 0 : port;
}

bool redirect_app_host(struct builder *out, const struct redirect_rules *rules,
                       const struct domain *domain)
{
	size_t start = out->len;
	uint16_t port = port_shown(rules, domain);

	builder_str(out, domain->id);
	if (port || rules->suffix)
		builder_byte(out, '-');
	if (port)
		builder_number(out, port);
	if (rules->suffix)
		builder_byte(out, (unsigned char)rules->suffix);
	builder_byte(out, '.');
	builder_str(out, domain->gateway);
	return builder_ok(out) && hostname_ok(span_from(builder_span(out), start));
}

bool redirect_url(struct builder *out, const struct redirect_rules *rules,
                  const struct domain *domain, struct span path, struct span query)
{
	builder_str(out, "https://");
	if (!redirect_app_host(out, rules, domain))
		return false;
	builder_add(out, path);
	builder_add(out, query);
	return builder_ok(out);
}

/* Text made in the storage becomes the body. */
static void explain(struct httpd_reply *reply, int status, struct builder *storage,
                    const char *what, struct span host, const char *why)
{
	size_t start = storage->len;

	builder_str(storage, what);
	log_hostile(storage, host, HOSTNAME_MAX);
	builder_str(storage, why);
	builder_byte(storage, '\n');
	reply->status = status;
	reply->body = span_from(builder_span(storage), start);
}

static void not_found(struct httpd_reply *reply)
{
	reply->status = 404;
	reply->body = span_str("not found\n");
}

static void to_app(const struct redirect_rules *rules, const struct http_request *request,
                   struct span host, const struct domain *domain, struct httpd_reply *reply,
                   struct builder *storage)
{
	if (!redirect_url(storage, rules, domain, request->path, request->query)) {
		storage->len = 0;
		storage->overflow = false;
		explain(reply, 502, storage, "the app of ", host, " has no valid host name");
		return;
	}
	reply->status = rules->status;
	reply->location = builder_span(storage);
}

static void to_self(const struct http_request *request, struct span host,
                    struct httpd_reply *reply, struct builder *storage)
{
	builder_str(storage, "https://");
	builder_add(storage, host);
	builder_add(storage, request->path);
	builder_add(storage, request->query);
	reply->status = 308;
	reply->location = builder_span(storage);
}

bool redirect_to_app(const struct redirect_rules *rules, const struct http_request *request,
                     const struct domain *domain)
{
	return domain && domain->status == DOMAIN_FOUND &&
	       (rules->other == REDIRECT_APP || challenge_token(request->path).len > 0);
}

bool redirect_answer(const struct redirect_rules *rules, const struct http_request *request,
                     struct span host, const struct domain *domain, struct httpd_reply *reply,
                     struct builder *storage)
{
	bool challenge = challenge_token(request->path).len > 0;

	if (!domain || domain->status == DOMAIN_FAILED) {
		reply->retry_after_s = domain ? 5 : 1;
		explain(reply, 503, storage, "cannot resolve ", host,
		        domain ? ": DNS lookup failed" : ": too many lookups");
	} else if (domain->status == DOMAIN_NO_APP && !challenge) {
		return false;
	} else if (!challenge && rules->other == REDIRECT_DENY) {
		not_found(reply);
	} else if (!challenge && rules->other == REDIRECT_SELF) {
		to_self(request, host, reply, storage);
	} else if (domain->status == DOMAIN_FOUND) {
		to_app(rules, request, host, domain, reply, storage);
	} else {
		explain(reply, 502, storage, "cannot redirect ", host,
		        domain->status == DOMAIN_NO_APP
		                ? ": no app address record (TXT _dstack-app-address, id:port)"
		                : ": no gateway (no CNAME that is allowed, and no fallback)");
	}
	return true;
}

void redirect_local(const struct http_request *request, const struct counters *counters,
                    struct httpd_reply *reply, struct builder *storage)
{
	size_t start = storage->len;

	reply->status = 200;
	switch (redirect_path(request->path)) {
	case COUNTERS_HEALTH:
		reply->body = span_str("OK");
		break;
	case COUNTERS_METRICS:
		reply->content_type = "text/plain; version=0.0.4";
		counters_print(counters, storage);
		reply->body = span_from(builder_span(storage), start);
		break;
	case COUNTERS_ROOT:
		reply->body = span_str("postern relay: sends the HTTP requests of custom domains to their "
		                       "apps behind the gateway.\n");
		break;
	case COUNTERS_ACME:
	case COUNTERS_OTHER:
	case COUNTERS_INVALID:
	case COUNTERS_PATHS:
		not_found(reply);
	}
}
