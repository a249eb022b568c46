/*
 * load: HTTP clients that ask for one thing again and again, and what that
 * cost the server.
 *
 *   load [-k] [-c clients] [-t milliseconds] [-s status] [-p pid | -u cpu] [-x file] address host path
 *
 * Every client sends a request, reads the answer to its end and sends the
 * next: on a new connection, after it saw the server close the old one, or
 * with -k on the same. An answer counts when its status is the one expected;
 * anything else, a connection that breaks included, is an error. Nothing is
 * counted in the first tenth of the time. With -x the bytes of a file go in front
 * of a connection's first request, in one piece with it.
 *
 * One line: answers, errors, answers a second, the median and the 99th
 * percentile of the time from connecting (or sending, with -k) to the whole
 * answer, in microseconds, and, with -p, the CPU time in microseconds an
 * answer that the process and those of its children that ended have spent; with -u
 * what this processor was busy, whoever with: for servers of many processes, which
 * have it for themselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/deadline.h"
#include "base/io.h"
#include "base/file.h"
#include "base/prog.h"
#include "cpu.h"
#include "net/addr.h"

enum { CLIENTS_MAX = 20000, ANSWER_MAX = 4096, LATENCY_MAX_US = 2000000, BATCH = 256 };

struct client {
	int fd;
	bool sent, answered;
	int64_t since_us;
	size_t len;
	char answer[ANSWER_MAX + 1];
};

struct figures {
	uint64_t answers, errors;
	uint32_t latency[LATENCY_MAX_US + 1]; /* answers by microseconds; the last: and more */
};

static struct figures figures;
static struct addr server;
static struct span request;
static char status_line[16];
static bool keep;
static int epoll;

/* What a processor was busy: user, nice, system, irq and softirq of its line in proc(5)'s stat. */
static uint64_t processor_us(int number)
{
	static char text[65536];
	char name[16];
	struct span rest, line, field = { NULL, 0 };
	uint64_t ticks, sum = 0;
	size_t len = 0;
	int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || io_read_end(fd, text, sizeof text, &len, DEADLINE_NEVER) != IO_OK)
		prog_temp("/proc/stat: %s", strerror(errno));
	close(fd);
	snprintf(name, sizeof name, "cpu%d", number);
	rest = span_of(text, len);
	while (span_split(&rest, '\n', &line))
		if (span_split(&line, ' ', &field) && span_is(field, name))
			break;
	if (!span_is(field, name))
		prog_perm("-u: no processor %d", number);
	for (int i = 1; i <= 7 && span_split(&line, ' ', &field); i++)
		if (i != 4 && i != 5 && span_number(field, UINT64_MAX, &ticks))
			sum += ticks;
	return sum * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

static uint64_t spent_us(int pid, int processor)
{
	return processor >= 0 ? processor_us(processor) : pid ? cpu_us(pid) : 0;
}

static void watch(struct client *c, int operation, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = c };

	if (epoll_ctl(epoll, operation, c->fd, &e) < 0)
		prog_temp("epoll_ctl: %s", strerror(errno));
}

static void send_request(struct client *c)
{
	ssize_t n = send(c->fd, request.p, request.len, MSG_NOSIGNAL);

	if (n < 0 && errno == EAGAIN)
		return;
	c->sent = true;
	if (n != (ssize_t)request.len)
		figures.errors++;
}

static void begin(struct client *c)
{
	c->since_us = deadline_now_us();
	c->len = 0;
	c->sent = c->answered = false;
}

