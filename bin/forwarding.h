/*
 * forwarding: what the programs that pass requests on share: their options, and where the
 * parts of net/forward.h are. What is wrong ends the program with a message.
 */
#ifndef BIN_FORWARDING_H
#define BIN_FORWARDING_H

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/forward.h"
#include "servers.h"
#include "serving.h"
#include "tls/anchors.h"
#include "tls/secure.h"

#define FORWARDING_LETTERS SERVING_LETTERS "a:A:i:st:w:x:X:"

enum { FORWARDING_SECONDS_MAX = 86400, FORWARDING_LINKS_MAX = 100000, FORWARDING_PLACES = 3 };

static const char forwarding_hosts[] = "/etc/hosts";

struct forwarding {
	struct forward forward;
	struct networks fronts;
	struct hosts hosts;
	struct secure_way secure;
	struct dns_servers servers;
	const char *anchors; /* the file; NULL: the system's */
};

/* Defaults, before the options. */
static void forwarding_init(struct forwarding *f)
{
	f->forward.connect_ms = FORWARD_CONNECT_MS;
	f->forward.first_ms = FORWARD_FIRST_MS;
	f->forward.idle_ms = FORWARD_IDLE_MS;
	f->forward.pool.max = FORWARD_LINKS;
	f->forward.pool.max_idle = FORWARD_IDLE_LINKS;
	f->forward.pool.idle_ms = FORWARD_KEEP_MS;
	f->forward.way = &link_plain;
	f->forward.fronts = &f->fronts;
	f->secure.way.open = secure_open;
	f->secure.below = &link_plain;
}

/* One of FORWARDING_LETTERS. */
static void forwarding_option(struct forwarding *f, struct serving *serving, int letter,
                              const char *value)
{
	switch (letter) {
	case 'a':
		f->anchors = value;
		break;
	case 'A':
		if (!networks_add(&f->fronts, span_str(value)))
			prog_perm("-A: not an address, a network or \"unix\": %s", prog_text(span_str(value)));
		break;
	case 'i':
		f->forward.idle_ms = prog_seconds_ms("-i", value, FORWARDING_SECONDS_MAX);
		break;
	case 'x':
		f->forward.pool.max = prog_number("-x", value, 1, FORWARDING_LINKS_MAX);
		break;
	case 'X':
		f->forward.pool.max_idle = prog_number("-X", value, 0, FORWARDING_LINKS_MAX);
		break;
	case 's':
		f->forward.secure = true;
		break;
	case 't':
		f->forward.connect_ms = prog_seconds_ms("-t", value, FORWARDING_SECONDS_MAX);
		break;
	case 'w':
		f->forward.first_ms = prog_seconds_ms("-w", value, FORWARDING_SECONDS_MAX);
		break;
	default:
		serving_option(serving, letter, value);
	}
}

/* Upstreams are spoken to over TLS. Pins, when there are any, stand in for the system's anchors. */
static void forwarding_secure(struct forwarding *f)
{
	static struct anchors anchors;
	const char *path = f->anchors ? f->anchors : ANCHORS_SYSTEM;
	enum anchors_result r;

	f->forward.way = &f->secure.way;
	if (!f->anchors && f->secure.n_pins > 0)
		return;
	r = anchors_read(&anchors, path);
	if (r != ANCHORS_OK)
		prog_perm("%s: %s", prog_text(span_str(path)), anchors_strerror(r));
	f->secure.anchors = &anchors;
}

/*
 * Descriptor 0 is opened, and the rest made ready. Before that our name is made: workers have the
 * same. With `lookup`, hosts are looked up.
 */
static void forwarding_open(struct forwarding *f, struct serving *serving, bool lookup)
{
	int on = 1;

	if (lookup)
		servers_open(&f->servers);
	/* Nothing of a stream waits for what comes behind it. What is accepted inherits it; what is no
	   TCP does not mind. */
	setsockopt(0, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (!forward_name(f->forward.name))
		prog_temp("start: %s", strerror(errno));
	/* Each connection may have another one behind it. */
	serving->serve.fds_each = 2;
	serving_open(serving);
	f->forward.loop = &serving->serve.loop;
	f->forward.access = &serving->access;
	f->forward.hosts = lookup ? &f->hosts : NULL;
	if (lookup && !hosts_init(&f->hosts, f->forward.loop, &f->servers, forwarding_hosts))
		prog_temp("start: %s", strerror(errno));
	if (!forward_init(&f->forward))
		prog_temp("start: %s", strerror(errno));
}

/* `places` has room for FORWARDING_PLACES, `n` of which are used. */
static void forwarding_jail(const struct forwarding *f, const struct serving *serving,
                            struct jail_place *places, size_t n)
{
	if (f->forward.hosts && access(forwarding_hosts, R_OK) == 0)
		places[n++] = (struct jail_place){ forwarding_hosts, AT_FDCWD, JAIL_READ };
	if (f->forward.bearer)
		places[n++] = (struct jail_place){ .dir = f->forward.bearer->file.dir, .access = JAIL_READ };
	serving_jail(serving, JAIL_NET | JAIL_UNIX | (n > 0 ? JAIL_READ : 0), places, n);
}

#endif
