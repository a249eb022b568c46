/*
 * Fetching by pieces: bodies that are read while they are sent and handed on as they come,
 * over a Unix socket, from a server of the test's own that reads a request and says
 * what it was told to.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/sock.h"
#include "tap.h"
#include "tls/fetch.h"

enum { TOTAL_MS = 5000, LARGE = 200000 };

static max_align_t room[FETCH_ROOM / sizeof(max_align_t)];
static char directory[] = "/tmp/fetch.XXXXXX", path[64];
static struct addr via;
static struct fetch_setting setting = { .via = &via };
static struct fetch *f;
static struct http_response head;
static int log_fd = -1;
static pid_t child;

/* For each answer a request is read, and its head and body are told; "" closes and waits for the next. */
_Noreturn static void answer(int listener, int log, const char *const *answers)
{
	static unsigned char bytes[2 * LARGE];
	static struct http_request request;
	int fd = accept(listener, NULL, NULL);

	signal(SIGPIPE, SIG_IGN);
	alarm(20);
	for (; *answers; answers++) {
		size_t len = 0, used = 0, scanned = 0, n;

		if (!**answers) {
			close(fd);
			fd = accept(listener, NULL, NULL);
			continue;
		}
		while (len == 0 || http_request_parse(span_of(bytes, len), &scanned, &request, &used) != 200)
			if (io_read(fd, bytes + len++, 1, &n, deadline_in(TOTAL_MS)) != IO_OK)
				_exit(3);
		if (io_read_all(fd, bytes + used, (size_t)request.body_len, deadline_in(TOTAL_MS)) == IO_OK)
			io_write_all(log, span_of(bytes, used + (size_t)request.body_len), deadline_in(TOTAL_MS));
		io_write_all(fd, span_str(*answers), deadline_in(TOTAL_MS));
	}
	close(fd);
	_exit(0);
}

static void serve(const char *const *answers)
{
	int listener, log[2];

	unlink(path);
	if (sock_listen(&via, 5, &listener) != SOCK_DONE || pipe(log) < 0 ||
	    fcntl(log[1], F_SETPIPE_SZ, 4 * LARGE) < 0 || (child = fork()) < 0)
		abort(); /* what is told is looked at last: it has to fit */
	if (child == 0)
		answer(listener, log[1], answers);
	close(listener);
	close(log[1]);
	log_fd = log[0];
	f = fetch_new(room, sizeof room, &setting);
}

#define SERVE(...) serve((const char *const[]){ __VA_ARGS__, NULL })

static size_t served(unsigned char *bytes, size_t cap)
{
	size_t len = 0;
	int status;

	fetch_close(f);
	io_read_end(log_fd, bytes, cap, &len, deadline_in(TOTAL_MS));
	close(log_fd);
	if (child > 1)
		waitpid(child, &status, 0);
	return len;
}

/* What a sink got, and what it says to it. */
struct taker {
	int heads;
	size_t len, refuse_at; /* refuses the piece that reaches it; 0: none */
	enum fetch_result head_result;
	unsigned char bytes[64];
};

static enum fetch_result take_head(void *context, const struct http_response *h)
{
	struct taker *t = context;

	t->heads += h->status > 0 && t->len == 0;
	errno = EIO;
	return t->head_result;
}

static enum fetch_result take_piece(void *context, struct span bytes)
{
	struct taker *t = context;

	if (bytes.len == 0)
		check(false, "a piece is not empty");
	for (size_t i = 0; i < bytes.len && t->len + i < sizeof t->bytes; i++)
		t->bytes[t->len + i] = bytes.p[i];
	t->len += bytes.len;
	errno = ENOSPC;
	return t->refuse_at > 0 && t->len >= t->refuse_at ? FETCH_SYSTEM : FETCH_OK;
}

static enum fetch_result stream(struct taker *t, const struct fetch_request *request, uint64_t limit)
{
	struct fetch_sink sink = { .context = t, .limit = limit, .head = take_head, .piece = take_piece };

	return fetch_stream(f, request, &head, &sink, deadline_in(TOTAL_MS));
}

static const struct fetch_request get = { .method = "GET", .url = { (const unsigned char *)"http://a.test/x", 15 },
	                                  .repeatable = true };

#define OK "HTTP/1.1 200 OK\r\n"

