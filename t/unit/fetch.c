/*
 * The HTTP client against a server of the test's own, which follows a script. The
 * scripts' steps:
 *
 *   <       reads a request, head and body
 *   >text   sends the text            ~text  byte by byte
 *   =       sends 100000 bytes of body
 *   @text   sends the text again and again, until the client is gone
 *   |       reads until the client is gone
 *   .       closes and takes the next connection
 *   !       the same, with a reset
 *   ^       says that all so far is done (see reached())
 */
#include "tls/fetch.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/sock.h"
#include "tap.h"

enum { TOTAL_MS = 5000, STEPS_MAX = 24, LARGE = 100000, SHORT_MS = 150 };

static max_align_t room[FETCH_ROOM / sizeof(max_align_t)];
static struct fetch_setting setting = { .user_agent = "postern-test/1" };
static struct fetch *f;
static struct http_response head;
static unsigned char body_storage[2 * LARGE];
static struct builder body;

/* The server: a child, the requests it read, and what it says on the way. */
static pid_t child;
static int log_fd, sync_fd;
static uint16_t port;
static char text[8192];

/* Reads a request, and tells the test its bytes. */
static void read_request(int fd, int log)
{
	static unsigned char bytes[65536];
	static struct http_request request;
	size_t len = 0, used = 0, scanned = 0, n;

	while (len == 0 || http_request_parse(span_of(bytes, len), &scanned, &request, &used) != 200) {
		if (io_read(fd, bytes + len, 1, &n, deadline_in(TOTAL_MS)) != IO_OK)
			_exit(3);
		len += n;
	}
	if (io_read_all(fd, bytes + used, (size_t)request.body_len, deadline_in(TOTAL_MS)) != IO_OK)
		_exit(4);
	io_write_all(log, span_of(bytes, used + (size_t)request.body_len), deadline_in(TOTAL_MS));
}

static void send_large(int fd)
{
	static unsigned char bytes[LARGE];

	memset(bytes, 'x', sizeof bytes);
	io_write_all(fd, span_of(bytes, sizeof bytes), deadline_in(TOTAL_MS));
}

static void drip(int fd, const char *step, bool forever)
{
	struct pollfd p = { .fd = fd };
	const char *at = step;

	while (*at || forever) {
		if (!*at)
			at = step;
		if (io_write_all(fd, span_of(at++, 1), deadline_in(TOTAL_MS)) != IO_OK)
			return;
		poll(&p, 1, forever ? 5 : 1);
	}
}

static int next_connection(int listener, int fd, bool reset)
{
	struct linger hard = { .l_onoff = 1 };

	if (fd >= 0 && reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	if (fd >= 0)
		close(fd);
	return listener < 0 ? -1 : accept(listener, NULL, NULL);
}

_Noreturn static void follow(const char *const *script, int listener, int log, int sync)
{
	unsigned char drop[4096];
	int fd = -1;
	size_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	alarm(20);
	for (; *script; script++) {
		const char *step = *script;

		/* A connection is taken when something is to be done with it. */
		if (fd < 0 && *step != '^')
			fd = next_connection(listener, -1, false);
		switch (*step) {
		case '<':
			read_request(fd, log);
			break;
		case '>':
			io_write_all(fd, span_str(step + 1), deadline_in(TOTAL_MS));
			break;
		case '~':
		case '@':
			drip(fd, step + 1, *step == '@');
			break;
		case '=':
			send_large(fd);
			break;
		case '|':
			while (io_read(fd, drop, sizeof drop, &n, deadline_in(TOTAL_MS)) == IO_OK)
				;
			break;
		case '.':
		case '!':
			fd = next_connection(-1, fd, *step == '!');
			break;
		case '^':
			io_write_all(sync, span_str("^"), deadline_in(TOTAL_MS));
			break;
		default:
			_exit(5);
		}
	}
	_exit(0);
}

/* A server at a new port, and a client that knows nothing of it. */
static void serve(const char *const *script)
{
	struct addr any;
	struct sockaddr_in at;
	socklen_t len = sizeof at;
	int listener, log[2], sync[2];

	if (!addr_parse(&any, span_str("127.0.0.1:0")) ||
	    sock_listen(&any, 5, &listener) != SOCK_DONE || pipe(log) < 0 || pipe(sync) < 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &len) < 0)
		abort();
	port = ntohs(at.sin_port);
	child = fork();
	if (child < 0)
		abort();
	if (child == 0)
		follow(script, listener, log[1], sync[1]);
	close(listener);
	close(log[1]);
	close(sync[1]);
	log_fd = log[0];
	sync_fd = sync[0];
	f = fetch_new(room, sizeof room, &setting);
}

