/* One direction of a pair: copied or spliced, as far as it goes. */
#include "net/pair_flow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/pair_pipe.h"

/* Steps of one direction before the others have their turn. */
enum { TURNS = 16 };

enum step { STEP_MOVED, STEP_STUCK };

static struct pair_side *from_of(struct pair *p, struct pair_flow *f)
{
	return &p->side[f - p->flow];
}

static struct pair_side *to_of(struct pair *p, struct pair_flow *f)
{
	return &p->side[f == p->flow];
}

bool pair_flow_pending(const struct pair_flow *f)
{
	return f->unsent || f->pipe;
}

void pair_flow_drop(struct pair_flow *f)
{
	free(f->unsent);
	f->unsent = NULL;
	pair_pipe_give(f->pipe);
	f->pipe = NULL;
}

/* The receiver takes nothing more. What still comes for it is read and dropped. */
static void cut(struct pair_flow *f)
{
	pair_flow_drop(f);
	f->shut = true;
}

/* The sender broke. What came before is still delivered, but nothing goes back. */
static void broken(struct pair *p, struct pair_flow *f)
{
	p->reset = f->ended = true;
	cut(&p->flow[f == p->flow]);
}

/* Tells the receiver that this was all. */
static void shut(struct pair *p, struct pair_flow *f)
{
	struct pair_side *to = to_of(p, f);

	const struct pair_flow *back = &p->flow[f == p->flow];

	f->shut = true;
	/* When the other direction is over, too, closing will say it. */
	if (to->socket && back->ended && back->shut && !pair_flow_pending(back))
		return;
	if (to->socket) {
		shutdown(to->out, SHUT_WR);
		return;
	}
	loop_forget(p->loop, &to->out_watch);
	close(to->out);
	to->out = -1;
}

/* A write did not go through: the receiver is full, or gone. */
static enum step blocked(struct pair *p, struct pair_flow *f)
{
	struct pair_side *to = to_of(p, f);

	if (errno != EAGAIN) {
		cut(f);
		return STEP_STUCK;
	}
	to->writable = false;
	/* Most sockets are never full: from the first time on it is told when this one is not. */
	if (!to->out_wanted && to->in == to->out) {
		to->out_wanted = true;
		if (!loop_change(p->loop, &to->in_watch, PAIR_EVENTS | EPOLLOUT))
			cut(f);
	}
	return STEP_STUCK;
}

static void count(struct pair *p, struct pair_flow *f, size_t n)
{
	f->bytes += n;
	p->moved = p->loop->now;
}

static ssize_t put(const struct pair_side *to, const unsigned char *bytes, size_t len)
{
	ssize_t n;

	do
		n = to->socket ? send(to->out, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT)
		               : write(to->out, bytes, len);
	while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t get(const struct pair_side *from, unsigned char *bytes, size_t room)
{
	ssize_t n;

	do
		n = from->socket ? recv(from->in, bytes, room, MSG_DONTWAIT) : read(from->in, bytes, room);
	while (n < 0 && errno == EINTR);
	return n;
}

static enum step flush_copy(struct pair *p, struct pair_flow *f)
{
	ssize_t n = put(to_of(p, f), f->unsent + f->at, f->len - f->at);

	if (n < 0)
		return blocked(p, f);
	count(p, f, (size_t)n);
	f->at += (size_t)n;
	if (f->at == f->len)
		pair_flow_drop(f);
	return STEP_MOVED;
}

static enum step flush_pipe(struct pair *p, struct pair_flow *f)
{
	/* The length is exact: with a larger one the kernel would hold the end back for more. */
	ssize_t n = splice(f->pipe->out, NULL, to_of(p, f)->out, NULL, f->pipe->len,
	                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n < 0)
		return blocked(p, f);
	count(p, f, (size_t)n);
	f->pipe->len -= (size_t)n;
	if (f->pipe->len == 0)
		pair_flow_drop(f);
	return STEP_MOVED;
}

/* What reading gave when it gave no bytes. */
static enum step dry(struct pair *p, struct pair_flow *f, ssize_t n)
{
	struct pair_side *from = from_of(p, f);

	if (n == 0) {
		f->ended = true;
		return STEP_MOVED;
	}
	from->readable = false;
	if (errno == EAGAIN)
		return STEP_STUCK;
	broken(p, f);
	return STEP_MOVED;
}

/* Keeps what the receiver did not take. */
static void keep(struct pair *p, struct pair_flow *f, const unsigned char *bytes, size_t len)
{
	f->unsent = malloc(len);
	if (!f->unsent) {
		broken(p, f);
		cut(f);
		return;
	}
	memcpy(f->unsent, bytes, len);
	f->at = 0;
	f->len = len;
}

/* What the receiver takes of this now, and the rest kept for it. */
static void deliver(struct pair *p, struct pair_flow *f, const unsigned char *bytes, size_t len)
{
	ssize_t sent = put(to_of(p, f), bytes, len);

	if (sent < 0) {
		blocked(p, f);
		sent = 0;
	}
	count(p, f, (size_t)sent);
	if ((size_t)sent < len && !f->shut)
		keep(p, f, bytes + sent, len - (size_t)sent);
}

void pair_flow_begin(struct pair *p, struct pair_flow *f, struct span bytes)
{
	if (bytes.len > 0)
		deliver(p, f, bytes.p, bytes.len);
}

static enum step copy(struct pair *p, struct pair_flow *f)
{
	static unsigned char buffer[PAIR_BUFFER];
	struct pair_side *from = from_of(p, f);
	ssize_t n = get(from, buffer, sizeof buffer);

	if (n <= 0)
		return dry(p, f, n);
	/* The loop tells readiness once: read on until it is sure that nothing is left. */
	from->readable = n == (ssize_t)sizeof buffer || from->hung_up || !from->socket;
	if (!f->shut)
		deliver(p, f, buffer, (size_t)n);
	return STEP_MOVED;
}

static enum step move(struct pair *p, struct pair_flow *f)
{
	ssize_t n;

	f->pipe = pair_pipe_take();
	if (!f->pipe)
		return copy(p, f);
	n = splice(from_of(p, f)->in, NULL, f->pipe->in, NULL, PAIR_PIPE,
	           SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n <= 0) {
		int error = errno;

		pair_flow_drop(f);
		/* Not everything can be spliced: a terminal cannot, for instance. */
		if (n < 0 && error == EINVAL)
			return copy(p, f);
		errno = error;
		return dry(p, f, n);
	}
	f->pipe->len = (size_t)n;
	return STEP_MOVED;
}

static bool spliced(const struct pair *p, const struct pair_flow *f)
{
	return !f->shut && !p->side[0].blocking && !p->side[1].blocking &&
	       (f->bytes >= PAIR_SPLICE_BYTES || p->loop->now - p->started >= PAIR_SPLICE_MS);
}

bool pair_flow_run(struct pair *p, struct pair_flow *f)
{
	struct pair_side *from = from_of(p, f), *to = to_of(p, f);

	for (int i = 0; i < TURNS; i++) {
		enum step step;

		if (pair_flow_pending(f)) {
			if (!to->writable)
				return true;
			step = f->unsent ? flush_copy(p, f) : flush_pipe(p, f);
		} else if (f->ended) {
			if (!f->shut)
				shut(p, f);
			return true;
		} else if (!from->readable || (!to->writable && !f->shut)) {
			return true;
		} else {
			step = spliced(p, f) ? move(p, f) : copy(p, f);
		}
		if (step == STEP_STUCK && pair_flow_pending(f))
			return true;
	}
	return false;
}
