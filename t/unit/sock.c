/* Sockets that listen and connect: real ones, on loopback and in a directory of the test's own. */
#include "net/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "tap.h"

enum { TOTAL_MS = 3000, SOON_MS = 200 };

static char dir[] = "/tmp/unit-sock.XXXXXX";

static struct addr at(const char *text)
{
	struct addr a;

	if (!addr_parse(&a, span_str(text)))
		abort();
	return a;
}

/* unix:DIR/name, with what follows it. */
static struct addr local(const char *name)
{
	char text[200];

	snprintf(text, sizeof text, "unix:%s/%s", dir, name);
	return at(text);
}

static struct addr bound(int fd)
{
	struct sockaddr_storage s;
	socklen_t len = sizeof s;
	struct addr a;

	if (getsockname(fd, (struct sockaddr *)&s, &len) < 0)
		abort();
	addr_set(&a, (struct sockaddr *)&s, len);
	return a;
}

static struct addr with_port(const char *text, uint16_t port)
{
	struct addr a = at(text);

	addr_set_port(&a, port);
	return a;
}

/* Somebody answers at `a`. */
static bool answers(struct addr a)
{
	int fd;
	bool yes = sock_connect(&a, 1, 0, deadline_in(TOTAL_MS), &fd) == SOCK_DONE;

	if (yes)
		close(fd);
	return yes;
}

/* Takes a connection and ends it first, which leaves the port in TIME-WAIT. */
static bool hangs_up(int listener, struct addr a)
{
	unsigned char byte;
	size_t len;
	int fd, accepted;
	bool ended;

	if (sock_connect(&a, 1, 0, deadline_in(TOTAL_MS), &fd) != SOCK_DONE)
		return false;
	accepted = accept(listener, NULL, NULL);
	close(accepted);
	ended = accepted >= 0 && io_read(fd, &byte, 1, &len, deadline_in(TOTAL_MS)) == IO_END;
	close(fd);
	return ended;
}

static bool have_v6(void)
{
	struct addr a = at("[::1]:0");
	int fd;

	if (sock_listen(&a, 1, &fd) != SOCK_DONE)
		return false;
	close(fd);
	return true;
}

static void test_listen(void)
{
	struct addr a = at("127.0.0.1:0"), b;
	int fd, second;

	check(sock_listen(&a, 5, &fd) == SOCK_DONE && addr_port(&a) == 0, "a socket on any port");
	check(fcntl(fd, F_GETFD) == FD_CLOEXEC && !(fcntl(fd, F_GETFL) & O_NONBLOCK),
	      "is close-on-exec and blocking");
	b = bound(fd);
	check(hangs_up(fd, b), "and takes connections");
	check(sock_listen(&b, 5, &second) == SOCK_IN_USE && second == -1 && errno == EADDRINUSE,
	      "its port is in use");
	check(strcmp(sock_strerror(SOCK_IN_USE), strerror(EADDRINUSE)) == 0, "and that is said");
	close(fd);
	check(sock_listen(&b, 5, &fd) == SOCK_DONE,
	      "but not when it is gone, with a connection that it ended in TIME-WAIT");
	close(fd);
	a = at("192.0.2.77:0");
	check(sock_listen(&a, 5, &fd) == SOCK_NO_ADDRESS, "an address of another machine");
}

static void test_dual(void)
{
	struct addr a = at(":0"), b;
	int fd, second;
	uint16_t port;

	if (!have_v6()) {
		check(sock_listen(&a, 5, &fd) == SOCK_DONE && answers(bound(fd)),
		      ":port falls back to IPv4");
		close(fd);
		printf("ok %d # SKIP no IPv6 on this machine\n", ++tap_count);
		return;
	}
	check(sock_listen(&a, 5, &fd) == SOCK_DONE, ":port");
	port = addr_port(&(struct addr[]){ bound(fd) }[0]);
	check(answers(with_port("[::1]:0", port)), "answers over IPv6");
	check(answers(with_port("127.0.0.1:0", port)), "and over IPv4");
	b = with_port("0.0.0.0:0", port);
	check(sock_listen(&b, 5, &second) == SOCK_IN_USE, "so that is in use");
	close(fd);

	a = at("[::]:0");
	check(sock_listen(&a, 5, &fd) == SOCK_DONE, "[::]:port");
	port = addr_port(&(struct addr[]){ bound(fd) }[0]);
	check(answers(with_port("[::1]:0", port)), "answers over IPv6");
	check(!answers(with_port("127.0.0.1:0", port)) && errno == ECONNREFUSED, "but not over IPv4");
	close(fd);
}