#define SERVE(...) serve((const char *const[]){ __VA_ARGS__, NULL })

/* Waits for the server's next "^". */
static void reached(void)
{
	unsigned char c;

	if (io_read_all(sync_fd, &c, 1, deadline_in(TOTAL_MS)) != IO_OK)
		check(false, "the server got that far");
}

/* Ends the client and the server, and gives what that has read. */
static const char *served(void)
{
	size_t len = 0;
	int status = 0;

	fetch_close(f);
	io_read_end(log_fd, text, sizeof text - 1, &len, deadline_in(TOTAL_MS));
	text[len] = 0;
	close(log_fd);
	close(sync_fd);
	if (child > 1 && waitpid(child, &status, 0) == child && status != 0)
		check(false, "the server did what it had to: %d", status);
	return text;
}

static struct fetch_request request;
static char url[300];

static enum fetch_result exchange(const char *path, int64_t deadline)
{
	snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
	request.url = span_str(url);
	builder_init(&body, body_storage, sizeof body_storage);
	return fetch_exchange(f, &request, &head, &body, deadline);
}

static enum fetch_result get(const char *path)
{
	request = (struct fetch_request){ .method = "GET", .repeatable = true };
	return exchange(path, deadline_in(TOTAL_MS));
}

static enum fetch_result post(const char *bytes, bool repeatable)
{
	request = (struct fetch_request){ .method = "POST", .body = span_str(bytes),
		                          .has_body = true, .repeatable = repeatable };
	return exchange("/p", deadline_in(TOTAL_MS));
}

static bool body_is(const char *bytes)
{
	return builder_ok(&body) && span_is(builder_span(&body), bytes);
}

static bool counts(unsigned int requests, unsigned int connections)
{
	struct fetch_count c = fetch_count(f);

	return c.requests == requests && c.connections == connections;
}

#define OK ">HTTP/1.1 200 OK\r\n"

