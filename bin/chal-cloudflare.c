/*
 * chal-cloudflare: a challenge hook that puts the records of DNS challenges into
 * a zone at Cloudflare, by its API, and takes them out again.
 */
#include <fcntl.h>

#include "base/file.h"
#include "base/jail.h"
#include "chal_dns.h"
#include "cloudflare.h"
#include "cloudflare_record.h"
#include "net/hostname.h"
#include "servers.h"

static const char api[] = "https://api.cloudflare.com/client/v4";

static struct cloudflare cloudflare;
static struct dns_servers resolvers;

/* White space around the token is a text editor's. */
static void read_token(struct cloudflare *c)
{
	const char *path = prog_env("CLOUDFLARE_TOKEN_FILE");
	enum file_result r;
	size_t start = 0;

	if (!path)
		prog_perm("CLOUDFLARE_TOKEN_FILE is not set");
	r = file_read(AT_FDCWD, path, c->token, sizeof c->token, &c->token_len);
	if (r != FILE_OK)
		prog_perm("CLOUDFLARE_TOKEN_FILE: %s: %s", prog_text(span_str(path)), file_strerror(r));
	while (c->token_len > 0 && strchr(" \t\r\n", c->token[c->token_len - 1]))
		c->token_len--;
	while (start < c->token_len && strchr(" \t\r\n", c->token[start]))
		start++;
	c->token_len -= start;
	memmove(c->token, c->token + start, c->token_len);
	for (size_t i = 0; i < c->token_len; i++)
		if (c->token[i] <= ' ' || c->token[i] > '~')
			c->token_len = 0;
	if (c->token_len == 0)
		prog_perm("CLOUDFLARE_TOKEN_FILE: %s: no token", prog_text(span_str(path)));
}

static void read_environment(struct cloudflare *c)
{
	const char *base = prog_env("CLOUDFLARE_API"), *anchors = prog_env("ACME_ANCHORS");
	enum anchors_result r;
	struct url url;

	c->base = span_str(base ? base : api);
	if (!url_parse(&url, c->base) || !url.https || url.query.len > 0)
		prog_perm("CLOUDFLARE_API: not an https: URL: %s", prog_text(c->base));
	while (c->base.p[c->base.len - 1] == '/')
		c->base.len--;
	read_token(c);
	r = anchors_read(&c->anchors, anchors ? anchors : ANCHORS_SYSTEM);
	if (r != ANCHORS_OK)
		prog_perm("ACME_ANCHORS: %s: %s", anchors ? prog_text(span_str(anchors)) : ANCHORS_SYSTEM,
		          anchors_strerror(r));
	servers_open(&resolvers);
	c->setting = (struct fetch_setting){ .anchors = &c->anchors, .servers = &resolvers,
		                             .user_agent = "postern" };
	c->fetch = fetch_new(c->room, sizeof c->room, &c->setting);
}

/* The record's own name, or where an alias leads when DNS is looked at at all. */
static struct span owner_of(const struct chal_dns *call, struct dns_place *place)
{
	if (call->wait_ms == 0)
		return call->record;
	chal_dns_find(call, place, &resolvers, NULL, deadline_in(CHAL_DNS_LIMIT_MS / 2));
	return span_str(place->owner);
}

static void act(const struct chal_dns *call)
{
	static struct dns_place place;
	struct span owner = owner_of(call, &place);
	char zone[CLOUDFLARE_ID_MAX + 1];
	struct dns_seen seen;

	cloudflare.deadline = deadline_in(CHAL_DNS_LIMIT_MS);
	if (call->call.verb != CHAL_WAIT) {
		cloudflare_zone(&cloudflare, owner, zone);
		if (call->call.verb == CHAL_BEGIN)
			cloudflare_put(&cloudflare, zone, owner, call->call.auth);
		else
			cloudflare_remove(&cloudflare, zone, owner, call->call.auth);
		fetch_close(cloudflare.fetch);
	}
	if (!chal_dns_waits(call) ||
	    chal_dns_wait(call, &place, &seen, deadline_in(call->wait_ms)))
		return;
	cloudflare.deadline = deadline_in(CHAL_DNS_LIMIT_MS / 2);
	if (call->call.verb == CHAL_BEGIN && !call->stays)
		cloudflare_remove(&cloudflare, zone, owner, call->call.auth);
	prog_temp("%s: not shown after %lld s by %s", place.owner, (long long)(call->wait_ms / 1000),
	          chal_dns_missing(&seen));
}

int main(int argc, char **argv)
{
	static struct chal_dns call;
	int option;

	prog_init("chal-cloudflare", "begin|wait|done|failed method ident token auth");
	while ((option = getopt(argc, argv, "+h")) != -1) {
		if (option != 'h')
			prog_usage();
		prog_help();
	}
	chal_arguments(&call.call, argc, argv);
	if (!chal_dns_open(&call))
		return PROG_NO;
	if (call.stays && (call.call.verb == CHAL_DONE || call.call.verb == CHAL_FAILED))
		return PROG_OK;
	read_environment(&cloudflare);
	if (jail_enter(&(struct jail){ .promises = JAIL_NET }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
	prog_alarm(call.wait_ms + 3 * CHAL_DNS_LIMIT_MS);
	act(&call);
	explicit_bzero(cloudflare.token, sizeof cloudflare.token);
	return chal_dns_status(&call);
}
