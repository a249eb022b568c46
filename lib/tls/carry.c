/* A TLS connection and its plain side, with poll(2) in between. */
#include "tls/carry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"

/* What a step came to. */
enum step { STILL, MOVED, BROKEN };

/* After a call that failed: whether the descriptor was only not ready. */
static bool not_ready(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static bool transport_gone(void)
{
	return errno == EPIPE || errno == ECONNRESET;
}

static void end_in(struct carry *c)
{
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
}

/* A socket may still be open under the other number: its reader learns of the end all the same. */
static void end_out(struct carry *c)
{
	if (c->out < 0)
		return;
	shutdown(c->out, SHUT_WR);
	close(c->out);
	c->out = -1;
}

static enum step send_records(struct carry *c)
{
	struct span records = pump_records(c->pump);
	ssize_t n;

	if (records.len == 0 || (!c->may_send && !c->pump->deaf))
		return STILL;
	/* What the other side said before it went away is still to be read. */
	n = c->pump->deaf ? (ssize_t)records.len : write(c->fd, records.p, records.len);
	if (n < 0 && transport_gone()) {
		c->pump->deaf = true;
		end_in(c);
		return MOVED;
	}
	if (n < 0) {
		c->may_send = false;
		return not_ready() ? STILL : BROKEN;
	}
	c->may_send = n == (ssize_t)records.len;
	pump_records_sent(c->pump, (size_t)n);
	return MOVED;
}

/* Bytes are read when the last ones are used up, so that the transport's end comes behind them all. */
static enum step receive(struct carry *c)
{
	size_t room, fed;
	ssize_t n;

	if (c->len == 0 && c->may_receive && pump_room(c->pump, &room)) {
		n = read(c->fd, c->bytes, sizeof c->bytes);
		if (n == 0 || (n < 0 && transport_gone())) {
			pump_transport_ended(c->pump);
			return MOVED;
		}
		c->may_receive = n == sizeof c->bytes;
		if (n < 0)
			return not_ready() ? STILL : BROKEN;
		c->at = 0;
		c->len = (size_t)n;
	}
	fed = pump_feed(c->pump, span_of(c->bytes + c->at, c->len));
	c->at += fed;
	c->len -= fed;
	return fed > 0 ? MOVED : STILL;
}

static enum step read_in(struct carry *c)
{
	size_t room;
	unsigned char *at = c->in >= 0 && c->may_read ? pump_space(c->pump, &room) : NULL;
	ssize_t n;

	if (!at)
		return STILL;
	n = read(c->in, at, room);
	c->may_read = n == (ssize_t)room && !c->in_blocks;
	if (n < 0)
		return not_ready() ? STILL : BROKEN;
	if (n == 0) {
		end_in(c);
		return MOVED;
	}
	c->sent += (uint64_t)n;
	pump_written(c->pump, (size_t)n);
	pump_flush(c->pump);
	return MOVED;
}

/* A pipe that is ready takes that much without making the writer wait. */
static size_t piece(const struct carry *c, size_t len)
{
	return c->out_blocks && !c->out_is_file && len > PIPE_BUF ? PIPE_BUF : len;
}

static enum step write_out(struct carry *c)
{
	struct span data = pump_data(c->pump);
	ssize_t n;

	if (data.len == 0)
		return STILL;
	if (c->out < 0) {
		pump_data_used(c->pump, data.len);
		return MOVED;
	}
	if (!c->may_write)
		return STILL;
	data.len = piece(c, data.len);
	n = write(c->out, data.p, data.len);
	c->may_write = n == (ssize_t)data.len && (!c->out_blocks || c->out_is_file);
	if (n < 0 && transport_gone()) {
		end_out(c);
		return MOVED;
	}
	if (n < 0)
		return not_ready() ? STILL : BROKEN;
	c->received += (uint64_t)n;
	pump_data_used(c->pump, (size_t)n);
	return MOVED;
}

/* When nothing comes from `in` any more: what the other side, and we, still have to do. */
static void in_is_over(struct carry *c)
{
	if (c->in >= 0 || (c->deaf_to_end && c->out >= 0))
		return;
	pump_half_close(c->pump);
	if (c->out >= 0 || pump_records(c->pump).len > 0 || c->linger != DEADLINE_NEVER)
		return;
	shutdown(c->fd, SHUT_WR);
	c->linger = deadline_in(CARRY_LINGER_MS);
}

/* Whether it is over, and how. */
static bool over(struct carry *c, enum carry_end *end)
{
	*end = CARRY_DONE;
	switch (pump_state(c->pump)) {
	case PUMP_HANDSHAKE:
	case PUMP_OPEN:
		return false;
	case PUMP_ENDED:
		break;
	case PUMP_CUT:
		if (c->out >= 0)
			*end = CARRY_CUT;
		break;
	case PUMP_FAILED:
		*end = CARRY_TLS;
		break;
	}
	return true;
}

/* The limits, the nearest first; true when one is reached. */
static bool late(const struct carry *c, int64_t now, int64_t *next, enum carry_end *end)
{
	int64_t idle = DEADLINE_NEVER;

	if (c->idle_ms > 0)
		idle = c->moved > DEADLINE_NEVER - c->idle_ms ? DEADLINE_NEVER : c->moved + c->idle_ms;
	*next = deadline_first(deadline_first(idle, c->deadline), c->linger);
	*end = now >= c->linger ? CARRY_DONE : now >= c->deadline ? CARRY_TOTAL : CARRY_IDLE;
	return now >= *next;
}

/*
 * A descriptor that nothing is wanted of is left out: its hanging up would end every wait.
 * But for `out`, whose reader's going away is worth to be known.
 */
static enum step wait_for_more(struct carry *c, int64_t now, int64_t next)
{
	bool sends = pump_records(c->pump).len > 0;
	struct pollfd fds[3];
	size_t room;

	fds[0] = (struct pollfd){ .fd = c->fd };
	if (sends)
		fds[0].events |= POLLOUT;
	if (c->len == 0 && pump_room(c->pump, &room))
		fds[0].events |= POLLIN;
	if (fds[0].events == 0)
		fds[0].fd = -1;
	fds[1] = (struct pollfd){ .fd = c->in >= 0 && pump_space(c->pump, &room) ? c->in : -1,
		                  .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = c->out,
		                  .events = pump_data(c->pump).len > 0 ? POLLOUT : 0 };
	if (poll(fds, 3, deadline_wait(next, now)) < 0)
		return errno == EINTR ? STILL : BROKEN;
	/* What is broken says so when it is used. */
	c->may_send = c->may_send || fds[0].revents & ~POLLIN;
	c->may_receive = c->may_receive || fds[0].revents & ~POLLOUT;
	c->may_read = c->may_read || fds[1].revents;
	c->may_write = c->may_write || fds[2].revents & POLLOUT;
	if (fds[2].revents & (POLLERR | POLLHUP | POLLNVAL))
		end_out(c);
	return STILL;
}

static bool blocks(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || !(flags & O_NONBLOCK);
}

static void begin(struct carry *c)
{
	struct stat status;

	c->sent = c->received = 0;
	c->at = c->len = 0;
	c->moved = deadline_now();
	c->linger = DEADLINE_NEVER;
	c->in_blocks = blocks(c->in);
	c->out_blocks = blocks(c->out);
	c->out_is_file = fstat(c->out, &status) == 0 && S_ISREG(status.st_mode);
	c->may_send = c->may_receive = true;
	c->may_read = !c->in_blocks;
	c->may_write = !c->out_blocks || c->out_is_file;
}

/* Each of the four once. */
static enum step all_steps(struct carry *c, enum carry_end *end)
{
	static enum step (*const steps[])(struct carry *) = { send_records, receive, write_out, read_in };
	static const enum carry_end ends[] = { CARRY_SYSTEM, CARRY_SYSTEM, CARRY_OUT, CARRY_IN };
	enum step all = STILL;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		enum step one = steps[i](c);

		*end = ends[i];
		if (one == BROKEN)
			return BROKEN;
		all = one == MOVED ? MOVED : all;
	}
	return all;
}

static enum carry_end run(struct carry *c)
{
	enum carry_end end;
	int64_t next;

	for (;;) {
		enum step step = all_steps(c, &end);
		int64_t now = deadline_now();

		if (step == BROKEN || over(c, &end))
			return end;
		in_is_over(c);
		if (step == MOVED)
			c->moved = now;
		if (late(c, now, &next, &end))
			return end;
		if (step == STILL && wait_for_more(c, now, next) == BROKEN)
			return CARRY_SYSTEM;
	}
}

enum carry_end carry_run(struct carry *c)
{
	enum carry_end end;
	int error;

	begin(c);
	end = run(c);
	error = errno;
	/* Our end, or what is wrong with theirs, as far as it can be said without waiting. */
	if (end == CARRY_IDLE || end == CARRY_TOTAL || end == CARRY_IN || end == CARRY_OUT)
		pump_close(c->pump);
	while (send_records(c) == MOVED)
		;
	end_in(c);
	end_out(c);
	errno = error;
	return end;
}