static void test_sink(void)
{
	static const char *const answers[] = {
		OK "Content-Length: 5\r\n\r\nabcde",
		OK "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
		OK "\r\nabcde",
	};

	for (size_t i = 0; i < 3; i++) {
		for (uint64_t limit = 4; limit <= 6; limit++) {
			struct taker t = { 0 };
			enum fetch_result r;

			SERVE(answers[i]);
			r = stream(&t, &get, limit);
			check(r == (limit < 5 ? FETCH_TOO_LARGE : FETCH_OK) && t.heads == 1 && t.len <= limit &&
			              head.status == 200 && (r != FETCH_OK || span_is(span_of(t.bytes, t.len), "abcde")),
			      "answer %zu under a limit of %d: %d bytes", i, (int)limit, (int)t.len);
			served(t.bytes, sizeof t.bytes);
		}
		struct taker t = { .refuse_at = 1 };

		SERVE(answers[i]);
		check(stream(&t, &get, 100) == FETCH_SYSTEM && errno == ENOSPC && t.len > 0,
		      "answer %zu: a sink that is full ends it", i);
		served(t.bytes, sizeof t.bytes);
		t = (struct taker){ .head_result = FETCH_SYSTEM };
		SERVE(answers[i]);
		check(stream(&t, &get, 100) == FETCH_SYSTEM && errno == EIO && t.heads == 1 && t.len == 0 &&
		              head.status == 200,
		      "answer %zu: one that does not like the head gets nothing", i);
		served(t.bytes, sizeof t.bytes);
	}
	struct taker t = { 0 };

	SERVE("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 x\r\n\r\n", OK "Content-Length: 1\r\n\r\na");
	check(stream(&t, &get, 0) == FETCH_OK && t.heads == 1 && t.len == 0 && head.status == 204,
	      "no body: the head alone, once");
	check(stream(&t, &get, 1) == FETCH_OK && t.heads == 2 && fetch_count(f).connections == 1,
	      "... and the connection is kept");
	served(t.bytes, sizeof t.bytes);
}

/* LARGE bytes that are not all alike; fails at `fails_at`. */
struct giver {
	uint64_t fails_at;
	size_t calls;
};

static enum fetch_result give(void *context, uint64_t at, void *buf, size_t cap, size_t *len)
{
	struct giver *g = context;
	unsigned char *p = buf;

	g->calls++;
	*len = cap > 1000 ? cap - 999 : cap;
	for (size_t i = 0; i < *len; i++)
		p[i] = (unsigned char)((at + i) % 251);
	if (at + *len <= g->fails_at)
		return FETCH_OK;
	errno = EIO;
	return FETCH_SYSTEM;
}

static bool is_given(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != i % 251)
			return false;
	return len == LARGE;
}

static void test_source(void)
{
	static unsigned char got[4 * LARGE];
	struct giver g = { .fails_at = LARGE };
	struct fetch_source source = { .context = &g, .len = LARGE, .read = give };
	struct fetch_request post = { .method = "POST", .url = get.url, .source = &source,
		                      .has_body = true, .repeatable = true };
	struct taker t = { 0 };
	const char *body;
	size_t len;

	SERVE(OK "Content-Length: 0\r\n\r\n");
	check(stream(&t, &post, 0) == FETCH_OK && g.calls > 2, "a body that is read while it is sent");
	len = served(got, sizeof got);
	body = memmem(got, len, "\r\n\r\n", 4);
	check(body && memmem(got, len, "Content-Length: 200000\r\n", 24) &&
	              is_given((const unsigned char *)body + 4, len - (size_t)((const unsigned char *)body + 4 - got)),
	      "... is sent whole");

	/* The server ends the connection instead of a second answer. */
	SERVE(OK "Content-Length: 0\r\n\r\n", "", OK "Content-Length: 0\r\n\r\n");
	check(stream(&t, &post, 0) == FETCH_OK && stream(&t, &post, 0) == FETCH_OK &&
	              fetch_count(f).connections == 2,
	      "over a connection that was closed it is read again");
	len = served(got, sizeof got);
	check(len > 2 * LARGE && is_given(got + len - LARGE, LARGE), "... from its beginning");

	g = (struct giver){ .fails_at = LARGE / 2 };
	SERVE(OK "Content-Length: 0\r\n\r\n");
	check(stream(&t, &post, 0) == FETCH_SYSTEM && errno == EIO, "one that cannot be read ends it");
	served(got, sizeof got);

	source.len = 0;
	g = (struct giver){ .fails_at = 0 };
	SERVE(OK "Content-Length: 0\r\n\r\n");
	check(stream(&t, &post, 0) == FETCH_OK && g.calls == 0, "an empty one is not read");
	len = served(got, sizeof got);
	check(memmem(got, len, "Content-Length: 0\r\n", 19) != NULL, "... and its length is sent");
}

static void test_nowhere(void)
{
	struct taker t = { 0 };

	unlink(path);
	f = fetch_new(room, sizeof room, &setting);
	check(stream(&t, &get, 0) == FETCH_CONNECT && strstr(fetch_why(f), "(unix:/tmp/"),
	      "no socket: %s", fetch_why(f));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof path, "%s/sock", directory);
	char text[80];
	snprintf(text, sizeof text, "unix:%s", path);
	if (!addr_parse(&via, span_str(text)))
		return 1;
	test_sink();
	test_source();
	test_nowhere();
	unlink(path);
	return rmdir(directory) < 0 ? 1 : tap_end();
}
