/*
 * The handshake is done: where the plaintext goes. A connection that gets no further is broken off: the
 * end that TLS has would say that there was an answer, and that it is empty.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/proxy.h"
#include "tls/buffers.h"
#include "tls/front_conn.h"

/* The plain side is there. */
static void carry(struct front_conn *c)
{
	c->state = FRONT_CARRY;
	c->moved = front_loop(c)->now;
	if (!front_watch(c, &c->plain)) {
		front_break(c, "system");
		return;
	}
	front_drive(c);
}

static void add_header(struct builder *b, const struct front_conn *c)
{
	const struct proxy_more more = { .authority = span_str(c->tls->name),
		                         .alpn = span_str(server_protocol(c->tls)) };

	if (c->front->proxy == 1)
		proxy_write_v1(b, &c->peer, &c->local);
	else
		proxy_write(b, &c->peer, &c->local, &more);
}

/* A new socket takes as much as this at once. */
static bool send_header(struct front_conn *c)
{
	unsigned char text[PROXY_WRITE_MAX];
	struct builder b;

	if (!c->front->proxy)
		return true;
	builder_init(&b, text, sizeof text);
	add_header(&b, c);
	return builder_ok(&b) && front_write(&c->plain, builder_span(&b)) == (ssize_t)b.len;
}

static const char *failure(enum sock_result result)
{
	switch (result) {
	case SOCK_REFUSED:
		return "refused";
	case SOCK_TIMEOUT:
		return "connect-timeout";
	case SOCK_UNREACHABLE:
	case SOCK_NO_ADDRESS:
		return "unreachable";
	case SOCK_DONE:
	case SOCK_IN_USE:
	case SOCK_DENIED:
	case SOCK_SYSTEM:
		break;
	}
	return "connect-failed";
}

static void name_backend(struct front_conn *c, const struct addr *a)
{
	struct builder b;

	builder_init(&b, c->where, sizeof c->where);
	addr_print(&b, a);
	/* A socket's path can be longer. */
	if (!builder_cstr(&b))
		memcpy(c->where, "unix", sizeof "unix");
}

static void connected(struct front_conn *c)
{
	int fd = c->dial->fd, on = 1;

	if (fd < 0) {
		front_break(c, failure(c->dial->result));
		return;
	}
	name_backend(c, &c->dial->to);
	c->plain.in = c->plain.out = fd;
	if (addr_family(&c->dial->to) != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (!dial_take(c->dial, &c->plain.in_watch, EPOLLIN | EPOLLRDHUP | EPOLLET)) {
		c->plain.in = c->plain.out = -1;
		front_break(c, "system");
		return;
	}
	front_forget_dial(c);
	if (send_header(c))
		carry(c);
	else
		front_break(c, "connect-failed");
}

/* A dial and whose it is. Some are kept for the next: they are large, and soon over. */
struct call {
	struct dial dial;
	union {
		struct front_conn *conn;
		struct call *next;
	} of;
};

enum { SPARE_CALLS = 32 };
static struct call *spare;
static size_t n_spare;

static struct call *take_call(void)
{
	struct call *call = spare;

	if (!call)
		return malloc(sizeof *call);
	spare = call->of.next;
	n_spare--;
	return call;
}

static void give_call(struct call *call)
{
	if (n_spare == SPARE_CALLS) {
		free(call);
		return;
	}
	call->of.next = spare;
	spare = call;
	n_spare++;
}

void front_forget_dial(struct front_conn *c)
{
	if (!c->dial)
		return;
	dial_end(c->dial);
	give_call(loop_owner(c->dial, struct call, dial));
	c->dial = NULL;
}

static void dialled(struct dial *d)
{
	connected(loop_owner(d, struct call, dial)->of.conn);
}

static void dial(struct front_conn *c, const struct addr *list, size_t n)
{
	struct call *call = take_call();
	struct loop *loop = front_loop(c);

	name_backend(c, &list[0]);
	if (!call) {
		front_break(c, "system");
		return;
	}
	call->of.conn = c;
	c->dial = &call->dial;
	if (dial_start(c->dial, loop, list, n, loop->now + c->front->connect_ms, dialled))
		connected(c);
}

static void dial_hosts(struct front_conn *c, enum dns_status status, const struct host_list *list)
{
	struct addr to[HOST_ADDRS_MAX];

	if (status != DNS_FOUND || list->n == 0) {
		front_break(c, status == DNS_NONE || status == DNS_BAD_NAME ? "no-host" : "no-dns");
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		to[i] = list->addr[i];
		addr_set_port(&to[i], c->front->upstream->port);
	}
	dial(c, to, list->n);
}

static void host_found(struct hosts_waiter *w, enum dns_status status, const struct host_list *list)
{
	dial_hosts(loop_owner(w, struct front_conn, host), status, list);
}

static void go_upstream(struct front_conn *c)
{
	const struct front_upstream *to = c->front->upstream;
	const struct host_list *list;
	enum dns_status status;

	if (to->literal) {
		dial(c, &to->addr, 1);
		return;
	}
	if (hosts_known(&c->front->hosts, span_str(to->host), &status, &list)) {
		dial_hosts(c, status, list);
		return;
	}
	c->host.found = host_found;
	if (!hosts_ask(&c->front->hosts, span_str(to->host), &c->host))
		front_break(c, "no-dns");
}

static bool order(struct front_conn *c, int fd)
{
	static unsigned char text[STARTER_ENV_MAX];
	struct builder variables;

	builder_init(&variables, text, sizeof text);
	front_variables(&variables, c);
	return builder_ok(&variables) &&
	       starter_order(c->front->starter, builder_span(&variables), fd) == STARTER_OK;
}

/* The program waits for its descriptors as programs do; we do not. */
static void start_program(struct front_conn *c)
{
	int ends[2];
	bool good;

	memcpy(c->where, "program", sizeof "program");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		front_break(c, "system");
		return;
	}
	c->plain.in = c->plain.out = ends[0];
	good = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && order(c, ends[1]);
	close(ends[1]);
	if (good)
		carry(c);
	else
		front_break(c, "not-started");
}

void front_connect(struct front_conn *c)
{
	front_flush(c);
	if (!server_opened(c->tls)) {
		front_break(c, "mismatch");
		return;
	}
	if (c->tls->challenge) {
		front_end(c, "challenge");
		return;
	}
	front_strike(c);
	c->state = FRONT_CONNECT;
	loop_timer_clear(front_loop(c), &c->timer);
	/* It can take a while: no buffers meanwhile. */
	if (buffers_reclaim(&c->tls->ssl.eng) && c->out_len == 0)
		front_drop_out(c);
	if (c->front->upstream)
		go_upstream(c);
	else
		start_program(c);
}
