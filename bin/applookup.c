/* applookup: from a custom domain to its app, its gateway and the URL the relay would send. */
#include <unistd.h>

#include "base/deadline.h"
#include "base/jail.h"
#include "base/json.h"
#include "net/hostname.h"
#include "relay/config.h"
#include "relay/resolver.h"
#include "relay_config.h"
#include "servers.h"

enum { SECONDS_MAX = 3600, GRACE_MS = 1000 };

struct lookup {
	struct resolver_waiter waiter;
	struct loop loop;
	const struct config *config;
	const char *host;
	bool json;
	int code;
};

static void member(struct builder *out, const char *name, const char *value)
{
	builder_byte(out, ',');
	json_write_string(out, span_str(name));
	builder_byte(out, ':');
	json_write_string(out, span_str(value));
}

static void print_json(struct builder *out, const struct lookup *l, const struct domain *d,
                       const char *url)
{
	builder_str(out, "{\"domain\":");
	json_write_string(out, span_str(l->host));
	member(out, "app", d->id);
	builder_str(out, ",\"port\":");
	builder_number(out, d->port);
	member(out, "app_source", domain_source(d->id_source));
	member(out, "gateway", d->gateway);
	member(out, "gateway_source", domain_source(d->gateway_source));
	member(out, "url", url);
	builder_str(out, ",\"ttl\":");
	builder_number(out, d->ttl_s);
	builder_str(out, "}\n");
}

static void line(struct builder *out, const char *name, const char *value, const char *source)
{
	builder_str(out, name);
	builder_byte(out, ' ');
	builder_str(out, value);
	if (source) {
		builder_byte(out, ' ');
		builder_str(out, source);
	}
	builder_byte(out, '\n');
}

static void print_text(struct builder *out, const struct domain *d, const char *url)
{
	line(out, "app", d->id, domain_source(d->id_source));
	builder_str(out, "port ");
	builder_number(out, d->port);
	builder_byte(out, '\n');
	line(out, "gateway", d->gateway, domain_source(d->gateway_source));
	line(out, "url", url, NULL);
}

static void print(const struct lookup *l, const struct domain *d)
{
	unsigned char text[4096];
	char url_text[1024];
	struct builder out, url;

	builder_init(&out, text, sizeof text);
	builder_init(&url, url_text, sizeof url_text);
	if (!redirect_url(&url, &l->config->redirect, d, span_str("/"), span_str("")))
		prog_perm("%s: the app has no valid host name behind %s", l->host, d->gateway);
	if (l->json)
		print_json(&out, l, d, builder_cstr(&url));
	else
		print_text(&out, d, builder_cstr(&url));
	prog_write(builder_span(&out));
}

static void found(struct resolver_waiter *w, const struct domain *d)
{
	struct lookup *l = loop_owner(w, struct lookup, waiter);

	l->loop.stop = true;
	if (d->status == DOMAIN_FOUND)
		print(l, d);
	else
		prog_warn("%s: %s", l->host, domain_strerror(d->status));
	l->code = d->status == DOMAIN_FOUND ? PROG_OK : d->status == DOMAIN_FAILED ? PROG_TEMP : PROG_NO;
}

int main(int argc, char **argv)
{
	static struct lookup l = { .waiter.found = found };
	static struct config config;
	static struct dns_servers servers;
	static struct resolver resolver;
	static struct resolver_counts counts;
	int64_t timeout_ms = DNS_DEADLINE_MS;
	char host[HOSTNAME_MAX + 1];
	int option;

	prog_init("applookup", "[-j] [-t seconds] domain");
	while ((option = getopt(argc, argv, "+hjt:")) != -1) {
		if (option == 't')
			timeout_ms = prog_seconds_ms("-t", optarg, SECONDS_MAX);
		else if (option == 'j')
			l.json = true;
		else if (option == 'h')
			prog_help();
		else
			prog_usage();
	}
	if (argc - optind != 1)
		prog_usage();
	l.host = host;
	if (span_find(hostname_fold(host, span_str(argv[optind])), '.') == strlen(host))
		prog_perm("not a domain name: %s", prog_text(span_str(argv[optind])));
	relay_config_read(&config);
	l.config = &config;
	servers_open(&servers);
	if (!loop_init(&l.loop, NULL) ||
	    !resolver_init(&resolver, &l.loop, &servers, &config.domain, &counts))
		prog_temp("start: %s", strerror(errno));
	if (jail_enter(&(struct jail){ .promises = JAIL_NET }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
	prog_alarm(timeout_ms + GRACE_MS);
	resolver.timeout_ms = timeout_ms;
	if (!resolver_ask(&resolver, span_str(host), &l.waiter))
		prog_temp("%s: out of memory", host);
	if (!loop_run(&l.loop))
		prog_temp("waiting: %s", strerror(errno));
	return l.code;
}
