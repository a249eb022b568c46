/*
 * connect_open: the connection of tls-connect. DNS answers are read in a process that can do
 * nothing but ask; its parent only connects.
 */
#ifndef BIN_CONNECT_OPEN_H
#define BIN_CONNECT_OPEN_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/cell.h"
#include "base/deadline.h"
#include "base/prog.h"
#include "connect_options.h"
#include "net/host.h"
#include "net/sock.h"
#include "servers.h"

struct connect_question {
	const struct connect_options *options;
	const struct dns_servers *servers;
	int64_t deadline;
};

static int connect_ask(void *context, struct builder *result, struct builder *why)
{
	static struct host_list list;
	const struct connect_question *q = context;
	enum dns_status status = host_lookup(&list, q->options->host, q->options->port, NULL,
	                                     q->servers, q->deadline);

	if (status == DNS_FOUND)
		builder_add(result, span_of(&list, sizeof list));
	else
		builder_str(why, dns_strerror(status));
	return (int)status;
}

/* What the process said is a list of addresses, whatever it is. */
static bool connect_list_ok(const struct host_list *list)
{
	if (list->n == 0 || list->n > HOST_ADDRS_MAX)
		return false;
	for (size_t i = 0; i < list->n; i++) {
		const struct addr *a = &list->addr[i];
		int family = addr_family(a);

		if (!(family == AF_INET && a->len == sizeof(struct sockaddr_in)) &&
		    !(family == AF_INET6 && a->len == sizeof(struct sockaddr_in6)))
			return false;
	}
	return true;
}

static void connect_find(struct host_list *list, const struct connect_options *o, int64_t deadline)
{
	static const struct jail jail = { .promises = JAIL_NET };
	static struct dns_servers servers;
	struct connect_question question = { o, &servers, deadline };
	struct cell cell = { .jail = &jail, .deadline = deadline };
	unsigned char text[256];
	struct builder result, why;
	enum dns_status local = host_local(list, o->host, o->port, "/etc/hosts");
	int status;

	if (local == DNS_FOUND)
		return;
	if (local == DNS_BAD_NAME)
		prog_perm("%s: neither a name nor an address", prog_text(o->host));
	servers_open(&servers);
	builder_init(&result, list, sizeof *list);
	builder_init(&why, text, sizeof text - 1);
	status = cell_run(&cell, connect_ask, &question, &result, &why);
	text[why.len] = 0;
	if (status == DNS_FOUND && result.len == sizeof *list && connect_list_ok(list))
		return;
	if (deadline_now() >= deadline)
		prog_temp("%s: timed out while its address was looked up", prog_text(o->host));
	prog_temp("%s: no address: %s", prog_text(o->host), (const char *)text);
}

/* A connection, non-blocking, and where it goes. */
static int connect_open(const struct connect_options *o, int64_t deadline, struct addr *server)
{
	static struct host_list list;
	struct sockaddr_storage there;
	socklen_t len = sizeof there;
	enum sock_result result;
	int fd, on = 1;

	connect_find(&list, o, deadline);
	result = sock_connect(list.addr, list.n, SOCK_NONBLOCK, deadline, &fd);
	if (result == SOCK_TIMEOUT)
		prog_temp("%s: timed out while connecting", prog_text(o->host));
	if (result != SOCK_DONE)
		prog_temp("%s: cannot connect: %s", prog_text(o->host), sock_strerror(result));
	/* What the program says is said at once. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (getpeername(fd, (struct sockaddr *)&there, &len) < 0)
		prog_temp("%s: %s", prog_text(o->host), strerror(errno));
	addr_set(server, (struct sockaddr *)&there, len);
	return fd;
}

#endif
