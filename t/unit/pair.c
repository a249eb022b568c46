/* Two connections made one: bytes, ends of each kind, limits. */
#include "net/pair.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

enum { BULK = 12 * 1000 * 1000 + 7, NEVER_MS = 20000 };

static struct loop loop;
static struct pair pair;
static enum pair_end ended;
static int n_over;
static int client, backend; /* the far ends */

static void over(struct pair *p, enum pair_end end)
{
	ended = end;
	n_over++;
	(void)p;
}

/* Two ends of a TCP connection over the loopback. */
static void tcp(int ends[2])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int l = socket(AF_INET, SOCK_STREAM, 0);

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(l, (struct sockaddr *)&a, sizeof a) < 0 || listen(l, 1) < 0 ||
	    getsockname(l, (struct sockaddr *)&a, &len) < 0 ||
	    connect(ends[0], (struct sockaddr *)&a, sizeof a) < 0)
		check(false, "connected");
	ends[1] = accept(l, NULL, NULL);
	close(l);
}

static void set_up(int64_t idle_ms, int64_t deadline)
{
	int a[2], b[2];

	tcp(a);
	tcp(b);
	fcntl(a[1], F_SETFL, O_NONBLOCK);
	fcntl(b[1], F_SETFL, O_NONBLOCK);
	client = a[0];
	backend = b[0];
	memset(&pair, 0, sizeof pair);
	loop.stop = false;
	loop.now = deadline_now();
	n_over = 0;
	pair.loop = &loop;
	pair.idle_ms = idle_ms;
	pair.deadline = deadline;
	pair.over = over;
	pair_side_init(&pair, 0, a[1], a[1], true, false);
	pair_side_init(&pair, 1, b[1], b[1], true, false);
}

static struct loop_timer tick;

static void ticked(struct loop_timer *t)
{
	(void)t;
}

/* After every batch, of which there is one every few milliseconds at least. */
static void settle(struct loop *l)
{
	l->stop = true;
	loop_timer_set(l, &tick, l->now + 2);
}

/* Until the pair is over, or `ms` have gone by. */
static void turn(int ms)
{
	for (int64_t until = deadline_in(ms); n_over == 0 && deadline_now() < until; loop.stop = false)
		loop_run(&loop);
}

static void start(const char *first)
{
	tick.expired = ticked;
	loop_timer_set(&loop, &tick, loop.now);
	pair_start(&pair, span_str(first));
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		check(false, "written");
}

/* What is there is exactly this. */
static bool hears(int fd, const char *text)
{
	char got[256];
	ssize_t n = recv(fd, got, sizeof got, MSG_DONTWAIT);

	return n == (ssize_t)strlen(text) && memcmp(got, text, (size_t)n) == 0;
}

static bool at_end(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

static bool over_as(enum pair_end end)
{
	return n_over == 1 && ended == end;
}

static void finish(void)
{
	if (n_over == 0)
		pair_close(&pair);
	close(client);
	close(backend);
}

static void ordinary(void)
{
	set_up(0, DEADLINE_NEVER);
	start("first ");
	say(client, "second");
	turn(50);
	check(hears(backend, "first second"), "the first bytes, then the client's");
	say(backend, "answer");
	turn(50);
	check(hears(client, "answer"), "and back");
	shutdown(client, SHUT_WR);
	turn(50);
	check(n_over == 0 && at_end(backend), "the client is done: the backend is told");
	say(backend, "more");
	turn(50);
	check(hears(client, "more"), "and may go on");
	shutdown(backend, SHUT_WR);
	turn(50);
	check(over_as(PAIR_DONE) && at_end(client), "both done: over");
	check(pair.flow[0].bytes == 12 && pair.flow[1].bytes == 10, "bytes are counted");
	finish();
	set_up(0, DEADLINE_NEVER);
	start(NULL);
	shutdown(backend, SHUT_WR);
	turn(50);
	check(n_over == 0 && at_end(client), "the backend is done first: the client is told");
	say(client, "still");
	turn(50);
	check(hears(backend, "still"), "and may go on, too");
	close(client);
	client = -1;
	turn(50);
	check(over_as(PAIR_DONE) && at_end(backend), "then both are");
	finish();
}

static void reset(int fd)
{
	const struct linger now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
}

static void breaks(void)
{
	set_up(0, DEADLINE_NEVER);
	start(NULL);
	say(backend, "last words");
	turn(50);
	reset(backend);
	backend = -1;
	turn(50);
	check(hears(client, "last words") && at_end(client), "a backend that breaks: what it said, and the end");
	say(client, "nobody listens");
	turn(100);
	check(n_over == 0, "the client has a moment to see it");
	close(client);
	client = -1;
	turn(200);
	check(over_as(PAIR_RESET), "then it is over: %s", pair_end_name(ended));
	finish();
	set_up(0, DEADLINE_NEVER);
	start(NULL);
	reset(client);
	client = -1;
	turn(50);
	check(at_end(backend), "a client that breaks: the backend sees the end");
	turn(PAIR_LINGER_MS + 1000);
	check(over_as(PAIR_RESET), "and is waited for no longer than a moment");
	finish();
}

static void limits(void)
{
	int64_t since = deadline_now();

	set_up(200, DEADLINE_NEVER);
	start(NULL);
	turn(120);
	say(client, "x");
	turn(120);
	check(n_over == 0 && hears(backend, "x"), "a byte starts the idle time again");
	turn(3000);
	check(over_as(PAIR_IDLE) && deadline_now() - since >= 320, "without one it ends");
	finish();
	set_up(0, deadline_in(200));
	start(NULL);
	for (int i = 0; i < 20 && n_over == 0; i++) {
		say(client, "x");
		turn(30);
	}
	check(over_as(PAIR_TOTAL), "the limit in all comes whatever is said: %s", pair_end_name(ended));
	finish();
}

/* A far end: sends a pattern and its end while it takes, checks and counts what comes. */
static int far_end(int fd, unsigned int seed, unsigned int other, size_t out, size_t in, size_t piece)
{
	static unsigned char buffer[1 << 16];
	size_t sent = 0, got = 0;
	bool more = true;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (more || sent < out) {
		struct pollfd p = { fd, (short)((more ? POLLIN : 0) | (sent < out ? POLLOUT : 0)), 0 };

		if (poll(&p, 1, NEVER_MS) <= 0)
			return 2;
		if (sent < out && p.revents & POLLOUT) {
			size_t len = out - sent < sizeof buffer ? out - sent : sizeof buffer;
			ssize_t n;

			for (size_t i = 0; i < len; i++)
				buffer[i] = (unsigned char)((sent + i) * seed >> 5);
			n = send(fd, buffer, len, MSG_NOSIGNAL);
			sent += n > 0 ? (size_t)n : 0;
			if (sent == out)
				shutdown(fd, SHUT_WR);
		}
		if (p.revents & (POLLIN | POLLHUP)) {
			ssize_t n = recv(fd, buffer, piece, 0);

			more = n != 0;
			for (ssize_t i = 0; i < n; i++)
				if (buffer[i] != (unsigned char)((got + (size_t)i) * other >> 5))
					return 3;
			got += n > 0 ? (size_t)n : 0;
		}
	}
	return got == in ? 0 : 4;
}

static pid_t far(int fd, unsigned int seed, unsigned int other, size_t out, size_t in, size_t piece)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* Neither the other far end nor the near ones: their ends would not be seen. */
		for (int i = 3; i < 64; i++)
			if (i != fd)
				close(i);
		_exit(far_end(fd, seed, other, out, in, piece));
	}
	return pid;
}