static void test_bodies(void)
{
	static const struct {
		const char *about;
		const char *script[STEPS_MAX];
		int status;
		const char *body;
	} cases[] = {
		{ "a length", { "<", OK "Content-Length: 3\r\n\r\nabc" }, 200, "abc" },
		{ "a length of 0", { "<", OK "Content-Length: 0\r\n\r\n" }, 200, "" },
		{ "chunks", { "<", OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n" }, 200, "abcde" },
		{ "chunks, byte by byte", { "<", "~HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" }, 200, "abcde" },
		{ "until the end", { "<", OK "\r\nabc", ">de", "." }, 200, "abcde" },
		{ "until the end, of HTTP/1.0", { "<", ">HTTP/1.0 404 No\r\n\r\nabc", "." }, 404, "abc" },
		{ "none with 204", { "<", ">HTTP/1.1 204 No Content\r\n\r\n" }, 204, "" },
		{ "none with 304", { "<", ">HTTP/1.1 304 x\r\nContent-Length: 7\r\n\r\n" }, 304, "" },
		{ "answers before the answer", { "<", ">HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
		  OK "Content-Length: 1\r\n\r\nx" }, 200, "x" },
		{ "an error is an answer", { "<", ">HTTP/1.1 500 x\r\nContent-Length: 1\r\n\r\nx" }, 500, "x" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		serve(cases[i].script);
		check(get("/") == FETCH_OK && head.status == cases[i].status && body_is(cases[i].body),
		      "body: %s", cases[i].about);
		served();
	}
	SERVE("<", OK "Content-Length: 7\r\nX: y\r\n\r\n", "|");
	request = (struct fetch_request){ .method = "HEAD" };
	check(exchange("/", deadline_in(TOTAL_MS)) == FETCH_OK && body_is("") && head.n_fields == 2,
	      "body: none after HEAD");
	served();
	SERVE("<", OK "Content-Length: 100000\r\n\r\n", "=", "<", OK "\r\n", "=", ".");
	check(get("/") == FETCH_OK && body.len == LARGE, "body: 100000 bytes by length");
	check(get("/") == FETCH_OK && body.len == LARGE && counts(2, 1), "body: and to the end");
	served();
}

static void test_failures(void)
{
	static const struct {
		const char *about;
		const char *script[STEPS_MAX];
		enum fetch_result result;
	} cases[] = {
		{ "no answer", { "<", "." }, FETCH_CLOSED },
		{ "a reset for an answer", { "<", "!" }, FETCH_CLOSED },
		{ "half a head", { "<", ">HTTP/1.1 200 OK\r\nA: b\r\n", "." }, FETCH_CLOSED },
		{ "half a body", { "<", OK "Content-Length: 3\r\n\r\nab", "." }, FETCH_CLOSED },
		{ "half a chunk", { "<", OK "Transfer-Encoding: chunked\r\n\r\n3\r\nab", "." }, FETCH_CLOSED },
		{ "no last chunk", { "<", OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "." }, FETCH_CLOSED },
		{ "half the trailers", { "<", OK "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n", "." }, FETCH_CLOSED },
		{ "a reset in the body", { "<", OK "\r\nabc", "!" }, FETCH_CLOSED },
		{ "only interim answers", { "<", ">HTTP/1.1 100 Continue\r\n\r\n", "." }, FETCH_CLOSED },
		{ "endless interim answers", { "<", "@HTTP/1.1 100 Continue\r\n\r\n" }, FETCH_PROTOCOL },
		{ "another protocol", { "<", ">HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n", "|" }, FETCH_PROTOCOL },
		{ "no HTTP", { "<", ">220 mail.test ESMTP\r\n", "|" }, FETCH_PROTOCOL },
		{ "two lengths", { "<", OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "|" }, FETCH_PROTOCOL },
		{ "a bad chunk", { "<", OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", "|" }, FETCH_PROTOCOL },
		{ "an endless head", { "<", OK "A: ", "=", "|" }, FETCH_PROTOCOL },
		{ "an answer nobody asked for and no more", { ">HTTP/1.1 400 x\r\nContent-Length: 9\r\n\r\n", "<", "." }, FETCH_CLOSED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char end[64];

		serve(cases[i].script);
		snprintf(end, sizeof end, " (127.0.0.1:%u)", port);
		check(get("/") == cases[i].result && counts(1, 1), "failure: %s", cases[i].about);
		check(strncmp(fetch_why(f), "127.0.0.1: ", 11) == 0 &&
		              strcmp(fetch_why(f) + strlen(fetch_why(f)) - strlen(end), end) == 0,
		      "... is said: %s", fetch_why(f));
		served();
	}
}

static void test_size(void)
{
	static const char *const scripts[][STEPS_MAX] = {
		{ "<", OK "Content-Length: 4\r\n\r\nabcd", "|" },
		{ "<", OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "|" },
		{ "<", OK "\r\nabcd", "." },
		{ "<", OK "Content-Length: 9223372036854775807\r\n\r\nabcd", "|" },
		{ "<", OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabcde", "|" },
		{ "<", OK "\r\n", "@x" },
	};

	request = (struct fetch_request){ .method = "GET" };
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		enum fetch_result r[2];

		for (size_t cap = 3; cap <= 4; cap++) {
			serve(scripts[i]);
			snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
			request.url = span_str(url);
			builder_init(&body, body_storage, cap);
			r[cap - 3] = fetch_exchange(f, &request, &head, &body, deadline_in(TOTAL_MS));
			served();
		}
		check(r[0] == FETCH_TOO_LARGE && r[1] == (i < 3 ? FETCH_OK : FETCH_TOO_LARGE),
		      "size: more than there is room for, case %zu", i);
	}
}

static void test_time(void)
{
	static const struct {
		const char *about;
		const char *script[STEPS_MAX];
	} cases[] = {
		{ "silence", { "<", "|" } },
		{ "a head that drips", { "<", OK, "@A: b\r\n" } },
		{ "a body that drips", { "<", OK "Content-Length: 9999\r\n\r\n", "@x" } },
		{ "chunks that drip", { "<", OK "Transfer-Encoding: chunked\r\n\r\n", "@1\r\nx\r\n" } },
		{ "a body without an end", { "<", OK "\r\n", "@x" } },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t began = deadline_now(), took;

		serve(cases[i].script);
		request = (struct fetch_request){ .method = "GET", .repeatable = true };
		check(exchange("/", deadline_in(SHORT_MS)) == FETCH_TIMEOUT && counts(1, 1), "time: %s",
		      cases[i].about);
		took = deadline_now() - began;
		check(took >= SHORT_MS && took < SHORT_MS + 1000, "... took %d ms: %s", (int)took,
		      fetch_why(f));
		served();
	}
	SERVE("<", OK "Content-Length: 0\r\n\r\n", "<", "|");
	check(get("/") == FETCH_OK, "time: a first request");
	request.method = "GET";
	check(exchange("/", deadline_in(SHORT_MS)) == FETCH_TIMEOUT && counts(2, 1),
	      "time: silence on a kept connection is not tried again");
	served();
}

static void test_keeping(void)
{
	SERVE("<", OK "Content-Length: 1\r\n\r\na", "<", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n", "<",
	      ">HTTP/1.1 204 x\r\n\r\n", "|");
	check(get("/1") == FETCH_OK && body_is("a") && get("/2") == FETCH_OK && body_is("b") &&
	              get("/3") == FETCH_OK && counts(3, 1),
	      "keeping: three requests over one connection");
	served();
	SERVE("<", OK "Content-Length: 1\r\nConnection: close\r\n\r\na", "|", ".", "<",
	      OK "Content-Length: 1\r\n\r\nb", "|");
	check(get("/1") == FETCH_OK && get("/2") == FETCH_OK && body_is("b") && counts(2, 2),
	      "keeping: not when the server says close");
	served();
	SERVE("<", OK "Content-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "|",
	      ".", "<", OK "Content-Length: 1\r\n\r\nb", "|");
	check(get("/1") == FETCH_OK && body_is("a") && get("/2") == FETCH_OK && body_is("b") &&
	              counts(2, 2),
	      "keeping: not when more than the answer came");
	served();
	SERVE("<", OK "Content-Length: 1\r\n\r\na", ">HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
	      "^", "|", ".", "<", OK "Content-Length: 1\r\n\r\nb", "|");
	check(get("/1") == FETCH_OK, "keeping: an answer");
	reached();
	check(get("/2") == FETCH_OK && body_is("b") && counts(2, 2),
	      "keeping: not when the server said something since");
	served();
	SERVE("<", OK "Content-Length: 1\r\n\r\na", ".", "^", "<", OK "Content-Length: 1\r\n\r\nb", "|");
	check(get("/1") == FETCH_OK, "keeping: an answer");
	reached();
	check(post("x", false) == FETCH_OK && body_is("b") && counts(2, 2),
	      "keeping: one that was closed is replaced before anything is sent");
	served();
	SERVE("<", OK "Content-Length: 3\r\n\r\nab", "|", ".", "<", OK "Content-Length: 1\r\n\r\nb", "|");
	request = (struct fetch_request){ .method = "GET" };
	check(exchange("/1", deadline_in(SHORT_MS)) == FETCH_TIMEOUT && get("/2") == FETCH_OK &&
	              body_is("b") && counts(2, 2),
	      "keeping: not after a failure");
	served();
}

static void test_stale(void)
{
	SERVE("<", OK "Content-Length: 1\r\n\r\na", "<", ".", "<", OK "Content-Length: 1\r\n\r\nb", "|");
	check(get("/1") == FETCH_OK && get("/2") == FETCH_OK && body_is("b") && counts(3, 2),
	      "stale: a request that may be repeated is");
	served();
	SERVE("<", OK "Content-Length: 1\r\n\r\na", "<", "!", "<", OK "Content-Length: 1\r\n\r\nb", "|");
	check(post("1", true) == FETCH_OK && post("2", true) == FETCH_OK && body_is("b") && counts(3, 2),
	      "stale: after a reset too");
	check(strstr(served(), "\r\n\r\n2POST /p ") != NULL, "... with its body");
	SERVE("<", OK "Content-Length: 1\r\n\r\na", "<", ".");
	check(get("/1") == FETCH_OK && post("2", false) == FETCH_CLOSED && counts(2, 1),
	      "stale: one that may not is not");
	served();
	SERVE("<", OK "Content-Length: 1\r\n\r\na", "<", ">H", ".");
	check(get("/1") == FETCH_OK && get("/2") == FETCH_CLOSED && counts(2, 1),
	      "stale: nor when the answer had begun");
	served();
	SERVE("<", OK "Content-Length: 1\r\n\r\na", "<", ".", "<", ".");
	check(get("/1") == FETCH_OK && get("/2") == FETCH_CLOSED && counts(3, 2), "stale: once, no more");
	served();
}

static void test_request(void)
{
	char expected[400];

	SERVE("<", OK "Content-Length: 0\r\n\r\n", "<", OK "Content-Length: 0\r\n\r\n", "|");
	request = (struct fetch_request){ .method = "GET", .fields = span_str("A: b\r\nC: d\r\n") };
	check(exchange("/x/../y?z#f", deadline_in(TOTAL_MS)) == FETCH_OK, "request: a GET");
	check(post("body", false) == FETCH_OK, "request: a POST");
	snprintf(expected, sizeof expected,
	         "GET /x/../y?z HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: postern-test/1\r\n"
	         "A: b\r\nC: d\r\n\r\n"
	         "POST /p HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: postern-test/1\r\n"
	         "Content-Length: 4\r\n\r\nbody",
	         port, port);
	check(strcmp(served(), expected) == 0, "... as they stand on the wire");
	SERVE("<", OK "Content-Length: 0\r\n\r\n", "|");
	check(post("", false) == FETCH_OK, "request: an empty body");
	check(strstr(served(), "Content-Length: 0\r\n\r\n") != NULL, "... says so");
}

/* Nothing is sent, nobody is asked: there is no server. */
static void test_refusals(void)
{
	static const struct {
		const char *url, *method, *fields;
		bool has_body;
		enum fetch_result result;
	} cases[] = {
		{ "ftp://127.0.0.1/", "GET", "", false, FETCH_BAD_URL },
		{ "http://127.0.0.1/a b", "GET", "", false, FETCH_BAD_URL },
		{ "http://127.0.0.1/\r\nX: y", "GET", "", false, FETCH_BAD_URL },
		{ "http://u:p@127.0.0.1/", "GET", "", false, FETCH_BAD_URL },
		{ "/", "GET", "", false, FETCH_BAD_URL },
		{ "https://127.0.0.1:1/", "GET", "", false, FETCH_UNTRUSTED },
		{ "http://127.0.0.1:1/", "GET /x HTTP/1.1\r\nX:", "", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GE T", "", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "", "", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "CONNECT", "", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "A: b", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "A: b\n", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "A: b\r\n\r\n", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "A: b\r\n\r\nGET / HTTP/1.1\r\nB: c\r\n", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "A: b\x1b\r\n", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "Host: b.test\r\n", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "Content-Length: 5\r\n", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "Transfer-Encoding: chunked\r\n", false, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "POST", "Transfer-Encoding: chunked\r\n", true, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "POST", "Content-Length: 3\r\n", true, FETCH_BAD_REQUEST },
		{ "http://127.0.0.1:1/", "GET", "", false, FETCH_CONNECT },
		{ "http://nowhere.invalid/", "GET", "", false, FETCH_NO_ADDRESS },
		{ "http://a..b/", "GET", "", false, FETCH_NO_ADDRESS },
	};

	f = fetch_new(room, sizeof room, &setting);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum fetch_result r;

		request = (struct fetch_request){ .method = cases[i].method, .url = span_str(cases[i].url),
			                          .fields = span_str(cases[i].fields),
			                          .has_body = cases[i].has_body };
		builder_init(&body, body_storage, sizeof body_storage);
		r = fetch_exchange(f, &request, &head, &body, deadline_in(TOTAL_MS));
		check(r == cases[i].result && counts(0, 0), "refusal %zu: %s", i, fetch_why(f));
	}
	check(fetch_new(room, 1000, &setting) == NULL, "no room, no fetch");
}

static void test_long_fields(void)
{
	static char fields[HTTP_HEAD_MAX + 1];

	memset(fields, 'x', sizeof fields);
	memcpy(fields, "A: ", 3);
	memcpy(fields + sizeof fields - 2, "\r\n", 2);
	request = (struct fetch_request){ .method = "GET", .url = span_str("http://127.0.0.1:1/"),
		                          .fields = span_of(fields, sizeof fields) };
	check(fetch_exchange(f, &request, &head, &body, deadline_in(TOTAL_MS)) == FETCH_BAD_REQUEST,
	      "fields that are too long");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_bodies();
	test_failures();
	test_size();
	test_time();
	test_keeping();
	test_stale();
	test_request();
	test_refusals();
	test_long_fields();
	return tap_end();
}
