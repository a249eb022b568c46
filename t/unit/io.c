/* Reading and writing under a deadline: short reads, ends, signals, time. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

enum { SOON_MS = 30, LATE_MS = 20000 };

static int in, out; /* the ends of a pipe, or of a pair of sockets */
static char buf[300000];
static size_t len;

static void pipe_open(void)
{
	int fds[2];

	if (pipe(fds) < 0)
		abort();
	in = fds[0];
	out = fds[1];
}

static void pair_open(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		abort();
	in = fds[0];
	out = fds[1];
}

static void both_close(void)
{
	close(in);
	close(out);
}

static void put(const char *text)
{
	if (write(out, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
}

/* A child that writes the bytes one at a time, each when the one before was taken. */
static pid_t drip(const char *text, size_t n)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(in);
		for (size_t i = 0; i < n; i++)
			if (write(out, text + i, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(out);
	out = -1;
	return pid;
}

static void reap(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid && status == 0, "the other side was content");
}

static bool timed_out(enum io_result r, int64_t start)
{
	int64_t took = deadline_now() - start;

	return r == IO_TIMEOUT && took >= SOON_MS && took < LATE_MS;
}

static void reading(void)
{
	int64_t start;

	pipe_open();
	put("hello");
	check(io_read(in, buf, 3, &len, deadline_in(LATE_MS)) == IO_OK && len == 3, "a part");
	check(io_read(in, buf, 99, &len, deadline_in(LATE_MS)) == IO_OK && len == 2 &&
	              memcmp(buf, "lo", 2) == 0,
	      "the rest, without waiting for more");
	start = deadline_now();
	check(timed_out(io_read(in, buf, 99, &len, deadline_in(SOON_MS)), start) && len == 0,
	      "nothing comes: the deadline");
	check(io_read(in, buf, 99, &len, deadline_now()) == IO_TIMEOUT, "no waiting at all");
	put("x");
	check(io_read(in, buf, 99, &len, deadline_now() - 1000) == IO_OK && len == 1,
	      "what is ready is taken");
	fcntl(in, F_SETFL, O_NONBLOCK);
	start = deadline_now();
	check(timed_out(io_read(in, buf, 99, &len, deadline_in(SOON_MS)), start),
	      "the same without blocking");
	close(out);
	check(io_read(in, buf, 99, &len, DEADLINE_NEVER) == IO_END && len == 0, "the end");
	close(in);
	check(io_read(in, buf, 99, &len, deadline_in(LATE_MS)) == IO_ERROR && errno == EBADF && len == 0,
	      "no descriptor");
}

static void reading_all(void)
{
	static char text[5000];
	pid_t pid;

	memset(text, 'a', sizeof text);
	pipe_open();
	pid = drip(text, sizeof text);
	check(io_read_all(in, buf, sizeof text, deadline_in(LATE_MS)) == IO_OK &&
	              memcmp(buf, text, sizeof text) == 0,
	      "all of it, however it comes");
	check(io_read_all(in, buf, 1, deadline_in(LATE_MS)) == IO_END, "and the end");
	reap(pid);
	close(in);

	pipe_open();
	put("abc");
	check(io_read_all(in, buf, 0, deadline_now()) == IO_OK, "nothing is always there");
	check(io_read_all(in, buf, 4, deadline_in(SOON_MS)) == IO_TIMEOUT, "one byte is missing");
	close(out);
	check(io_read_all(in, buf, 1, deadline_in(LATE_MS)) == IO_END, "the end comes before it");
	close(in);
}

static void reading_end(void)
{
	static const struct {
		size_t cap;
		enum io_result result;
		size_t len;
	} ends[] = { { 6, IO_OK, 5 }, { 5, IO_OK, 5 }, { 4, IO_TOO_LONG, 4 }, { 0, IO_TOO_LONG, 0 } };
	int64_t start;

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		pipe_open();
		put("hello");
		close(out);
		check(io_read_end(in, buf, ends[i].cap, &len, deadline_in(LATE_MS)) == ends[i].result &&
		              len == ends[i].len,
		      "five bytes with a cap of %zu", ends[i].cap);
		close(in);
	}
	pipe_open();
	close(out);
	check(io_read_end(in, buf, 9, &len, deadline_in(LATE_MS)) == IO_OK && len == 0, "no bytes");
	close(in);
	for (size_t cap = 5; cap < 7; cap++) {
		pipe_open();
		put("hello");
		start = deadline_now();
		check(timed_out(io_read_end(in, buf, cap, &len, deadline_in(SOON_MS)), start) && len == 5,
		      "no end comes, cap of %zu", cap);
		both_close();
	}
}

static void interrupted(int signal_number)
{
	(void)signal_number;
}

static void signals(void)
{
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, none = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = interrupted };
	int64_t start;

	sigaction(SIGALRM, &action, NULL);
	pipe_open();
	setitimer(ITIMER_REAL, &often, NULL);
	start = deadline_now();
	check(timed_out(io_read(in, buf, 9, &len, deadline_in(SOON_MS)), start),
	      "signals do not lengthen or shorten the wait");
	setitimer(ITIMER_REAL, &none, NULL);
	both_close();
}

