/*
 * Dynamic updates on their way: over TCP, over UDP where that fails, past
 * answers that are none. The server is a process of the test's own.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/dns_update.h"
#include "tap.h"

enum { LIMIT_MS = 8000, MESSAGE_MAX = 4096, HEAD = 12 };

#define KEY "hmac-sha256:k:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="

/* What the server does with a message; over TCP and over UDP. */
enum act {
	NOTHING,     /* not a word */
	HANG_UP,     /* TCP: closes without an answer */
	DONE,        /* "done", unsigned */
	REFUSED,     /* "refused", unsigned */
	OTHER_ID,    /* "done" with another id, then "refused" */
	NO_SERVER    /* nobody listens */
};

static int udp = -1, tcp = -1;
static struct dns_servers servers = { .n = 1 };
static struct tsig_key key;

static void open_server(bool with_udp, bool with_tcp)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;

	for (int i = 0; i < 100; i++) {
		udp = socket(AF_INET, SOCK_DGRAM, 0);
		tcp = socket(AF_INET, SOCK_STREAM, 0);
		a.sin_port = 0;
		if (bind(tcp, (struct sockaddr *)&a, len) == 0 &&
		    getsockname(tcp, (struct sockaddr *)&a, &len) == 0 &&
		    bind(udp, (struct sockaddr *)&a, len) == 0)
			break;
		close(udp);
		close(tcp);
	}
	addr_set(&servers.server[0], (struct sockaddr *)&a, len);
	if (with_tcp)
		listen(tcp, 5);
	if (!with_udp) {
		close(udp);
		udp = -1;
	}
}

static size_t answer_to(unsigned char *m, size_t len, unsigned char rcode)
{
	m[2] |= 0x80;
	m[3] = rcode;
	memset(m + 4, 0, HEAD - 4);
	return len < HEAD ? len : HEAD;
}

static void serve_udp(enum act act)
{
	unsigned char m[MESSAGE_MAX];
	struct sockaddr_in from;
	socklen_t len = sizeof from;
	ssize_t n = recvfrom(udp, m, sizeof m, 0, (struct sockaddr *)&from, &len);

	if (n < HEAD || act == NOTHING)
		return;
	if (act == OTHER_ID) {
		m[0] ^= 1;
		sendto(udp, m, answer_to(m, (size_t)n, 0), 0, (struct sockaddr *)&from, len);
		m[0] ^= 1;
	}
	sendto(udp, m, answer_to(m, (size_t)n, act == DONE ? 0 : 5), 0, (struct sockaddr *)&from, len);
}

static void serve_tcp(enum act act)
{
	unsigned char m[2 + MESSAGE_MAX];
	int fd = accept(tcp, NULL, NULL);
	size_t len;

	if (fd < 0)
		return;
	if (act != HANG_UP && io_read_all(fd, m, 2, deadline_in(LIMIT_MS)) == IO_OK &&
	    (len = (size_t)(m[0] << 8 | m[1])) <= MESSAGE_MAX &&
	    io_read_all(fd, m + 2, len, deadline_in(LIMIT_MS)) == IO_OK && act != NOTHING) {
		len = answer_to(m + 2, len, act == DONE ? 0 : 5);
		m[0] = 0;
		m[1] = (unsigned char)len;
		io_write_all(fd, span_of(m, 2 + len), deadline_in(LIMIT_MS));
	}
	close(fd);
}

_Noreturn static void serve(enum act over_tcp, enum act over_udp)
{
	for (;;) {
		struct pollfd fds[2] = { { .fd = over_tcp == NO_SERVER ? -1 : tcp, .events = POLLIN },
			                 { .fd = udp, .events = POLLIN } };

		if (poll(fds, 2, LIMIT_MS) <= 0)
			_exit(0);
		if (fds[0].revents)
			serve_tcp(over_tcp);
		if (fds[1].revents)
			serve_udp(over_udp);
	}
}

static enum dns_update_result send_to(enum act over_tcp, enum act over_udp, bool with_key, int64_t ms)
{
	struct dns_update update = { .zone = span_str("t.test"), .owner = span_str("a.t.test"),
		                     .text = span_str("x"), .ttl = 1 };
	enum dns_update_result result;
	int64_t clock_s = 0;
	pid_t child;

	open_server(over_udp != NO_SERVER, over_tcp != NO_SERVER);
	fflush(stdout);
	child = fork();
	if (child == 0)
		serve(over_tcp, over_udp);
	close(tcp);
	if (udp >= 0)
		close(udp);
	result = dns_update_send(&update, with_key ? &key : NULL, &servers, &clock_s, deadline_in(ms));
	if (child > 1) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return result;
}

int main(void)
{
	int64_t began;

	if (tsig_key_read(&key, span_str(KEY)) != TSIG_KEY_OK)
		abort();
	check(send_to(DONE, NO_SERVER, false, LIMIT_MS) == DNS_UPDATE_DONE, "over TCP");
	check(send_to(REFUSED, DONE, false, LIMIT_MS) == DNS_UPDATE_REFUSED,
	      "what TCP says counts, whatever UDP would say");
	check(send_to(NO_SERVER, DONE, false, LIMIT_MS) == DNS_UPDATE_DONE, "over UDP where TCP is refused");
	check(send_to(HANG_UP, DONE, false, LIMIT_MS) == DNS_UPDATE_DONE, "and where it is cut");
	check(send_to(NO_SERVER, OTHER_ID, false, LIMIT_MS) == DNS_UPDATE_REFUSED,
	      "an answer with another id is passed over");
	check(send_to(DONE, NO_SERVER, true, LIMIT_MS) == DNS_UPDATE_UNSIGNED, "unsigned it is not done");
	check(send_to(REFUSED, NO_SERVER, true, LIMIT_MS) == DNS_UPDATE_REFUSED, "but may be refused");
	check(send_to(NO_SERVER, DONE, true, 300) == DNS_UPDATE_UNSIGNED,
	      "over UDP a signed answer is waited for, and the unsigned one told at the end");
	check(send_to(NO_SERVER, NO_SERVER, false, LIMIT_MS) == DNS_UPDATE_NO_ANSWER, "nobody there");
	began = deadline_now();
	check(send_to(NOTHING, NOTHING, false, 300) == DNS_UPDATE_NO_ANSWER, "nobody who answers");
	check(deadline_now() - began < 2000, "which ends at the deadline");
	return tap_end();
}
