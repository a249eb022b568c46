/*
 * listen-on: binds a TCP or Unix socket, puts it on descriptor 0, says so on
 * a readiness descriptor, drops privileges and executes a program.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/identity.h"
#include "base/io.h"
#include "base/prog.h"
#include "net/host.h"
#include "net/sock.h"
#include "net/workers.h"

enum { READY_MS = 10000 };

/* What `text` may mean: one address, or those of a name on this machine. */
static void addresses(const char *text, struct host_list *list)
{
	struct span name;
	uint16_t port;

	list->n = 1;
	if (addr_parse(&list->addr[0], span_str(text)))
		return;
	if (!addr_split(span_str(text), &name, &port) ||
	    host_lookup(list, name, port, "/etc/hosts", NULL, deadline_now()) != DNS_FOUND)
		prog_perm("%s: not an address, nor a name in /etc/hosts, with a port",
		          prog_text(span_str(text)));
}

/* Listens at the first address that this machine has; of a name, IPv4 first. */
static int listen_at(const char *text, int backlog)
{
	struct host_list list;
	enum sock_result result = SOCK_NO_ADDRESS;
	int fd;

	addresses(text, &list);
	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < list.n && result == SOCK_NO_ADDRESS; i++)
			if ((addr_family(&list.addr[i]) == AF_INET) == (turn == 0))
				result = sock_listen(&list.addr[i], backlog, &fd);
	if (result == SOCK_DENIED)
		prog_perm("%s: %s", prog_text(span_str(text)), sock_strerror(result));
	if (result != SOCK_DONE)
		prog_temp("%s: %s", prog_text(span_str(text)), sock_strerror(result));
	return fd;
}

/* One line, with the port when the system has chosen it; then the descriptor is gone. */
static void tell_ready(int ready, const char *asked)
{
	struct span host;
	uint16_t port = 1;
	unsigned char text[8];
	struct builder line;
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	struct addr here;
	enum io_result result;

	builder_init(&line, text, sizeof text);
	if (!span_starts(span_str(asked), "unix:") && addr_split(span_str(asked), &host, &port) &&
	    port == 0 && getsockname(0, (struct sockaddr *)&at, &len) == 0) {
		addr_set(&here, (struct sockaddr *)&at, len);
		builder_number(&line, addr_port(&here));
	}
	builder_byte(&line, '\n');
	result = io_write_all(ready, builder_span(&line), deadline_in(READY_MS));
	if (result != IO_OK)
		prog_temp("-r: descriptor %d: %s", ready, io_strerror(result));
	/* What a program expects to be open is not left to its first file. */
	if (ready > 2)
		close(ready);
	else if (dup2(open("/dev/null", O_RDWR | O_CLOEXEC), ready) < 0)
		prog_temp("/dev/null: %s", strerror(errno));
}

struct options {
	int backlog, ready;
	bool change;
	struct identity who;
};

static void options_read(struct options *o, int argc, char **argv)
{
	enum identity_result found;
	int option;

	while ((option = getopt(argc, argv, "+b:hn:r:u:")) != -1) {
		switch (option) {
		case 'b':
			o->backlog = (int)prog_number("-b", optarg, 1, INT32_MAX);
			break;
		case 'n':
			prog_number("-n", optarg, 1, WORKERS_MAX);
			if (setenv("WORKERS", optarg, 1) < 0)
				prog_temp("-n: %s", strerror(errno));
			break;
		case 'r':
			o->ready = (int)prog_number("-r", optarg, 1, INT32_MAX);
			if (fcntl(o->ready, F_SETFD, FD_CLOEXEC) < 0)
				prog_perm("-r: descriptor %d: %s", o->ready, strerror(errno));
			break;
		case 'u':
			found = identity_find(&o->who, optarg);
			if (found != IDENTITY_OK)
				prog_perm("-u: %s: %s", prog_text(span_str(optarg)),
				          identity_strerror(found));
			o->change = true;
			break;
		case 'h':
			prog_help();
		default:
			prog_usage();
		}
	}
	if (argc - optind < 2)
		prog_usage();
}

int main(int argc, char **argv)
{
	struct options o = { .backlog = SOMAXCONN };
	gid_t mine = getegid();
	int fd;

	prog_init("listen-on", "[-u user[:group]] [-b backlog] [-n workers] [-r readiness-fd] "
	                       "address program [argument ...]");
	options_read(&o, argc, argv);
	if (o.change && geteuid() != 0)
		prog_perm("-u: only root can become another user");

	/* A Unix socket's file gets the group it is made under, with no moment in between. */
	if (o.change && setegid(o.who.gid) < 0)
		prog_temp("-u: %s", strerror(errno));
	fd = listen_at(argv[optind], o.backlog);
	if (o.change && setegid(mine) < 0)
		prog_temp("-u: %s", strerror(errno));
	if (dup2(fd, 0) < 0)
		prog_temp("descriptor 0: %s", strerror(errno));
	if (fd > 0)
		close(fd);
	if (o.change && !identity_take(&o.who))
		prog_temp("-u: %s", strerror(errno));
	if (o.ready)
		tell_ready(o.ready, argv[optind]);
	prog_exec(argv + optind + 1);
}
