/* net/starter: a program for each connection, started by another process. */
#include "net/starter.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "tap.h"

enum { LIMIT_MS = 20000 };

/* Answers with its variables, and with how many descriptors it has; then gives back what it reads. */
static int become(void *with, struct span variables, int fd)
{
	unsigned char text[512];
	size_t len, n = 0;
	struct stat st;

	/* Beside the socket: the one its orders come by, which execve() closes. */
	for (int i = 3; i < 64; i++)
		if (i != fd && fstat(i, &st) == 0)
			n++;
	io_write_all(fd, variables, deadline_in(LIMIT_MS));
	text[0] = (unsigned char)('0' + n);
	text[1] = *(const unsigned char *)with;
	io_write_all(fd, span_of(text, 2), deadline_in(LIMIT_MS));
	while (io_read(fd, text, sizeof text, &len, deadline_in(LIMIT_MS)) == IO_OK)
		io_write_all(fd, span_of(text, len), deadline_in(LIMIT_MS));
	return 0;
}

static bool pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
}

/* The socket's other end is closed here: what is read ends with the program. */
static bool says(int fd, const char *wanted, size_t len)
{
	char text[64];
	bool good;

	good = io_read_all(fd, text, len, deadline_in(LIMIT_MS)) == IO_OK && memcmp(text, wanted, len) == 0;
	shutdown(fd, SHUT_WR);
	good = good && io_read_all(fd, text, 1, deadline_in(LIMIT_MS)) == IO_END;
	close(fd);
	return good;
}

static void test_many(bool once)
{
	static const struct span variables = { (const unsigned char *)"A=1\0B=2", 8 };
	const struct starter_work work = { become, "x", once };
	struct starter s;
	int ends[5][2];
	bool good = true;

	check(starter_start(&s, &work), "started, %s", once ? "for one" : "for many");
	for (int i = 0; i < (once ? 1 : 5); i++) {
		good = good && pair(ends[i]) && starter_order(&s, variables, ends[i][1]) == STARTER_OK;
		close(ends[i][1]);
	}
	check(good, "orders");
	for (int i = 0; i < (once ? 1 : 5); i++)
		good = good && says(ends[i][0], "A=1\0B=2\0" "1x", 10);
	check(good, "each has its variables and its socket, and nothing else of the server's");
	if (once) {
		int64_t until = deadline_in(LIMIT_MS);
		enum starter_result r;

		/* It became the program, and that is over. */
		while ((r = starter_order(&s, variables, 0)) != STARTER_GONE && deadline_now() < until)
			;
		check(r == STARTER_GONE, "there was one");
	}
	starter_end(&s);
	check(s.fd == -1, "ended");
	starter_end(&s);
}

static void test_large(void)
{
	static unsigned char text[STARTER_ENV_MAX + 1];
	const struct starter_work work = { become, "y", false };
	struct starter s;

	check(starter_start(&s, &work) &&
	              starter_order(&s, span_of(text, sizeof text), 0) == STARTER_LATER,
	      "variables that are too many are not sent");
	check(starter_order(&s, span_of("A=1", 4), -1) != STARTER_OK, "nor is an order without a socket");
	starter_end(&s);
}

int main(void)
{
	test_many(false);
	test_many(true);
	test_large();
	return tap_end();
}
