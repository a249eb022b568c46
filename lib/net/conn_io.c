/* The bytes of a connection: received, kept, sent. */
#include "net/conn_io.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"

enum {
	INPUT_ROOM = 32768,
	KEPT_MIN = 1024,
	TCP_INFO_ACKED = 120 /* where tcpi_bytes_acked is in struct tcp_info, which not every libc knows */
};

/* Sends now what can be sent. Returns how much went. */
static size_t send_now(struct conn *c, const unsigned char *p, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = c->socket ? send(c->out_fd, p + at, len - at, MSG_NOSIGNAL | MSG_DONTWAIT)
		                      : write(c->out_fd, p + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			c->broken = errno != EAGAIN;
			break;
		}
		at += (size_t)n;
	}
	return at;
}

/* Keeps output the socket did not take. */
static void keep_unsent(struct conn *c, const unsigned char *p, size_t len)
{
	c->unsent = malloc(len);
	if (!c->unsent) {
		c->broken = true;
		return;
	}
	memcpy(c->unsent, p, len);
	c->unsent_at = 0;
	c->unsent_len = len;
	c->send_by = deadline_in(CONN_SEND_MS);
}

void conn_io_send(struct conn *c, struct span bytes)
{
	size_t sent = send_now(c, bytes.p, bytes.len);

	if (sent < bytes.len && !c->broken)
		keep_unsent(c, bytes.p + sent, bytes.len - sent);
}

bool conn_io_slow(struct conn *c)
{
	unsigned char info[TCP_INFO_ACKED + sizeof c->acked] = { 0 };
	socklen_t len = sizeof info;
	uint64_t before = c->acked;

	if (!c->socket || getsockopt(c->out_fd, IPPROTO_TCP, TCP_INFO, info, &len) < 0 || len < sizeof info)
		return false;
	memcpy(&c->acked, info + TCP_INFO_ACKED, sizeof c->acked);
	if (c->acked - before < CONN_SEND_LEAST)
		return false;
	c->send_by = deadline_in(CONN_SEND_MS);
	return true;
}

bool conn_io_flush(struct conn *c)
{
	size_t sent;

	if (!c->unsent)
		return true;
	sent = send_now(c, c->unsent + c->unsent_at, c->unsent_len - c->unsent_at);
	if (sent > 0)
		c->send_by = deadline_in(CONN_SEND_MS);
	c->unsent_at += sent;
	if (c->unsent_at < c->unsent_len)
		return false;
	free(c->unsent);
	c->unsent = NULL;
	return true;
}

void conn_io_keep(struct conn *c, struct span all, size_t used)
{
	size_t left = all.len - used;

	if (left == 0) {
		free(c->kept);
		c->kept = NULL;
		c->kept_room = 0;
	} else if (all.p == c->kept) {
		memmove(c->kept, c->kept + used, left);
	} else {
		c->kept_room = left < KEPT_MIN ? KEPT_MIN : left;
		c->kept = malloc(c->kept_room);
		if (!c->kept)
			c->broken = true;
		else
			memcpy(c->kept, all.p + used, left);
	}
	c->kept_len = c->kept ? left : 0;
}

/* Room behind the kept input; false when memory is short. */
static bool make_room(struct conn *c)
{
	unsigned char *p;

	if (c->kept_len < c->kept_room)
		return true;
	p = realloc(c->kept, c->kept_room * 2);
	if (!p)
		return false;
	c->kept = p;
	c->kept_room *= 2;
	return true;
}

static ssize_t receive(struct conn *c, unsigned char *p, size_t room)
{
	ssize_t n;

	do
		n = c->socket ? recv(c->in_fd, p, room, MSG_DONTWAIT) : read(c->in_fd, p, room);
	while (n < 0 && errno == EINTR);
	return n;
}

bool conn_io_receive(struct conn *c, struct span *all)
{
	static unsigned char input[INPUT_ROOM];
	unsigned char *p = input;
	size_t room = sizeof input;
	ssize_t n;

	if (c->kept) {
		if (!make_room(c)) {
			c->broken = true;
			return false;
		}
		p = c->kept + c->kept_len;
		room = c->kept_room - c->kept_len;
	}
	n = receive(c, p, room);
	/* The loop tells readiness once: read on until it is sure that nothing is left. */
	c->readable = n > 0 && (n == (ssize_t)room || c->hung_up || !c->socket);
	if (n < 0) {
		c->broken = errno != EAGAIN;
		return false;
	}
	c->ended = n == 0;
	c->kept_len += c->kept ? (size_t)n : 0;
	*all = c->kept ? span_of(c->kept, c->kept_len) : span_of(input, (size_t)n);
	return true;
}
