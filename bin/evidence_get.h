/*
 * evidence_get: files of evidence, from a directory or a server. Whoever gives them is not believed, so a
 * server's certificate is looked at only because bytes that are forged need not be looked at.
 */
#ifndef BIN_EVIDENCE_GET_H
#define BIN_EVIDENCE_GET_H

#include "base/io.h"
#include "base/jail.h"
#include "evidence_options.h"
#include "servers.h"
#include "tls/anchors.h"
#include "tls/fetch.h"

#define EVIDENCE_HOSTS "/etc/hosts"

struct evidence_get {
	const struct evidence_options *o;
	int dir;             /* the directory, or the document; -1: a server's */
	struct dns_servers servers;
	struct fetch_setting setting;
	struct fetch *fetch;
	struct anchors anchors;
	max_align_t room[FETCH_ROOM / sizeof(max_align_t)];
};

static void evidence_get_server(struct evidence_get *g)
{
	const char *path = g->o->anchors ? g->o->anchors : ANCHORS_SYSTEM;
	enum anchors_result r;

	g->setting = (struct fetch_setting){ .servers = &g->servers, .hosts_path = EVIDENCE_HOSTS,
		                             .user_agent = "postern" };
	if (span_starts(span_str(g->o->source), "https:")) {
		r = anchors_read(&g->anchors, path);
		if (r != ANCHORS_OK)
			prog_perm("%s: %s", prog_text(span_str(path)), anchors_strerror(r));
		g->setting.anchors = &g->anchors;
	}
	g->fetch = fetch_new(g->room, sizeof g->room, &g->setting);
}

static void evidence_get_open(struct evidence_get *g, const struct evidence_options *o)
{
	g->o = o;
	g->dir = -1;
	/* The endpoints' names need them too. */
	if (o->is_url || (o->endpoints && *o->endpoints && !o->has_via))
		servers_open(&g->servers);
	if (o->is_url) {
		evidence_get_server(g);
		return;
	}
	g->dir = open(o->source, (o->gateway ? 0 : O_DIRECTORY) | O_RDONLY | O_CLOEXEC);
	if (g->dir < 0)
		prog_perm("%s: %s", prog_text(span_str(o->source)), strerror(errno));
}

static void evidence_get_jail(const struct evidence_get *g)
{
	struct jail_place places[2];
	struct jail jail = { .places = places };

	if (g->o->is_url || (g->o->endpoints && *g->o->endpoints))
		jail.promises = JAIL_NET;
	if (g->o->has_via && addr_family(&g->o->via) == AF_UNIX)
		jail.promises |= JAIL_UNIX;
	if (g->dir >= 0 && !g->o->gateway)
		places[jail.n_places++] = (struct jail_place){ .dir = g->dir, .access = JAIL_READ };
	if (jail.promises & JAIL_NET && access(EVIDENCE_HOSTS, R_OK) == 0)
		places[jail.n_places++] = (struct jail_place){ EVIDENCE_HOSTS, AT_FDCWD, JAIL_READ };
	if (jail.n_places > 0)
		jail.promises |= JAIL_READ;
	if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static struct span evidence_get_url(struct evidence_get *g, const char *name, struct builder *to)
{
	unsigned char url[URL_MAX + EVIDENCE_NAME_MAX];
	struct fetch_request request = { .method = "GET", .repeatable = true };
	struct span source = span_str(g->o->source);
	struct http_response head;
	enum fetch_result r;
	struct builder b;

	builder_init(&b, url, sizeof url);
	builder_add(&b, source);
	if (*name && source.p[source.len - 1] != '/')
		builder_byte(&b, '/');
	builder_str(&b, name);
	request.url = builder_span(&b);
	r = fetch_exchange(g->fetch, &request, &head, to, g->o->deadline);
	if (r == FETCH_BAD_URL || r == FETCH_UNTRUSTED || r == FETCH_TOO_LARGE)
		prog_perm("%s: %s", *name ? name : "acme-info", fetch_why(g->fetch));
	if (r != FETCH_OK)
		prog_temp("%s: %s", *name ? name : "acme-info", fetch_why(g->fetch));
	if (head.status != 200)
		prog_temp("%s: the server says %d", *name ? name : "acme-info", head.status);
	return builder_span(to);
}

/* A file of the directory, or with the name "" the document itself. */
static struct span evidence_get(struct evidence_get *g, const char *name, unsigned char *buf, size_t cap)
{
	enum file_result r;
	struct builder b;
	size_t len;

	builder_init(&b, buf, cap);
	if (g->o->is_url)
		return evidence_get_url(g, name, &b);
	if (!*name) {
		enum io_result io = io_read_end(g->dir, buf, cap, &len, g->o->deadline);

		if (io != IO_OK)
			prog_perm("%s: %s", prog_text(span_str(g->o->source)), io_strerror(io));
		return span_of(buf, len);
	}
	r = file_read(g->dir, name, buf, cap, &len);
	if (r != FILE_OK)
		prog_perm("%s/%s: %s", prog_text(span_str(g->o->source)), name, file_strerror(r));
	return span_of(buf, len);
}

#endif
