/*
 * host_server: a DNS server of a test's own, on the loopback, in a child. It
 * answers by what the first label says of the question's type: "4" and "6" give
 * a record each time they stand in it, "f" fails, "s" is silent about AAAA, "t"
 * about A.
 */
#ifndef UNIT_HOST_SERVER_H
#define UNIT_HOST_SERVER_H

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dns.h"

enum { HEAD = 12, A = 1, AAAA = 28 };

static struct dns_servers servers = { .n = 1 };
static unsigned int *questions; /* how many came, in memory shared with the child */

/* One address record with a number in it for the type and its place. */
static size_t add_record(unsigned char *at, unsigned int type, unsigned int number)
{
	static const unsigned char ip[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	size_t len = type == A ? 4 : 16;

	memcpy(at, "\xc0\x0c\0\0\0\1\0\0\0\x07\0\0", 12);
	at[3] = (unsigned char)type;
	at[11] = (unsigned char)len;
	memcpy(at + 12, type == A ? (const unsigned char *)"\xc0\0\2\0" : ip, len);
	at[12 + len - 1] = (unsigned char)number;
	return 12 + len;
}

static size_t reply_to(unsigned char *m, size_t len)
{
	char label[64] = "";
	size_t end = len - 11;
	unsigned int type = m[end - 3], n = 0;

	memcpy(label, m + HEAD + 1, m[HEAD] & 63);
	if (strchr(label, type == A ? 't' : 's'))
		return 0;
	m[2] = 0x81;
	m[3] = strchr(label, 'f') && type == A ? 0x82 : 0x80;
	m[11] = 0;
	for (const char *p = label; *p; p++)
		if (*p == (type == A ? '4' : '6'))
			end += add_record(m + end, type, ++n);
	m[7] = (unsigned char)n;
	return end;
}

static void serve(int fd)
{
	for (;;) {
		unsigned char m[2000];
		struct sockaddr_in from;
		socklen_t from_len = sizeof from;
		ssize_t len = recvfrom(fd, m, 300, 0, (struct sockaddr *)&from, &from_len);
		size_t reply_len;

		if (len < HEAD + 16)
			continue;
		__atomic_fetch_add(questions, 1, __ATOMIC_RELAXED);
		reply_len = reply_to(m, (size_t)len);
		if (reply_len > 0)
			sendto(fd, m, reply_len, 0, (struct sockaddr *)&from, from_len);
	}
}

static pid_t start_server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	pid_t pid;

	questions = mmap(NULL, sizeof *questions, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (questions == MAP_FAILED)
		abort();
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&a, len) < 0 || getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		abort();
	addr_set(&servers.server[0], (struct sockaddr *)&a, len);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	close(fd);
	return pid;
}

#endif