/* A child that reads to the end and says whether it was `n` times 'b'. */
static pid_t drain(size_t n)
{
	pid_t pid = fork();

	if (pid == 0) {
		size_t got = 0;
		ssize_t r;

		close(out);
		while ((r = read(in, buf, 777)) > 0)
			for (ssize_t i = 0; i < r; i++)
				got += buf[i] == 'b';
		_exit(r < 0 || got != n);
	}
	close(in);
	in = -1;
	return pid;
}

static void writing_through(void (*open_both)(void), int flags, const char *about)
{
	static char text[250000];
	pid_t pid;

	memset(text, 'b', sizeof text);
	open_both();
	fcntl(out, F_SETFL, flags);
	pid = drain(sizeof text);
	check(io_write_all(out, span_of(text, sizeof text), deadline_in(LATE_MS)) == IO_OK, "%s",
	      about);
	close(out);
	reap(pid);
}

static void writing_stops(void (*open_both)(void), int flags, const char *about)
{
	int64_t start;

	open_both();
	fcntl(out, F_SETFL, flags);
	start = deadline_now();
	check(timed_out(io_write_all(out, span_of(buf, sizeof buf), deadline_in(SOON_MS)), start),
	      "%s", about);
	both_close();
}

static void writing(void)
{
	writing_through(pipe_open, 0, "more than a pipe holds");
	writing_through(pipe_open, O_NONBLOCK, "... without blocking");
	writing_through(pair_open, 0, "more than a socket holds");
	writing_through(pair_open, O_NONBLOCK, "... without blocking");
	writing_stops(pipe_open, 0, "nobody reads the pipe: the deadline");
	writing_stops(pipe_open, O_NONBLOCK, "... without blocking");
	writing_stops(pair_open, 0, "nobody reads the socket: the deadline");
	writing_stops(pair_open, O_NONBLOCK, "... without blocking");

	pipe_open();
	check(io_write_all(out, span_of(NULL, 0), deadline_now()) == IO_OK, "nothing");
	close(in);
	check(io_write_all(out, span_str("x"), deadline_in(LATE_MS)) == IO_ERROR && errno == EPIPE,
	      "nobody is there");
	close(out);
}

static struct io_lines lines;

static bool next(const char *text)
{
	struct span line;

	return io_line(&lines, &line, deadline_in(LATE_MS)) == IO_OK && span_is(line, text);
}

static enum io_result none(int64_t deadline)
{
	struct span line;

	return io_line(&lines, &line, deadline);
}

static void reading_lines(void)
{
	char storage[8];
	pid_t pid;

	pipe_open();
	io_lines_init(&lines, in, storage, sizeof storage);
	put("a\n\nbc\r\n1234567\nlast");
	close(out);
	check(next("a") && next("") && next("bc\r"), "lines, an empty one among them");
	check(next("1234567"), "the longest that fits");
	check(next("last"), "the last needs no newline");
	check(none(deadline_in(LATE_MS)) == IO_END && none(deadline_in(LATE_MS)) == IO_END, "the end");
	close(in);

	pipe_open();
	io_lines_init(&lines, in, storage, sizeof storage);
	put("a\n12345678\n");
	check(next("a") && none(deadline_in(LATE_MS)) == IO_TOO_LONG, "one byte too long");
	both_close();

	pipe_open();
	io_lines_init(&lines, in, storage, sizeof storage);
	put("ab");
	check(none(deadline_in(SOON_MS)) == IO_TIMEOUT, "half a line: the deadline");
	put("c\nd\n");
	check(next("abc") && next("d"), "nothing was lost by it");
	check(write(out, "\0x\n", 3) == 3 && none(deadline_in(LATE_MS)) == IO_OK, "a NUL is a byte");
	close(out);
	check(none(deadline_in(LATE_MS)) == IO_END, "an end right after a newline");
	close(in);

	pipe_open();
	io_lines_init(&lines, in, storage, sizeof storage);
	pid = drip("one\ntwo\nthree\n", 14);
	check(next("one") && next("two") && next("three"), "a byte at a time");
	check(none(deadline_in(LATE_MS)) == IO_END, "... and the end");
	reap(pid);
	close(in);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	fflush(stdout);
	setvbuf(stdout, NULL, _IONBF, 0); /* nothing for a child to write again */
	reading();
	reading_all();
	reading_end();
	signals();
	writing();
	reading_lines();
	check(io_wait(-1, POLLIN, deadline_in(SOON_MS)) == IO_TIMEOUT, "no descriptor is never ready");
	errno = ENOENT;
	check(strcmp(io_strerror(IO_ERROR), strerror(ENOENT)) == 0 &&
	              strcmp(io_strerror(IO_TIMEOUT), "timed out") == 0,
	      "results have names");
	return tap_end();
}
