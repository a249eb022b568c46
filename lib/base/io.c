/* Descriptors under a deadline. */
#include "base/io.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"

const char *io_strerror(enum io_result result)
{
	switch (result) {
	case IO_OK:
		return "success";
	case IO_END:
		return "end of input";
	case IO_TIMEOUT:
		return "timed out";
	case IO_TOO_LONG:
		return "too long";
	case IO_ERROR:
		return strerror(errno);
	}
	return "unknown";
}

enum io_result io_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t now = deadline_now();
		int n = poll(&p, 1, deadline_wait(deadline, now));

		if (n > 0)
			return IO_OK;
		if (n < 0 && errno != EINTR)
			return IO_ERROR;
		if (deadline_now() >= deadline)
			return IO_TIMEOUT;
	}
}

static bool again(void)
{
	return errno == EINTR || errno == EAGAIN;
}

enum io_result io_read(int fd, void *buf, size_t cap, size_t *len, int64_t deadline)
{
	*len = 0;
	for (;;) {
		enum io_result r = io_wait(fd, POLLIN, deadline);
		ssize_t n;

		if (r != IO_OK)
			return r;
		n = read(fd, buf, cap);
		if (n == 0)
			return IO_END;
		if (n > 0) {
			*len = (size_t)n;
			return IO_OK;
		}
		if (!again())
			return IO_ERROR;
	}
}

enum io_result io_read_all(int fd, void *buf, size_t len, int64_t deadline)
{
	for (size_t at = 0; at < len;) {
		size_t n;
		enum io_result r = io_read(fd, (char *)buf + at, len - at, &n, deadline);

		if (r != IO_OK)
			return r;
		at += n;
	}
	return IO_OK;
}

enum io_result io_read_end(int fd, void *buf, size_t cap, size_t *len, int64_t deadline)
{
	unsigned char beyond;
	size_t n;
	enum io_result r = IO_OK;

	for (*len = 0; *len < cap && r == IO_OK; *len += n)
		r = io_read(fd, (char *)buf + *len, cap - *len, &n, deadline);
	if (r == IO_OK && (r = io_read(fd, &beyond, 1, &n, deadline)) == IO_OK)
		return IO_TOO_LONG;
	return r == IO_END ? IO_OK : r;
}

enum io_result io_write_all(int fd, struct span bytes, int64_t deadline)
{
	while (bytes.len > 0) {
		enum io_result r = io_wait(fd, POLLOUT, deadline);
		ssize_t n;

		if (r != IO_OK)
			return r;
		n = write(fd, bytes.p, bytes.len < PIPE_BUF ? bytes.len : PIPE_BUF);
		if (n > 0)
			bytes = span_from(bytes, (size_t)n);
		else if (n < 0 && !again())
			return IO_ERROR;
	}
	return IO_OK;
}

void io_lines_init(struct io_lines *in, int fd, void *buf, size_t cap)
{
	*in = (struct io_lines){ .fd = fd, .buf = buf, .cap = cap };
}

/* Moves the unread bytes to the front and reads more behind them. */
static enum io_result more(struct io_lines *in, int64_t deadline)
{
	enum io_result r;
	size_t n;

	if (in->start > 0) {
		memmove(in->buf, in->buf + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	if (in->end == in->cap)
		return IO_TOO_LONG;
	r = io_read(in->fd, in->buf + in->end, in->cap - in->end, &n, deadline);
	in->end += n;
	return r;
}

enum io_result io_line(struct io_lines *in, struct span *line, int64_t deadline)
{
	size_t seen = 0;

	for (;;) {
		struct span left = span_of(in->buf + in->start, in->end - in->start);
		size_t at = seen + span_find(span_from(left, seen), '\n');
		enum io_result r;

		if (at < left.len || (in->ended && left.len > 0)) {
			*line = span_head(left, at);
			in->start += at < left.len ? at + 1 : at;
			return IO_OK;
		}
		if (in->ended)
			return IO_END;
		seen = left.len;
		r = more(in, deadline);
		if (r == IO_END)
			in->ended = true;
		else if (r != IO_OK)
			return r;
	}
}
