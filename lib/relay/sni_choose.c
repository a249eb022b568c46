/* Which backend a connection is for. */
#include <string.h>
#include <sys/socket.h>

#include "relay/sni_conn.h"

enum { TLS_PORT = 443 };

/* It has a backend: counted under its name, as often as that may be. */
static bool admit(struct sni_conn *c)
{
	struct sni *s = c->sni;

	if (c->named || clients_enter_key(&s->names, span_str(c->name), s->max_per_name, &c->named))
		return true;
	sni_refuse(c, "busy", HELLO_INTERNAL_ERROR);
	return false;
}

/* The address this connection came in by; without a family when there is none. */
static void local_address(const struct sni_conn *c, struct addr *a)
{
	struct sockaddr_storage local;
	socklen_t len = sizeof local;

	*a = (struct addr){ .mode = -1 };
	if (c->socket && getsockname(c->in, (struct sockaddr *)&local, &len) == 0)
		addr_set(a, (struct sockaddr *)&local, len);
}

/* What DNS says of an app may be connected to. */
static bool allowed(const struct sni_conn *c, const struct addr *to, const struct addr *local)
{
	return (c->sni->private_too || addr_public(to)) && !addr_same(to, local);
}

static void connect_to(struct sni_conn *c, enum dns_status status, const struct host_list *list)
{
	struct addr to[HOST_ADDRS_MAX], local;
	size_t n = 0;

	if (status != DNS_FOUND) {
		sni_refuse(c, status == DNS_NONE || status == DNS_BAD_NAME ? "no-host" : "no-dns",
		           HELLO_INTERNAL_ERROR);
		return;
	}
	if (c->app)
		local_address(c, &local);
	for (size_t i = 0; i < list->n; i++) {
		to[n] = list->addr[i];
		addr_set_port(&to[n], c->port);
		if (!c->app || allowed(c, &to[n], &local))
			n++;
	}
	if (n > 0)
		sni_connect(c, to, n);
	else
		sni_refuse(c, "forbidden", HELLO_INTERNAL_ERROR);
}

static void host_found(struct hosts_waiter *w, enum dns_status status, const struct host_list *list)
{
	connect_to(loop_owner(w, struct sni_conn, host), status, list);
}

static void look_up(struct sni_conn *c, struct span host)
{
	struct sni *s = c->sni;
	const struct host_list *list;
	enum dns_status status;

	if (!admit(c))
		return;
	if (hosts_known(&s->hosts, host, &status, &list)) {
		connect_to(c, status, list);
		return;
	}
	c->state = SNI_CHOOSE;
	c->host.found = host_found;
	if (!hosts_ask(&s->hosts, host, &c->host))
		sni_refuse(c, "no-dns", HELLO_INTERNAL_ERROR);
}

/* Where a route leads; without a port of its own, to `port`. */
static void follow(struct sni_conn *c, struct route *route, uint16_t port)
{
	c->proxy = c->sni->proxy || route->proxy;
	c->port = route->port ? route->port : port;
	if (!route->literal) {
		look_up(c, span_str(route->host));
		return;
	}
	if (addr_family(&route->addr) != AF_UNIX)
		addr_set_port(&route->addr, c->port);
	if (admit(c))
		sni_connect(c, &route->addr, 1);
}

/* True when there is a route, good or bad, and that is that. */
static bool taken(struct sni_conn *c, enum routes_answer answer, struct route *route, uint16_t port)
{
	switch (answer) {
	case ROUTES_FOUND:
		follow(c, route, port);
		return true;
	case ROUTES_BROKEN:
		sni_refuse(c, "bad-route", HELLO_INTERNAL_ERROR);
		return true;
	case ROUTES_NONE:
		break;
	}
	return false;
}

static bool by_name(struct sni_conn *c, struct span name, uint16_t port)
{
	struct routes *r = c->sni->routes;
	struct route route;

	return r && taken(c, routes_exact(r, name, c->sni->serve->loop.now, &route), &route, port);
}

static bool by_wildcard(struct sni_conn *c)
{
	struct routes *r = c->sni->routes;
	struct route route;

	return r && taken(c, routes_wildcard(r, span_str(c->name), c->sni->serve->loop.now, &route),
	                  &route, TLS_PORT);
}

static void by_default(struct sni_conn *c)
{
	if (!by_name(c, span_str("default"), TLS_PORT))
		sni_refuse(c, "no-route", HELLO_UNRECOGNIZED_NAME);
}

static void to_app(struct sni_conn *c, const char *id, uint16_t port)
{
	char name[2 * HOSTNAME_MAX], host[HOSTNAME_MAX + 1];
	struct builder b;

	/* An id is a name of the routes' too, but for the one that stands for all. */
	if (strcmp(id, "default") != 0 && by_name(c, span_str(id), port))
		return;
	builder_init(&b, name, sizeof name);
	builder_str(&b, id);
	builder_byte(&b, '.');
	builder_str(&b, c->sni->hosts_domain);
	if (hostname_fold(host, builder_span(&b)).len == 0) {
		sni_refuse(c, "no-host", HELLO_UNRECOGNIZED_NAME);
		return;
	}
	c->app = true;
	c->port = port;
	c->proxy = c->sni->proxy;
	look_up(c, span_str(host));
}

/* What TXT said of a custom domain. */
static void use_domain(struct sni_conn *c, const struct domain *domain)
{
	switch (domain->status) {
	case DOMAIN_FOUND:
		to_app(c, domain->id, domain->port);
		return;
	case DOMAIN_NO_APP:
	case DOMAIN_NO_GATEWAY:
		by_default(c);
		return;
	case DOMAIN_FAILED:
		sni_refuse(c, "no-dns", HELLO_INTERNAL_ERROR);
		return;
	}
}

static void domain_found(struct resolver_waiter *w, const struct domain *domain)
{
	use_domain(loop_owner(w, struct sni_conn, domain), domain);
}

static void by_domain(struct sni_conn *c)
{
	struct sni *s = c->sni;
	const struct domain *domain = resolver_known(&s->resolver, span_str(c->name));

	if (domain) {
		use_domain(c, domain);
		return;
	}
	c->state = SNI_CHOOSE;
	c->domain.found = domain_found;
	if (!resolver_ask(&s->resolver, span_str(c->name), &c->domain))
		sni_refuse(c, "no-dns", HELLO_INTERNAL_ERROR);
}

/* `name` is below `domain`, at whatever depth. */
static bool below(struct span name, const char *domain)
{
	size_t len = strlen(domain);

	return name.len > len + 1 && name.p[name.len - len - 1] == '.' &&
	       span_is(span_from(name, name.len - len), domain);
}

void sni_choose(struct sni_conn *c)
{
	const char *base = c->sni->base;
	struct span name = span_str(c->name);
	char id[HOSTNAME_LABEL_MAX + 1], suffix;
	bool own = base[0] && (below(name, base) || span_is(name, base));
	uint16_t port;

	if (name.len == 0) {
		by_default(c);
		return;
	}
	if (by_name(c, name, TLS_PORT))
		return;
	if (own && span_is(hostname_parent(name), base) &&
	    domain_app_parse(span_head(name, span_find(name, '.')), id, &port, &suffix) && suffix == 's') {
		to_app(c, id, port);
		return;
	}
	if (by_wildcard(c))
		return;
	if (base[0] && !own && hostname_parent(name).len > 0)
		by_domain(c);
	else
		by_default(c);
}
