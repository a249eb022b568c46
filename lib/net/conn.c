/* Connections: streams driven over descriptors. */
#include "net/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/conn_io.h"

/* Output is made in storage all connections of the process share. */
static unsigned char output[2 * STREAM_OUT_MIN];

static void unlink_from_set(struct conn *c)
{
	struct conn_set *set = c->set;

	*(c->older ? &c->older->newer : &set->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &set->newest) = c->older;
}

static void append_to_set(struct conn *c)
{
	struct conn_set *set = c->set;

	c->older = set->newest;
	c->newer = NULL;
	*(set->newest ? &set->newest->newer : &set->oldest) = c;
	set->newest = c;
}

/* It got an answer: it is now the last one to be evicted. */
static void touch(struct conn *c)
{
	if (c->set->newest == c)
		return;
	unlink_from_set(c);
	append_to_set(c);
}

void conn_close(struct conn *c)
{
	struct conn_set *set = c->set;

	loop_timer_clear(set->loop, &c->timer);
	loop_forget(set->loop, &c->in);
	loop_forget(set->loop, &c->out);
	close(c->in_fd);
	if (c->out_fd != c->in_fd)
		close(c->out_fd);
	c->stream->kind->gone(c->stream);
	unlink_from_set(c);
	set->n--;
	if (set->ended)
		set->ended(set, c);
	free(c->kept);
	free(c->unsent);
	free(c);
}

/* Sends what a step made. */
static void deliver(struct conn *c, const struct builder *out)
{
	if (out->len == 0)
		return;
	touch(c);
	conn_io_send(c, builder_span(out));
}

/*
 * Steps the stream over `all` until it makes no more of it, sending between
 * the steps. Returns when the output stalls, too; what is unused is kept.
 */
static void step(struct conn *c, struct span all)
{
	size_t used = 0;

	while (!c->broken && !c->unsent) {
		struct builder out;
		bool moved;
		size_t n;

		builder_init(&out, output, sizeof output);
		n = c->stream->kind->step(c->stream, span_from(all, used), c->ended, &out,
		                          c->set->loop->now);
		used += n;
		deliver(c, &out);
		moved = n > 0 || out.len > 0;
		/* Stopped by its output or about to end, it may go on without new input. */
		c->again = c->unsent || c->stream->more || (moved && c->stream->want == STREAM_LINGER);
		if (!moved || c->stream->want != STREAM_READ || (used == all.len && !c->ended) ||
		    c->stream->more)
			break;
	}
	conn_io_keep(c, all, used);
}

/* Reads once and steps over what came. */
static void take(struct conn *c)
{
	struct span all;

	if (conn_io_receive(c, &all))
		step(c, all);
}

/* A descriptor that cannot be waited for (a file) is always ready. */
static bool watch(struct conn *c, struct loop_watch *w, int fd, uint32_t events)
{
	return loop_add(c->set->loop, w, fd, events | EPOLLET) || errno == EPERM;
}

/* Waits for what the stream and the output need next; with `yielded` only for its next turn. */
static void await(struct conn *c, bool yielded)
{
	int64_t at = yielded ? c->set->loop->now + 1 : c->unsent ? c->send_by : c->stream->deadline;
	bool out = c->unsent != NULL, good = true;
	uint32_t events = EPOLLIN | EPOLLRDHUP;

	if (c->in_fd != c->out_fd) {
		if (c->in.fd < 0)
			good = watch(c, &c->in, c->in_fd, events);
		/* Somebody who is worked for may go away meanwhile. */
		if ((out || c->stream->engaged) && c->out.fd < 0)
			good = good && watch(c, &c->out, c->out_fd, EPOLLOUT);
	} else {
		events |= out ? EPOLLOUT : 0;
		if (c->in.fd < 0)
			good = watch(c, &c->in, c->in_fd, events);
		else if (out != c->out_wanted)
			good = loop_change(c->set->loop, &c->in, events | EPOLLET);
		c->out_wanted = out;
	}
	/* A timer that is early is cheaper than one that is moved with every request. */
	if (!c->timer.slot || c->timer.at > at)
		good = loop_timer_set(c->set->loop, &c->timer, at) && good;
	if (!good)
		conn_close(c);
}

