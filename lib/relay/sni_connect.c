/* The backend is known: connecting to it, and carrying bytes. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "net/proxy.h"
#include "relay/sni_conn.h"

static void pair_over(struct pair *p, enum pair_end end)
{
	struct sni_conn *c = loop_owner(p, struct sni_conn, pair);

	sni_say(c, span_str(c->name), pair_end_name(end));
	sni_forget(c);
}

/* The bytes the backend gets first: the header, and what the client sent so far. In static storage. */
static struct span first_bytes(const struct sni_conn *c)
{
	static unsigned char text[PROXY_WRITE_MAX + HELLO_STREAM_MAX];
	const struct proxy_more more = { .authority = span_str(c->name) };
	struct sockaddr_storage local;
	socklen_t len = sizeof local;
	struct addr to = { .mode = -1 };
	struct builder b;

	builder_init(&b, text, sizeof text);
	if (c->proxy && c->socket && getsockname(c->in, (struct sockaddr *)&local, &len) == 0)
		addr_set(&to, (struct sockaddr *)&local, len);
	if (c->proxy)
		proxy_write(&b, &c->peer, &to, &more);
	builder_add(&b, span_of(c->bytes, c->len));
	return builder_span(&b);
}

/* A socket that was not accepted here, but given to us, may be one that others expect to wait. */
static bool shared(const struct sni_conn *c)
{
	int flags = c->sni->serve->listening ? O_NONBLOCK : fcntl(c->in, F_GETFL);

	return flags < 0 || !(flags & O_NONBLOCK);
}

static void pair_up(struct sni_conn *c)
{
	struct sni *s = c->sni;
	struct pair *p = &c->pair;
	int fd = c->dial->fd, on = 1;
	struct span first = first_bytes(c);

	p->loop = sni_loop(c);
	p->idle_ms = s->idle_ms;
	p->deadline = s->total_ms ? c->started + s->total_ms : DEADLINE_NEVER;
	p->over = pair_over;
	pair_side_init(p, 0, c->in, c->out, c->socket, c->socket && shared(c));
	pair_side_init(p, 1, fd, fd, true, false);
	if (addr_family(&c->dial->to) != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (!dial_take(c->dial, &p->side[1].in_watch, PAIR_EVENTS)) {
		sni_refuse(c, "system", HELLO_INTERNAL_ERROR);
		return;
	}
	sni_forget_dial(c);
	loop_timer_clear(p->loop, &c->timer);
	/* The client's descriptor is the pair's now; where it was watched it goes on being. */
	if (c->watch.fd >= 0 && (!c->socket || !loop_move(p->loop, &c->watch, &p->side[0].in_watch, PAIR_EVENTS)))
		loop_remove(p->loop, &c->watch);
	c->state = SNI_PAIR;
	sni_drop_bytes(c);
	pair_start(p, first);
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

static void name_backend(struct sni_conn *c, const struct addr *a)
{
	struct builder b;

	builder_init(&b, c->where, sizeof c->where);
	addr_print(&b, a);
	/* A socket's path can be longer. */
	if (!builder_cstr(&b))
		memcpy(c->where, "unix", sizeof "unix");
}

static void connected(struct sni_conn *c)
{
	if (c->dial->fd < 0) {
		sni_refuse(c, failure(c->dial->result), HELLO_INTERNAL_ERROR);
		return;
	}
	name_backend(c, &c->dial->to);
	pair_up(c);
}

/* A dial and whose it is. Some are kept for the next: they are large, and soon over. */
struct call {
	struct dial dial;
	union {
		struct sni_conn *conn;
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

void sni_forget_dial(struct sni_conn *c)
{
	struct call *call;

	if (!c->dial)
		return;
	dial_end(c->dial);
	call = loop_owner(c->dial, struct call, dial);
	c->dial = NULL;
	if (n_spare == SPARE_CALLS) {
		free(call);
		return;
	}
	call->of.next = spare;
	spare = call;
	n_spare++;
}

static void dialled(struct dial *d)
{
	connected(loop_owner(d, struct call, dial)->of.conn);
}

void sni_connect(struct sni_conn *c, const struct addr *list, size_t n)
{
	struct call *call = take_call();
	struct loop *loop = sni_loop(c);

	c->state = SNI_CONNECT;
	loop_timer_clear(loop, &c->timer);
	name_backend(c, &list[0]);
	if (!call) {
		sni_refuse(c, "system", HELLO_INTERNAL_ERROR);
		return;
	}
	call->of.conn = c;
	c->dial = &call->dial;
	if (dial_start(c->dial, loop, list, n, loop->now + c->sni->connect_ms, dialled))
		connected(c);
}
