/* Plain links: a descriptor, watched for both ways once it is connected. */
#include "net/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dial.h"

#define EVENTS ((uint32_t)EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

struct plain;

/* A dial and whose it is: large, and soon over. */
struct call {
	struct dial dial;
	struct plain *plain;
};

struct plain {
	struct link link; /* first */
	struct loop *loop;
	struct call *call;       /* while it is connecting */
	struct loop_watch watch;
	int fd;                  /* -1: none yet */
	bool readable, hung_up;  /* as far as is known */
	bool writable;
};

static struct plain *of(struct link *l)
{
	return (struct plain *)(void *)l;
}

static void drop_call(struct plain *p)
{
	if (!p->call)
		return;
	dial_end(&p->call->dial);
	free(p->call);
	p->call = NULL;
}

static void ready(struct loop_watch *w, uint32_t events)
{
	struct plain *p = loop_owner(w, struct plain, watch);

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		p->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		p->hung_up = true;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		p->writable = true;
	p->link.ready(&p->link);
}

static const char *reason(enum sock_result result)
{
	switch (result) {
	case SOCK_REFUSED:
		return "refused";
	case SOCK_TIMEOUT:
		return "connect-timeout";
	case SOCK_UNREACHABLE:
	case SOCK_NO_ADDRESS:
		return "unreachable";
	case SOCK_DENIED:
		return "denied";
	case SOCK_DONE:
	case SOCK_IN_USE:
	case SOCK_SYSTEM:
		break;
	}
	return "connect-failed";
}

/* The dial is over. */
static void arrived(struct plain *p)
{
	struct dial *d = &p->call->dial;
	int on = 1;

	p->link.state = LINK_FAILED;
	p->link.why = reason(d->result);
	p->link.timed_out = d->result == SOCK_TIMEOUT;
	if (d->fd >= 0) {
		int fd = d->fd;

		p->link.to = d->to;
		p->link.why = "connect-failed";
		if (addr_family(&d->to) != AF_UNIX)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		if (dial_take(d, &p->watch, EVENTS)) {
			p->fd = fd;
			p->writable = true;
			p->link.state = LINK_OPEN;
		}
	}
	drop_call(p);
}

static void dialled(struct dial *d)
{
	struct plain *p = loop_owner(d, struct call, dial)->plain;

	arrived(p);
	p->link.ready(&p->link);
}

static enum link_result read_plain(struct link *l, void *buf, size_t cap, size_t *len)
{
	struct plain *p = of(l);
	ssize_t n;

	*len = 0;
	if (!p->readable && !l->doubt)
		return LINK_LATER;
	l->doubt = false;
	do
		n = recv(p->fd, buf, cap, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	/* The loop tells readiness once: read on until it is sure that nothing is left. */
	p->readable = n >= 0 && ((size_t)n == cap || p->hung_up);
	if (n < 0)
		return errno == EAGAIN ? LINK_LATER : LINK_BROKEN;
	*len = (size_t)n;
	return n > 0 ? LINK_OK : LINK_END;
}

static enum link_result write_plain(struct link *l, struct span bytes, size_t *len)
{
	struct plain *p = of(l);
	ssize_t n;

	*len = 0;
	if (!p->writable)
		return LINK_LATER;
	do
		n = send(p->fd, bytes.p, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	p->writable = n == (ssize_t)bytes.len;
	if (n < 0)
		return errno == EAGAIN ? LINK_LATER : LINK_BROKEN;
	*len = (size_t)n;
	return LINK_OK;
}

static void finish_plain(struct link *l)
{
	if (of(l)->fd >= 0)
		shutdown(of(l)->fd, SHUT_WR);
}

static void close_plain(struct link *l)
{
	struct plain *p = of(l);

	drop_call(p);
	loop_forget(p->loop, &p->watch);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

static const struct link_kind plain_kind = { read_plain, write_plain, finish_plain, close_plain };

static struct link *open_plain(const struct link_way *way, const struct link_goal *goal,
                               void (*told)(struct link *l), void *owner)
{
	struct plain *p = calloc(1, sizeof *p);

	(void)way;
	if (!p)
		return NULL;
	p->link = (struct link){ .kind = &plain_kind, .state = LINK_OPENING, .ready = told,
	                         .owner = owner };
	p->loop = goal->loop;
	p->fd = -1;
	p->watch = (struct loop_watch){ .fd = -1, .ready = ready };
	p->call = malloc(sizeof *p->call);
	if (!p->call) {
		free(p);
		return NULL;
	}
	p->call->plain = p;
	if (dial_start(&p->call->dial, goal->loop, goal->list, goal->n, goal->deadline, dialled))
		arrived(p);
	return &p->link;
}

const struct link_way link_plain = { open_plain };