static void open_client(struct client *c)
{
	begin(c);
	c->fd = socket(addr_family(&server), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		prog_temp("socket: %s", strerror(errno));
	if (connect(c->fd, &server.u.any, server.len) == 0)
		send_request(c);
	else if (errno != EINPROGRESS)
		prog_temp("connect: %s", strerror(errno));
	watch(c, EPOLL_CTL_ADD, c->sent ? EPOLLIN : EPOLLOUT);
}

static void open_again(struct client *c)
{
	close(c->fd);
	open_client(c);
}

/* The length of the answer that begins in the client's storage; 0 when it is not whole. */
static size_t answer_len(struct client *c)
{
	static const char name[] = "\r\ncontent-length:";
	char *end, *field;
	struct span value;
	uint64_t body = 0;
	size_t len;

	c->answer[c->len] = 0;
	end = strstr(c->answer, "\r\n\r\n");
	if (!end)
		return 0;
	field = strcasestr(c->answer, name);
	len = (size_t)(end + 4 - c->answer);
	if (field && field < end) {
		value = span_str(field + sizeof name - 1);
		value = span_trim(span_head(value, span_find(value, '\r')));
		if (!span_number(value, UINT32_MAX, &body))
			prog_temp("an answer with a malformed Content-Length");
	}
	return len + body <= c->len ? len + (size_t)body : 0;
}

static void answered(struct client *c)
{
	int64_t us = deadline_now_us() - c->since_us;

	c->answered = true;
	if (strncmp(c->answer, status_line, strlen(status_line)) != 0) {
		figures.errors++;
		return;
	}
	figures.answers++;
	figures.latency[us < LATENCY_MAX_US ? us : LATENCY_MAX_US]++;
}

static void receive(struct client *c)
{
	ssize_t n = recv(c->fd, c->answer + c->len, ANSWER_MAX - c->len, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		figures.errors += n < 0 || !c->answered || keep;
		open_again(c);
		return;
	}
	c->len += (size_t)n;
	if (c->answered || answer_len(c) == 0) {
		if (c->len == ANSWER_MAX)
			prog_temp("an answer is longer than %d bytes", ANSWER_MAX);
		return;
	}
	answered(c);
	if (keep) {
		begin(c);
		send_request(c);
	}
}

static void event(struct client *c)
{
	if (c->sent) {
		receive(c);
		return;
	}
	send_request(c);
	if (c->sent)
		watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void run_until(int64_t end_us)
{
	struct epoll_event events[BATCH];

	for (int64_t now; (now = deadline_now_us()) < end_us;) {
		int n = epoll_wait(epoll, events, BATCH, (int)((end_us - now) / 1000) + 1);

		if (n < 0 && errno != EINTR)
			prog_temp("epoll_wait: %s", strerror(errno));
		for (int i = 0; i < n; i++)
			event(events[i].data.ptr);
	}
}

/* The time that `part` of a hundred answers did not take longer than. */
static size_t percentile(uint64_t part)
{
	uint64_t sum = 0;
	size_t us = 0;

	while (us < LATENCY_MAX_US && (sum += figures.latency[us]) * 100 < figures.answers * part)
		us++;
	return us;
}

static void report(int64_t us, uint64_t cpu, bool with_cpu)
{
	printf("%llu %llu %.0f %zu %zu", (unsigned long long)figures.answers,
	       (unsigned long long)figures.errors, (double)figures.answers * 1e6 / (double)us,
	       percentile(50), percentile(99));
	if (with_cpu)
		printf(" %.3f", figures.answers ? (double)cpu / (double)figures.answers : 0.0);
	printf("\n");
}

static void measure(size_t n, int64_t ms, int pid, int processor)
{
	struct client *clients = calloc(n, sizeof *clients);
	struct rlimit limit;
	int64_t start, now;
	uint64_t cpu;

	if (!clients)
		prog_temp("%s", strerror(errno));
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (size_t i = 0; i < n; i++)
		open_client(&clients[i]);
	run_until(deadline_now_us() + ms * 100);
	memset(&figures, 0, sizeof figures);
	start = deadline_now_us();
	cpu = spent_us(pid, processor);
	run_until(start + ms * 900);
	now = deadline_now_us();
	report(now - start, spent_us(pid, processor) - cpu, pid > 0 || processor >= 0);
}

static void make_request(const char *host, const char *path, const char *front)
{
	static char all[65536];
	size_t len = 0;
	char *text = all;
	enum file_result r = front ? file_read(AT_FDCWD, front, all, sizeof all - 2048, &len) : FILE_OK;
	int n;

	if (r != FILE_OK)
		prog_temp("%s: %s", front, file_strerror(r));
	text += len;
	n = snprintf(text, 2048,
	                 "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: load\r\nAccept: */*\r\n%s\r\n", path,
	                 host, keep ? "" : "Connection: close\r\n");

	if (n < 0 || n >= 2048)
		prog_perm("host and path are too long");
	request = span_of(all, len + (size_t)n);
}

int main(int argc, char **argv)
{
	size_t clients = 32;
	int64_t ms = 1000;
	int option, pid = 0, processor = -1, status = 307;
	const char *front = NULL;

	prog_init("load", "[-k] [-c clients] [-t milliseconds] [-s status] [-p pid | -u cpu] [-x file]"
	          " address host path");
	while ((option = getopt(argc, argv, "c:hkp:s:t:u:x:")) != -1)
		switch (option) {
		case 'c':
			clients = prog_number("-c", optarg, 1, CLIENTS_MAX);
			break;
		case 'k':
			keep = true;
			break;
		case 'p':
			pid = (int)prog_number("-p", optarg, 2, INT32_MAX);
			break;
		case 's':
			status = (int)prog_number("-s", optarg, 100, 599);
			break;
		case 't':
			ms = (int64_t)prog_number("-t", optarg, 10, 60000);
			break;
		case 'x':
			front = optarg;
			break;
		case 'u':
			processor = (int)prog_number("-u", optarg, 0, INT32_MAX);
			break;
		case 'h':
			prog_help();
		default:
			prog_usage();
		}
	if (argc - optind != 3)
		prog_usage();
	if (!addr_parse(&server, span_str(argv[optind])))
		prog_perm("not an address: %s", prog_text(span_str(argv[optind])));
	snprintf(status_line, sizeof status_line, "HTTP/1.1 %d ", status);
	if (front && keep)
		prog_perm("-x goes with connections of one request");
	make_request(argv[optind + 1], argv[optind + 2], front);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		prog_temp("epoll: %s", strerror(errno));
	measure(clients, ms, pid, processor);
	return PROG_OK;
}
