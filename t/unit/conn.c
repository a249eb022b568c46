/*
 * Connections over real sockets and pipes: what does not fit is kept, who
 * does not take it is cut off, and nothing is lost at the end.
 */
#include "net/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/conn_io.h"
#include "tap.h"

/*
 * A small protocol: a line is answered with itself; "big" with BIG bytes;
 * "bye" ends the connection, "stay" lingers; "wait" waits to be woken; "work" makes
 * somebody work for it, and "pour" pours POURED bytes and then the line.
 */
enum { BIG = 60000, BIGS = 100, POURED = 5000000 };

struct toy {
	struct stream stream;
	struct span last;
	bool woken;
	size_t poured;
};

static struct loop loop;
static struct conn_set set;
static struct toy *waiting;
static int gone_count, ended_count, expired_count;

static void start(struct stream *s, void *context, int64_t now)
{
	s->deadline = now + *(int *)context;
}

static size_t step(struct stream *s, struct span in, bool ended, struct builder *out, int64_t now)
{
	struct toy *t = (struct toy *)(void *)s;
	size_t len = span_find(in, '\n');
	struct span line = span_head(in, len);

	(void)now;
	if (len == in.len) {
		if (ended || s->draining)
			s->want = STREAM_CLOSE;
		return 0;
	}
	if (span_is(line, "pour") && t->poured < POURED) {
		memset(builder_take(out, BIG), 'x', BIG);
		t->poured += BIG;
		s->more = t->poured < POURED;
		return 0;
	}
	if (span_is(line, "work"))
		s->engaged = true;
	if (span_is(line, "wait") && !t->woken) {
		s->want = STREAM_WAIT;
		waiting = t;
		return 0;
	}
	t->woken = false;
	if (span_is(line, "bye"))
		s->want = STREAM_CLOSE;
	if (span_is(line, "stay"))
		s->want = STREAM_LINGER;
	if (span_is(line, "big"))
		memset(builder_take(out, BIG), 'x', BIG);
	else
		builder_add(out, span_head(in, len + 1));
	return len + 1;
}

static void expired(struct stream *s, struct span in, struct builder *out, int64_t now)
{
	(void)in;
	(void)now;
	expired_count++;
	builder_str(out, "late\n");
	s->want = STREAM_CLOSE;
}

static void gone(struct stream *s)
{
	gone_count += s != NULL;
}

static const struct stream_kind toy = { sizeof(struct toy), start, step, expired, gone };

static void count_end(struct conn_set *s, struct conn *c)
{
	ended_count += s == c->set;
}

static void stop_when_empty(struct loop *l)
{
	l->stop |= set.n == 0;
}

static struct loop_timer backstop;

static void give_up(struct loop_timer *t)
{
	(void)t;
	loop.stop = true;
}

static void world(void)
{
	loop_init(&loop, stop_when_empty);
	set = (struct conn_set){ .loop = &loop, .ended = count_end };
	backstop = (struct loop_timer){ .expired = give_up };
	loop_timer_set(&loop, &backstop, deadline_in(5000));
}

static void run(void)
{
	loop.stop = set.n == 0;
	loop_run(&loop);
}

/* A connection of ours at one end of a pair; the other end is returned. */
static int open_pair(int limit_ms)
{
	static int limit;
	int fd[2];

	limit = limit_ms;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0 ||
	    !conn_start(&set, &toy, &limit, fd[0], fd[0], NULL))
		abort();
	return fd[1];
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
}