static bool over_tcp(const struct conn *c)
{
	int family = AF_UNIX;
	socklen_t len = sizeof family;

	return c->socket && getsockopt(c->in_fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 &&
	       family != AF_UNIX;
}

/* The other side's end is told to a stream that is engaged, once. True when it was now. */
static bool tell_half(struct conn *c)
{
	struct stream *s = c->stream;

	if (!c->hung_up || !s->engaged || s->half || !over_tcp(c))
		return false;
	s->half = c->again = true;
	return true;
}

/* Goes on until there is something to wait for. */
static void drive(struct conn *c)
{
	unsigned int rounds = 0;

	c->busy = true;
	while (!c->broken && conn_io_flush(c) && rounds < CONN_ROUNDS) {
		enum stream_want want = c->stream->want;

		if (want == STREAM_CLOSE || (want == STREAM_LINGER && !c->socket)) {
			conn_close(c);
			return;
		}
		if (want == STREAM_LINGER && !c->shut) {
			shutdown(c->out_fd, SHUT_WR);
			c->shut = true;
		}
		rounds += c->stream->more;
		if (c->again)
			step(c, span_of(c->kept, c->kept_len));
		else if (want != STREAM_WAIT && c->readable)
			take(c);
		else if (!tell_half(c))
			break;
	}
	c->busy = false;
	if (c->broken || (c->gone && c->stream->engaged))
		conn_close(c);
	else
		await(c, rounds == CONN_ROUNDS);
}

static void in_ready(struct loop_watch *w, uint32_t events)
{
	struct conn *c = loop_owner(w, struct conn, in);

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->readable = !c->ended;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->hung_up = true;
	c->gone = c->gone || (c->socket && events & (EPOLLHUP | EPOLLERR));
	drive(c);
}

static void out_ready(struct loop_watch *w, uint32_t events)
{
	struct conn *c = loop_owner(w, struct conn, out);

	if (events & EPOLLERR)
		c->broken = true;
	drive(c);
}

static void wake(struct stream *s)
{
	struct conn *c = (struct conn *)(void *)s - 1;

	c->again = true;
	if (!c->busy)
		drive(c);
}

static void expired(struct loop_timer *t)
{
	struct conn *c = loop_owner(t, struct conn, timer);
	int64_t now = c->set->loop->now;
	struct builder out;

	if (c->unsent && now >= c->send_by && !conn_io_slow(c)) {
		conn_close(c);
		return;
	}
	if (!c->unsent && now >= c->stream->deadline) {
		builder_init(&out, output, sizeof output);
		c->stream->kind->expired(c->stream, span_of(c->kept, c->kept_len), &out, now);
		deliver(c, &out);
		c->again = true;
	}
	drive(c);
}

bool conn_start(struct conn_set *set, const struct stream_kind *kind, void *context, int in_fd,
                int out_fd, struct client *client)
{
	struct conn *c = calloc(1, sizeof *c + kind->size);
	struct stat st;

	if (!c)
		return false;
	c->set = set;
	c->client = client;
	c->in_fd = in_fd;
	c->out_fd = out_fd;
	c->in = (struct loop_watch){ .fd = -1, .ready = in_ready };
	c->out = (struct loop_watch){ .fd = -1, .ready = out_ready };
	c->timer.expired = expired;
	c->socket = in_fd == out_fd || (fstat(in_fd, &st) == 0 && S_ISSOCK(st.st_mode));
	c->readable = true;
	c->stream = (struct stream *)(c + 1);
	c->stream->kind = kind;
	c->stream->wake = wake;
	kind->start(c->stream, context, set->loop->now);
	append_to_set(c);
	set->n++;
	drive(c);
	return true;
}

void conn_drain_all(struct conn_set *set)
{
	struct conn *next;

	for (struct conn *c = set->oldest; c; c = next) {
		next = c->newer;
		c->stream->draining = true;
		/* A request that is here but was not read yet is read before the stream looks. */
		if (conn_io_flush(c) && c->stream->want == STREAM_READ && !c->ended)
			take(c);
		c->again = true;
		drive(c);
	}
}

int conn_fd(const struct stream *s)
{
	const struct conn *c = (const struct conn *)(const void *)s - 1;

	return c->in_fd;
}

static bool name_of(const struct stream *s, struct addr *a,
                    int (*ask)(int fd, struct sockaddr *name, socklen_t *len))
{
	struct sockaddr_storage name;
	socklen_t len = sizeof name;

	if (ask(conn_fd(s), (struct sockaddr *)&name, &len) < 0)
		return false;
	addr_set(a, (struct sockaddr *)&name, len);
	return true;
}

bool conn_peer(const struct stream *s, struct addr *a)
{
	return name_of(s, a, getpeername);
}

bool conn_local(const struct stream *s, struct addr *a)
{
	return name_of(s, a, getsockname);
}

bool conn_evict(struct conn_set *set)
{
	for (struct conn *c = set->oldest; c; c = c->newer)
		if (c->stream->want == STREAM_READ && !c->stream->engaged && !c->unsent && !c->busy) {
			conn_close(c);
			return true;
		}
	return false;
}