static unsigned int mode_of(const struct addr *a)
{
	struct stat st;

	return stat(a->u.local.sun_path, &st) < 0 ? 0 : st.st_mode & 07777;
}

static void test_unix(void)
{
	struct addr a = local("a"), b = local("b:606"), nowhere = local("none/x");
	mode_t mask = umask(027);
	int fd, second;

	check(sock_listen(&a, 5, &fd) == SOCK_DONE && mode_of(&a) == 0750, "a mode left by the umask");
	check(answers(a), "takes connections");
	check(sock_listen(&a, 5, &second) == SOCK_IN_USE && answers(a), "a live socket is in use");
	close(fd);
	check(mode_of(&a) == 0750 && !answers(a), "a dead socket's file stays");
	check(sock_listen(&a, 5, &fd) == SOCK_DONE && answers(a), "and is replaced");
	close(fd);
	check(sock_listen(&b, 5, &fd) == SOCK_DONE && mode_of(&b) == 0606, "a mode asked for");
	check(umask(027) == 027, "the umask is as it was");
	close(fd);
	check(sock_listen(&nowhere, 5, &fd) == SOCK_NO_ADDRESS, "no such directory");
	unlink(a.u.local.sun_path);
	fd = open(a.u.local.sun_path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	check(sock_listen(&a, 5, &fd) == SOCK_IN_USE && mode_of(&a) == 0600, "another file stays");
	unlink(a.u.local.sun_path);
	check(symlink(b.u.local.sun_path, a.u.local.sun_path) == 0 &&
	              sock_listen(&a, 5, &fd) == SOCK_IN_USE && mode_of(&b) == 0606,
	      "a link to a dead socket stays");
	unlink(a.u.local.sun_path);
	unlink(b.u.local.sun_path);
	umask(mask);
}

/* A listening socket whose queue is full: connections to it neither succeed nor fail. */
static struct addr tarpit(int *fd, int fill[2])
{
	struct addr a = at("127.0.0.1:0");

	if (sock_listen(&a, 0, fd) != SOCK_DONE)
		abort();
	a = bound(*fd);
	for (int i = 0; i < 2; i++)
		if (sock_connect(&a, 1, 0, deadline_in(SOON_MS), &fill[i]) != SOCK_DONE)
			fill[i] = -1;
	return a;
}

static void test_connect(void)
{
	struct addr listener = at("127.0.0.1:0"), list[3];
	int fd, server;

	sock_listen(&listener, 5, &server);
	listener = bound(server);
	check(sock_connect(&listener, 1, 0, deadline_in(TOTAL_MS), &fd) == SOCK_DONE &&
	              fcntl(fd, F_GETFD) == FD_CLOEXEC && !(fcntl(fd, F_GETFL) & O_NONBLOCK),
	      "a blocking connection");
	close(fd);
	check(sock_connect(&listener, 1, SOCK_NONBLOCK, deadline_in(TOTAL_MS), &fd) == SOCK_DONE &&
	              (fcntl(fd, F_GETFL) & O_NONBLOCK),
	      "one that does not block");
	close(fd);
	close(server);
	check(sock_connect(&listener, 1, 0, deadline_in(TOTAL_MS), &fd) == SOCK_REFUSED && fd == -1 &&
	              errno == ECONNREFUSED,
	      "nobody there");
	check(sock_connect(&listener, 0, 0, deadline_in(TOTAL_MS), &fd) == SOCK_NO_ADDRESS, "nowhere to go");
	check(sock_connect(&listener, 1, 0, deadline_now(), &fd) == SOCK_TIMEOUT, "no time");

	list[0] = listener;
	list[1] = local("none");
	list[2] = at("255.255.255.255:1");
	check(sock_connect(list, 3, 0, deadline_in(TOTAL_MS), &fd) == SOCK_REFUSED,
	      "when all fail, what the first says counts");
	list[0] = list[1];
	check(sock_connect(list, 3, 0, deadline_in(TOTAL_MS), &fd) == SOCK_NO_ADDRESS,
	      "a Unix socket that is not there");
	listener = at("127.0.0.1:0");
	sock_listen(&listener, 5, &server);
	list[0] = with_port("127.0.0.1:0", addr_port(&list[0]));
	list[1] = at("255.255.255.255:1");
	list[2] = bound(server);
	check(sock_connect(list, 3, 0, deadline_in(TOTAL_MS), &fd) == SOCK_DONE &&
	              answers(list[2]),
	      "the one that answers is found behind those that do not");
	close(fd);
	close(server);
}

static int open_descriptors(void)
{
	int n = 0;

	for (int i = 0; i < 100; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static void test_race(void)
{
	int pit, fill[2], server, fd, before;
	struct addr list[40], live = at("127.0.0.1:0");
	int64_t began = deadline_now();
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	struct addr found;

	list[0] = tarpit(&pit, fill);
	began = deadline_now();
	check(sock_connect(list, 1, 0, began + 300, &fd) == SOCK_TIMEOUT &&
	              deadline_now() - began >= 300 && deadline_now() - began < TOTAL_MS,
	      "silence until the deadline");
	sock_listen(&live, 5, &server);
	list[1] = bound(server);
	before = open_descriptors();
	began = deadline_now();
	check(sock_connect(list, 2, 0, began + TOTAL_MS, &fd) == SOCK_DONE &&
	              getpeername(fd, (struct sockaddr *)&peer, &len) == 0,
	      "silence from the first, the second answers");
	check(deadline_now() - began >= SOCK_DELAY_MS && deadline_now() - began < TOTAL_MS,
	      "and is tried after a quarter of a second");
	addr_set(&found, (struct sockaddr *)&peer, len);
	check(addr_eq(&found, &list[1]), "it is the second one");
	close(fd);
	check(open_descriptors() == before, "the other attempt is closed");

	for (size_t i = 0; i < 40; i++)
		list[i] = at("255.255.255.255:1");
	list[SOCK_TRIES_MAX] = bound(server);
	check(sock_connect(list, 40, 0, deadline_in(TOTAL_MS), &fd) == SOCK_UNREACHABLE,
	      "the seventeenth address is not tried");
	list[SOCK_TRIES_MAX - 1] = bound(server);
	check(sock_connect(list, 40, 0, deadline_in(TOTAL_MS), &fd) == SOCK_DONE,
	      "the sixteenth is");
	close(fd);
	close(server);
	close(pit);
	for (int i = 0; i < 2; i++)
		if (fill[i] >= 0)
			close(fill[i]);
}

/* Two IPv6 tarpits cannot hold up IPv4: families alternate. */
static void test_families(void)
{
	struct addr list[4], live = at("127.0.0.1:0"), live6 = at("[::1]:0");
	int server, server6, fd;
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;

	if (!have_v6()) {
		printf("ok %d # SKIP no IPv6 on this machine\n", ++tap_count);
		return;
	}
	sock_listen(&live, 5, &server);
	sock_listen(&live6, 5, &server6);
	list[0] = with_port("[::1]:0", addr_port(&(struct addr[]){ bound(server) }[0]));
	list[1] = bound(server6);
	list[2] = bound(server);
	/* The first is refused; the second, of the same family, would answer, but IPv4's turn is next. */
	check(sock_connect(list, 3, 0, deadline_in(TOTAL_MS), &fd) == SOCK_DONE &&
	              getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
	              peer.ss_family == AF_INET,
	      "the other family has its turn");
	close(fd);
	list[1] = at("[ff02::1]:1");
	list[2] = at("[ff02::1]:1");
	list[3] = bound(server);
	check(sock_connect(list, 4, 0, deadline_in(TOTAL_MS), &fd) == SOCK_DONE, "and so has the last");
	close(fd);
	close(server);
	close(server6);
}

static void test_limits(void)
{
	struct addr a = at("127.0.0.1:1");
	struct rlimit before, none;
	int fd;

	getrlimit(RLIMIT_NOFILE, &before);
	none = (struct rlimit){ 0, before.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	check(sock_connect(&a, 1, 0, deadline_in(TOTAL_MS), &fd) == SOCK_SYSTEM && errno == EMFILE,
	      "no descriptor to connect");
	check(sock_listen(&a, 1, &fd) == SOCK_SYSTEM && errno == EMFILE, "or to listen");
	setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	test_listen();
	test_dual();
	test_unix();
	test_connect();
	test_race();
	test_families();
	test_limits();
	rmdir(dir);
	return tap_end();
}