/* What can be read now, without its end. */
static const char *heard(int fd)
{
	static char text[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = 0;
	return text;
}

static void test_talk(void)
{
	int fd;

	world();
	fd = open_pair(4000);
	say(fd, "a\nb\nc");
	say(fd, "d\nbye\nnever\n");
	run();
	check(strcmp(heard(fd), "a\nb\ncd\nbye\n") == 0, "lines are answered until the end");
	check(set.n == 0 && gone_count == 1 && ended_count == 1, "then it is forgotten");
	close(fd);
	loop_free(&loop);
}

static void test_half_close(void)
{
	int fd;

	world();
	fd = open_pair(4000);
	say(fd, "a\nb");
	shutdown(fd, SHUT_WR);
	run();
	check(strcmp(heard(fd), "a\n") == 0 && set.n == 0, "who only sends its end is answered first");
	close(fd);
	fd = open_pair(4000);
	say(fd, "stay\n");
	shutdown(fd, SHUT_WR);
	run();
	check(strcmp(heard(fd), "stay\n") == 0 && set.n == 0, "lingering ends with the other side's end");
	close(fd);
	loop_free(&loop);
}

/* Reads slowly, from inside the loop, what a client asked for in bulk. */
static struct loop_timer reader;
static int reader_fd;
static size_t reader_sum;

static void read_some(struct loop_timer *t)
{
	static char text[50000];
	ssize_t n = read(reader_fd, text, sizeof text);

	if (n > 0)
		reader_sum += (size_t)n;
	if (n != 0)
		loop_timer_set(&loop, t, deadline_now());
}

static void test_slow_reader(void)
{
	world();
	reader_fd = open_pair(4000);
	for (int i = 0; i < BIGS; i++)
		say(reader_fd, "big\n");
	say(reader_fd, "bye\n");
	reader = (struct loop_timer){ .expired = read_some };
	reader_sum = 0;
	loop_timer_set(&loop, &reader, deadline_now());
	run();
	loop_timer_clear(&loop, &reader);
	for (ssize_t n = 1; n > 0;) {
		static char text[65536];

		n = read(reader_fd, text, sizeof text);
		reader_sum += n > 0 ? (size_t)n : 0;
	}
	check(reader_sum == (size_t)BIG * BIGS + 4, "a slow reader gets every byte (%zu)", reader_sum);
	close(reader_fd);
	loop_free(&loop);
}

/* One to whom nothing more can be sent for now has more time as long as it takes something. */
static void test_slow_taker(void)
{
	static char text[65536];
	struct conn c = { .socket = true, .out_fd = -1 };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), theirs;

	c.out_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &len) < 0 ||
	    connect(c.out_fd, (struct sockaddr *)&at, len) < 0)
		abort();
	theirs = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	check(!conn_io_slow(&c), "who was sent nothing takes nothing");
	check(send(c.out_fd, text, CONN_SEND_LEAST + 1, 0) == CONN_SEND_LEAST + 1 &&
	      recv(theirs, text, CONN_SEND_LEAST + 1, MSG_WAITALL) == CONN_SEND_LEAST + 1 && conn_io_slow(&c),
	      "who takes something has more time");
	check(c.send_by > deadline_now(), "from now on");
	check(!conn_io_slow(&c), "and takes nothing else");
	check(send(c.out_fd, text, 10, 0) == 10 && recv(theirs, text, 10, MSG_WAITALL) == 10 && !conn_io_slow(&c),
	      "a few bytes are nothing");
	close(theirs);
	close(listener);
	close(c.out_fd);
	c.socket = false;
	check(!conn_io_slow(&c), "a pipe does not tell");
}

static void test_deadline(void)
{
	int fd;

	world();
	expired_count = 0;
	fd = open_pair(30);
	run();
	check(expired_count == 1 && strcmp(heard(fd), "late\n") == 0, "the deadline's last word is sent");
	close(fd);
	loop_free(&loop);
}

static void wake_it(struct loop_timer *t)
{
	(void)t;
	waiting->woken = true;
	waiting->stream.want = STREAM_READ;
	waiting->stream.wake(&waiting->stream);
}

static void test_wait(void)
{
	struct loop_timer t = { .expired = wake_it };
	int fd;

	world();
	fd = open_pair(4000);
	say(fd, "wait\nbye\n");
	loop_timer_set(&loop, &t, deadline_in(20));
	run();
	check(strcmp(heard(fd), "wait\nbye\n") == 0, "what has to wait goes on when it is woken");
	close(fd);
	fd = open_pair(4000);
	say(fd, "wait\n");
	close(fd);
	loop_timer_set(&loop, &t, deadline_in(20));
	run();
	check(set.n == 0, "and ends when nobody is there any more");
	loop_free(&loop);
}

static void test_evict(void)
{
	int first, second;

	world();
	check(!conn_evict(&set), "nothing to evict where nothing is");
	first = open_pair(4000);
	second = open_pair(4000);
	say(first, "a\n");
	loop_timer_set(&loop, &backstop, deadline_in(50));
	run();
	check(strcmp(heard(first), "a\n") == 0, "the older one is answered");
	check(conn_evict(&set) && set.n == 1, "one is evicted");
	check(read(second, &(char){ 0 }, 1) == 0, "the one that has waited longest");
	check(conn_evict(&set) && set.n == 0 && !conn_evict(&set), "then the other");
	close(first);
	close(second);
	loop_free(&loop);
}

