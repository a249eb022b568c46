/* Bytes of the two sides of a connection. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/front_conn.h"

enum { EVENTS = EPOLLIN | EPOLLRDHUP | EPOLLET, WASTE_TURNS = 16 };

/* A socket that others share is not made non-blocking; ours are asked not to wait each time. */
ssize_t front_read(struct front_side *s, void *to, size_t room)
{
	ssize_t n;

	do
		n = s->socket ? recv(s->in, to, room, MSG_DONTWAIT) : read(s->in, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) {
		s->readable = false;
		return 0;
	}
	if (n <= 0)
		return n == 0 ? FRONT_OVER : FRONT_BROKEN;
	/* All there was, unless its end, which is told once, is behind it. */
	s->readable = n == (ssize_t)room || s->hung_up || !s->socket;
	return n;
}

ssize_t front_write(struct front_side *s, struct span bytes)
{
	ssize_t n;

	do
		n = s->socket ? send(s->out, bytes.p, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL)
		              : write(s->out, bytes.p, bytes.len);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN) {
		s->writable = false;
		return 0;
	}
	if (n < 0)
		return FRONT_BROKEN;
	s->writable = n == (ssize_t)bytes.len;
	return n;
}

bool front_want(struct front_conn *c, struct front_side *s, bool out)
{
	if (s->in != s->out || s->in_watch.fd < 0 || !out || s->out_wanted)
		return true;
	s->out_wanted = true;
	return loop_change(front_loop(c), &s->in_watch, EVENTS | EPOLLOUT);
}

/* A file cannot be waited for: it is always ready. */
static bool watch(struct front_conn *c, struct loop_watch *w, int fd, uint32_t events)
{
	return w->fd >= 0 || loop_add(front_loop(c), w, fd, events) || errno == EPERM;
}

bool front_watch(struct front_conn *c, struct front_side *s)
{
	return watch(c, &s->in_watch, s->in, EVENTS) &&
	       (s->in == s->out || watch(c, &s->out_watch, s->out, EPOLLOUT | EPOLLET));
}

void front_close(struct front_conn *c, struct front_side *s)
{
	loop_forget(front_loop(c), &s->in_watch);
	loop_forget(front_loop(c), &s->out_watch);
	if (s->in >= 0)
		close(s->in);
	if (s->out >= 0 && s->out != s->in)
		close(s->out);
	s->in = s->out = -1;
}

void front_shut(struct front_conn *c, struct front_side *s)
{
	if (s->socket) {
		shutdown(s->out, SHUT_WR);
	} else if (s->out >= 0 && s->out != s->in) {
		loop_forget(front_loop(c), &s->out_watch);
		close(s->out);
		s->out = -1;
	}
}

bool front_drained(struct front_side *s)
{
	static unsigned char waste[65536];
	ssize_t n = 1;

	/* Whoever sends without end is not read to it. */
	for (int i = 0; i < WASTE_TURNS && n > 0; i++)
		n = front_read(s, waste, sizeof waste);
	return n < 0;
}
