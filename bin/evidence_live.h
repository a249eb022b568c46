/*
 * evidence_live: whether an endpoint has one of the keys that evidence vouches for. It has when the
 * handshake is done: its signature is made with the key, whatever certificate is around it.
 */
#ifndef BIN_EVIDENCE_LIVE_H
#define BIN_EVIDENCE_LIVE_H

#include "evidence_get.h"
#include "net/host.h"
#include "net/sock.h"
#include "tls/client.h"

/* "name" or "name:port". */
struct evidence_endpoint {
	struct span name;
	uint16_t port;
	struct addr address; /* the name is one */
	bool is_address;
};

static struct evidence_endpoint evidence_endpoint(const char *text)
{
	struct evidence_endpoint e = { .name = span_str(text), .port = EVIDENCE_TLS_PORT };

	e.is_address = addr_parse_ip(&e.address, e.name, 0);
	if (!e.is_address && !addr_split(span_str(text), &e.name, &e.port)) {
		e.name = span_str(text);
		e.port = EVIDENCE_TLS_PORT;
	}
	e.is_address = e.is_address || addr_parse_ip(&e.address, e.name, 0);
	if (e.name.len == 0 || e.port == 0)
		prog_perm("%s: neither a name nor a name and a port", prog_text(span_str(text)));
	return e;
}

static int evidence_connect(const struct evidence_get *g, const struct evidence_endpoint *e)
{
	static struct host_list list;
	enum dns_status status;
	enum sock_result r;
	int fd;

	if (g->o->has_via) {
		list.n = 1;
		list.addr[0] = g->o->via;
	} else {
		status = host_lookup(&list, e->name, e->port, EVIDENCE_HOSTS, &g->servers, g->o->deadline);
		if (status != DNS_FOUND)
			prog_temp("%s: no address: %s", prog_text(e->name), dns_strerror(status));
	}
	r = sock_connect(list.addr, list.n, SOCK_NONBLOCK, g->o->deadline, &fd);
	if (r != SOCK_DONE)
		prog_temp("%s: cannot connect: %s", prog_text(e->name), sock_strerror(r));
	return fd;
}

/* False: it showed another key. What else goes wrong ends the program: it says nothing of the key. */
static bool evidence_live(const struct evidence_get *g, const struct evidence_endpoint *e,
                          const unsigned char (*pins)[KEY_PIN_LEN], size_t n_pins)
{
	static struct tls_client tls;
	struct client_peer peer = { .pins = pins, .n_pins = n_pins, .host = e->name, .is_address = e->is_address,
		                    .unix_now = g->o->now };
	int fd = evidence_connect(g, e);
	unsigned char text[128];
	struct builder b;
	struct pump pump;
	enum pump_result r;

	if (client_start(&tls, &peer, &pump) != CLIENT_OK)
		prog_perm("%s: no name that a certificate can have", prog_text(e->name));
	r = pump_handshake(&pump, fd, g->o->deadline);
	close(fd);
	if (r == PUMP_OK)
		return true;
	if (tls.check.unpinned)
		return false;
	builder_init(&b, text, sizeof text);
	if (r == PUMP_REFUSED)
		pump_print_error(&b, pump_error(&pump));
	else
		builder_str(&b, r == PUMP_TIMEOUT ? "timed out" : "the connection ended");
	prog_temp("%s: the TLS handshake: %s", prog_text(e->name), builder_cstr(&b));
}

#endif