static void test_drain(void)
{
	int idle, busy;

	world();
	idle = open_pair(4000);
	busy = open_pair(4000);
	say(busy, "a\n");
	conn_drain_all(&set);
	check(set.n == 0, "draining ends those that are idle");
	check(strcmp(heard(busy), "a\n") == 0, "after what they had sent was answered");
	check(read(idle, &(char){ 0 }, 1) == 0, "and closes them");
	close(idle);
	close(busy);
	loop_free(&loop);
}

static int64_t other_turn;

static void note_turn(struct loop_timer *t)
{
	(void)t;
	other_turn = deadline_now();
}

static void test_pour(void)
{
	struct loop_timer other = { .expired = note_turn };

	world();
	reader_fd = open_pair(4000);
	reader_sum = 0;
	other_turn = 0;
	say(reader_fd, "pour\nbye\n");
	reader = (struct loop_timer){ .expired = read_some };
	loop_timer_set(&loop, &reader, deadline_now());
	loop_timer_set(&loop, &other, deadline_now());
	run();
	loop_timer_clear(&loop, &reader);
	for (ssize_t n = 1; n > 0;) {
		static char text[65536];

		n = read(reader_fd, text, sizeof text);
		reader_sum += n > 0 ? (size_t)n : 0;
	}
	check(reader_sum == (POURED + BIG - 1) / BIG * BIG + 9, "who has more to write needs no input for it (%zu)",
	      reader_sum);
	check(other_turn > 0, "and others have their turn");
	close(reader_fd);
	loop_free(&loop);
}

/* A connection over TCP, ours at one end; the other end is returned. */
static int open_tcp(void)
{
	static int limit = 4000;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int theirs = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ours;

	if (bind(listener, (struct sockaddr *)&at, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &len) < 0 ||
	    connect(theirs, (struct sockaddr *)&at, len) < 0)
		abort();
	ours = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	close(listener);
	if (ours < 0 || !conn_start(&set, &toy, &limit, ours, ours, NULL))
		abort();
	return theirs;
}

static void run_for(int64_t ms)
{
	loop_timer_set(&loop, &backstop, deadline_in(ms));
	run();
}

static void test_engaged(void)
{
	struct linger reset = { 1, 0 };
	struct addr peer, local;
	int fd;

	world();
	fd = open_tcp();
	say(fd, "work\nwait\n");
	run_for(50);
	check(!conn_evict(&set), "who is worked for is not evicted");
	check(conn_peer(set.oldest->stream, &peer) && conn_local(set.oldest->stream, &local) &&
	      addr_family(&peer) == AF_INET && addr_port(&peer) != addr_port(&local), "both ends have addresses");
	shutdown(fd, SHUT_WR);
	run_for(50);
	check(set.n == 1 && waiting->stream.half, "its end is told, for over TCP it may be gone");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(fd);
	run_for(1000);
	check(set.n == 0, "a reset ends it, whatever it waits for");
	fd = open_pair(4000);
	say(fd, "work\nwait\n");
	shutdown(fd, SHUT_WR);
	run_for(50);
	check(set.n == 1 && !waiting->stream.half, "over a Unix socket who sent its end is known to be there");
	close(fd);
	run_for(1000);
	check(set.n == 0, "until it is not");
	loop_free(&loop);
}

static void test_pipes(void)
{
	static int limit = 4000;
	int in[2], out[2];
	FILE *f = tmpfile();

	world();
	if (!f || pipe2(in, O_NONBLOCK) < 0 || pipe2(out, O_NONBLOCK) < 0)
		return;
	conn_start(&set, &toy, &limit, in[0], out[1], NULL);
	say(in[1], "a\nb\n");
	loop_timer_set(&loop, &backstop, deadline_in(50));
	run();
	check(strcmp(heard(out[0]), "a\nb\n") == 0, "two pipes are a connection");
	close(in[1]);
	loop_timer_set(&loop, &backstop, deadline_in(5000));
	run();
	check(set.n == 0, "which ends with its input");
	close(out[0]);
	fputs("a\nb\nc\n", f);
	fflush(f);
	rewind(f);
	if (pipe2(out, O_NONBLOCK) < 0)
		return;
	conn_start(&set, &toy, &limit, dup(fileno(f)), out[1], NULL);
	run();
	check(set.n == 0 && strcmp(heard(out[0]), "a\nb\nc\n") == 0, "a file is answered and ends");
	fclose(f);
	loop_free(&loop);
}

int main(void)
{
	test_talk();
	test_half_close();
	test_slow_reader();
	test_slow_taker();
	test_deadline();
	test_wait();
	test_evict();
	test_drain();
	test_pour();
	test_engaged();
	test_pipes();
	return tap_end();
}
