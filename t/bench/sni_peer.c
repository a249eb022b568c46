/*
 * sni_peer: both ends of what a TLS router carries, without the TLS.
 *
 *   sni_peer serve address
 *   sni_peer bulk [-c streams] [-t milliseconds] [-p pid] address hello
 *
 * The server answers the first bytes of a connection with an empty 200 of HTTP
 * and the end; where "bulk" stands in them, with bytes without end; where "hold",
 * with one byte, and then it stays. The other
 * sends the file `hello`, counts what comes, and says in a line: megabytes a
 * second and, with -p, the CPU time in microseconds a megabyte that the process
 * has spent. Nothing is counted in the first tenth of the time.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/file.h"
#include "cpu.h"
#include "net/addr.h"
#include "net/sock.h"

enum { PIECE = 262144, FDS = 70000, STREAMS = 64, BATCH = 256 };

static unsigned char piece[PIECE];
static bool flows[FDS];
static int epoll;

static void watch(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		prog_temp("epoll_ctl: %s", strerror(errno));
}

static void serve_one(int fd)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	struct epoll_event e = { .events = EPOLLOUT, .data.fd = fd };
	ssize_t n;

	if (flows[fd]) {
		if (send(fd, piece, sizeof piece, MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
			return;
		flows[fd] = false;
		close(fd);
		return;
	}
	n = recv(fd, piece, sizeof piece, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0 && memmem(piece, (size_t)n, "bulk", 4)) {
		flows[fd] = true;
		epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &e);
		return;
	}
	if (n > 0 && memmem(piece, (size_t)n, "hold", 4)) {
		send(fd, answer, 1, MSG_NOSIGNAL);
		return;
	}
	if (n > 0)
		send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
	close(fd);
}

static void serve(const struct addr *at)
{
	struct epoll_event events[BATCH];
	int listener;

	if (sock_listen(at, 4096, &listener) != SOCK_DONE)
		prog_temp("listen: %s", strerror(errno));
	watch(listener, EPOLLIN);
	for (;;) {
		int n = epoll_wait(epoll, events, BATCH, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd != listener) {
				serve_one(fd);
				continue;
			}
			fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
			if (fd >= FDS)
				prog_temp("too many connections");
			if (fd >= 0)
				watch(fd, EPOLLIN);
		}
	}
}

static void open_stream(const struct addr *to, const char *hello)
{
	unsigned char bytes[32768];
	size_t len;
	int fd;

	if (file_read(AT_FDCWD, hello, bytes, sizeof bytes, &len) != FILE_OK)
		prog_temp("%s: %s", hello, strerror(errno));
	if (sock_connect(to, 1, SOCK_NONBLOCK, deadline_in(5000), &fd) != SOCK_DONE ||
	    send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		prog_temp("connect: %s", strerror(errno));
	watch(fd, EPOLLIN);
}

static uint64_t count_until(int64_t end_us)
{
	struct epoll_event events[BATCH];
	uint64_t bytes = 0;

	for (int64_t now; (now = deadline_now_us()) < end_us;) {
		int n = epoll_wait(epoll, events, BATCH, (int)((end_us - now) / 1000) + 1);

		for (int i = 0; i < n; i++) {
			/* The bytes are not looked at: MSG_TRUNC leaves them where they are. */
			ssize_t got = recv(events[i].data.fd, piece, 4 * sizeof piece, MSG_TRUNC);

			if (got == 0 || (got < 0 && errno != EAGAIN))
				prog_temp("a stream has ended");
			bytes += got > 0 ? (uint64_t)got : 0;
		}
	}
	return bytes;
}

static void bulk(const struct addr *to, const char *hello, size_t streams, int64_t ms, int pid)
{
	int64_t start;
	uint64_t cpu, bytes;

	for (size_t i = 0; i < streams; i++)
		open_stream(to, hello);
	count_until(deadline_now_us() + ms * 100);
	start = deadline_now_us();
	cpu = pid ? cpu_us(pid) : 0;
	bytes = count_until(start + ms * 900);
	printf("%.0f", (double)bytes / (double)(deadline_now_us() - start));
	if (pid)
		printf(" %.2f", bytes ? (double)(cpu_us(pid) - cpu) * 1e6 / (double)bytes : 0.0);
	printf("\n");
}

int main(int argc, char **argv)
{
	size_t streams = 4;
	int64_t ms = 1000;
	int option, pid = 0;
	struct addr a;

	prog_init("sni_peer", "serve address | bulk [-c streams] [-t milliseconds] [-p pid] address hello");
	if (argc < 3)
		prog_usage();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	optind = 2;
	while ((option = getopt(argc, argv, "+c:p:t:")) != -1)
		switch (option) {
		case 'c':
			streams = prog_number("-c", optarg, 1, STREAMS);
			break;
		case 'p':
			pid = (int)prog_number("-p", optarg, 2, INT32_MAX);
			break;
		case 't':
			ms = (int64_t)prog_number("-t", optarg, 10, 60000);
			break;
		default:
			prog_usage();
		}
	if (optind == argc || !addr_parse(&a, span_str(argv[optind])))
		prog_usage();
	if (strcmp(argv[1], "serve") == 0 && optind + 1 == argc)
		serve(&a);
	if (strcmp(argv[1], "bulk") != 0 || optind + 2 != argc)
		prog_usage();
	bulk(&a, argv[optind + 1], streams, ms, pid);
	return PROG_OK;
}
