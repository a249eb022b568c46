/*
 * chal_update: how chal-dns updates a zone: with which key, at which servers.
 */
#ifndef BIN_CHAL_UPDATE_H
#define BIN_CHAL_UPDATE_H

#include <fcntl.h>

#include "base/file.h"
#include "chal_dns.h"
#include "net/host.h"
#include "net/tsig.h"
#include "servers.h"

enum { CHAL_UPDATE_TTL_S = 60, CHAL_UPDATE_TTL_MAX_S = 604800, CHAL_UPDATE_PORT = 53 };

struct chal_update {
	struct tsig_key key;
	bool has_key;
	uint32_t ttl;
	int64_t clock_s; /* what the system's clock is behind by */
	struct span host; /* of CHAL_DNS_SERVER, when it is a name */
	uint16_t port;
	struct dns_servers resolvers, servers;
};

static void chal_update_key(struct chal_update *s)
{
	static unsigned char text[TSIG_FILE_MAX];
	const char *path = prog_env("CHAL_DNS_KEY");
	enum tsig_key_result result;
	enum file_result r;
	size_t len = 0;

	s->has_key = path;
	if (!path)
		return;
	r = file_read(AT_FDCWD, path, text, sizeof text, &len);
	if (r != FILE_OK)
		prog_perm("CHAL_DNS_KEY: %s: %s", prog_text(span_str(path)), file_strerror(r));
	result = tsig_key_read(&s->key, span_of(text, len));
	explicit_bzero(text, sizeof text);
	if (result != TSIG_KEY_OK)
		prog_perm("CHAL_DNS_KEY: %s: %s", prog_text(span_str(path)),
		          tsig_key_strerror(result));
}

static void chal_update_environment(struct chal_update *s)
{
	const char *ttl = prog_env("CHAL_DNS_TTL"), *server = prog_env("CHAL_DNS_SERVER");

	s->ttl = CHAL_UPDATE_TTL_S;
	if (ttl)
		s->ttl = (uint32_t)prog_number("CHAL_DNS_TTL", ttl, 0, CHAL_UPDATE_TTL_MAX_S);
	s->port = CHAL_UPDATE_PORT;
	if (server && !dns_servers_parse(&s->servers, span_str(server))) {
		s->servers.n = 0;
		s->host = span_str(server);
		if (!dns_name_ok(s->host) && (!addr_split(span_str(server), &s->host, &s->port) ||
		                              !dns_name_ok(s->host) || s->port == 0))
			prog_perm("CHAL_DNS_SERVER: neither addresses nor a name: %s",
			          prog_text(span_str(server)));
	}
	chal_update_key(s);
	servers_open(&s->resolvers);
}

/* The addresses of a name become those that updates go to. */
static void chal_update_host(struct chal_update *s, struct span name, int64_t deadline)
{
	struct host_list list;
	enum dns_status status = host_lookup(&list, name, s->port, NULL, &s->resolvers, deadline);

	if (status != DNS_FOUND)
		prog_temp("%s: %s", prog_text(name), dns_strerror(status));
	for (size_t i = 0; i < list.n && s->servers.n < DNS_SERVERS_MAX; i++)
		s->servers.server[s->servers.n++] = list.addr[i];
}

/* Where the record belongs and who takes updates of it. */
static void chal_update_find(const struct chal_dns *c, struct chal_update *s, struct dns_place *place)
{
	int64_t deadline = deadline_in(CHAL_DNS_LIMIT_MS / 2);

	if (s->host.len > 0)
		chal_update_host(s, s->host, deadline);
	chal_dns_find(c, place, &s->resolvers, s->servers.n > 0 ? &s->servers : NULL, deadline);
	if (s->servers.n == 0 && place->primary[0] == 0)
		prog_perm("%s: the zone names no primary server; set CHAL_DNS_SERVER", place->zone);
	if (s->servers.n == 0)
		chal_update_host(s, span_str(place->primary), deadline);
}

#endif