static int result(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void bulk(size_t there, size_t back, size_t piece, bool blocking, const char *what)
{
	pid_t a, b;
	int first, second;

	set_up(0, DEADLINE_NEVER);
	pair.side[0].blocking = blocking;
	a = far(client, 7, 11, there, back, piece);
	b = far(backend, 11, 7, back, there, 1 << 16);
	close(client);
	close(backend);
	client = backend = -1;
	start(NULL);
	turn(NEVER_MS);
	first = result(a);
	second = result(b);
	check(over_as(PAIR_DONE) && first == 0 && second == 0, "%s: %d %d %s", what, first, second,
	      pair_end_name(ended));
	check(pair.flow[0].bytes == there && pair.flow[1].bytes == back, "%s: every byte was counted", what);
	finish();
}

static void descriptors(void)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, b[2];
	char got[16];

	n_over = 0;
	tcp(b);
	backend = b[0];
	client = -1;
	if (pipe2(in, O_NONBLOCK) < 0 || pipe2(out, O_NONBLOCK) < 0)
		check(false, "pipes");
	memset(&pair, 0, sizeof pair);
	pair.loop = &loop;
	pair.deadline = DEADLINE_NEVER;
	pair.over = over;
	pair_side_init(&pair, 0, in[0], out[1], false, false);
	fcntl(b[1], F_SETFL, O_NONBLOCK);
	pair_side_init(&pair, 1, b[1], b[1], true, false);
	loop.stop = false;
	start("to ");
	say(in[1], "you");
	turn(50);
	check(hears(backend, "to you"), "from a pipe");
	close(in[1]);
	say(backend, "to me");
	turn(50);
	check(at_end(backend) && read(out[0], got, sizeof got) == 5, "to a pipe, with the pipe's end told");
	close(backend);
	backend = -1;
	turn(50);
	check(over_as(PAIR_DONE) && read(out[0], got, sizeof got) == 0, "and its own end");
	close(out[0]);
	finish();
}

/* How many descriptors there are. */
static int open_now(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

int main(void)
{
	int before, after;

	signal(SIGPIPE, SIG_IGN);
	if (!loop_init(&loop, settle))
		return 1;
	ordinary();
	before = open_now();
	breaks();
	limits();
	bulk(BULK, 0, 1 << 16, false, "much one way");
	bulk(0, BULK, 1 << 16, false, "much the other way");
	bulk(BULK, BULK, 1 << 16, false, "much both ways");
	bulk(BULK / 8, BULK / 4, 1000, false, "a client that takes little at a time");
	bulk(BULK, BULK, 1 << 16, true, "copied alone");
	bulk(1, PAIR_SPLICE_BYTES, 1 << 16, false, "as much as begins to be spliced");
	descriptors();
	after = open_now();
	check(after - before <= 8, "descriptors are given back but for a few pipes (%d, %d)", before, after);
	loop_free(&loop);
	return tap_end();
}
