/*
 * io: reading and writing descriptors under a deadline.
 *
 * One file handles EINTR, EAGAIN, short reads, short writes and the end of
 * input for everybody. Descriptors may be blocking or not: every call polls
 * first, so a deadline (base/deadline.h, absolute) is kept on sockets, pipes
 * and terminals; a regular file is always ready. A blocking descriptor is
 * written in pieces no larger than a pipe takes at once.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum io_result {
	IO_OK,
	IO_END,      /* the other side is done: nothing more will come */
	IO_TIMEOUT,  /* the deadline passed */
	IO_TOO_LONG, /* a line or a body is longer than its cap */
	IO_ERROR     /* a system call failed; errno says how */
};

/* What a result means, for a message. */
const char *io_strerror(enum io_result result);

/*
 * Waits until `fd` is ready for `events` (POLLIN, POLLOUT): IO_OK, IO_TIMEOUT,
 * IO_ERROR. Here and below, what is ready is taken even when the deadline has
 * passed (with deadline_now(), nothing is waited for). Each call ends at its
 * cap all the same; who calls in a loop looks at the clock.
 */
enum io_result io_wait(int fd, short events, int64_t deadline);

/*
 * Reads at least one byte and at most `cap` (> 0) into `buf`; the count is
 * left in `*len`. IO_END at the end of input, with `*len` 0.
 */
enum io_result io_read(int fd, void *buf, size_t cap, size_t *len, int64_t deadline);

/* Reads exactly `len` bytes; IO_END when the input ends before that. */
enum io_result io_read_all(int fd, void *buf, size_t len, int64_t deadline);

/*
 * Reads to the end of input into `buf`; the count is left in `*len`.
 * IO_TOO_LONG when there is more than `cap`.
 */
enum io_result io_read_end(int fd, void *buf, size_t cap, size_t *len, int64_t deadline);

/* Writes all of `bytes`. A reader that went away is IO_ERROR with EPIPE. */
enum io_result io_write_all(int fd, struct span bytes, int64_t deadline);

/* Input read in lines, over storage of the caller's. */
struct io_lines {
	int fd;
	unsigned char *buf;
	size_t cap, start, end;
	bool ended;
};

/* Starts over `fd` with `cap` bytes at `buf`: the longest line is `cap` with its newline. */
void io_lines_init(struct io_lines *in, int fd, void *buf, size_t cap);

/*
 * The next line without its newline (a CR before it stays), valid until the
 * next call; the last line needs no newline. IO_END after it. IO_TOO_LONG
 * for a line that does not fit: the input is then of no further use.
 */
enum io_result io_line(struct io_lines *in, struct span *line, int64_t deadline);

#endif
