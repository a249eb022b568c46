/* Connecting in the event loop: who wins, who fails, when. */
#include "net/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

enum { TOTAL_MS = 5000 };

static struct loop loop;
static struct dial dial;
static bool done;
static struct addr open_4, open_6, closed, full;

static void dialled(struct dial *d)
{
	(void)d;
	done = true;
	loop.stop = true;
}

static void parse(struct addr *a, const char *text)
{
	if (!addr_parse(a, span_str(text)))
		check(false, "%s is an address", text);
}

/* Listens at a free port of `text`; its descriptor. */
static int listener(struct addr *a, const char *text, int backlog)
{
	struct sockaddr_storage s;
	socklen_t len = sizeof s;
	int fd;

	parse(a, text);
	if (sock_listen(a, backlog, &fd) != SOCK_DONE)
		return -1;
	getsockname(fd, (struct sockaddr *)&s, &len);
	addr_set(a, (struct sockaddr *)&s, len);
	return fd;
}

/* Through all of it; the time it took. */
static int64_t go(const struct addr *list, size_t n, int64_t ms)
{
	int64_t since = deadline_now();

	loop.now = since;
	loop.stop = done = false;
	if (!dial_start(&dial, &loop, list, n, deadline_in(ms), dialled))
		loop_run(&loop);
	return deadline_now() - since;
}

static bool won(const struct addr *a)
{
	struct sockaddr_storage s;
	socklen_t len = sizeof s;

	return dial.result == SOCK_DONE && dial.fd >= 0 && addr_eq(&dial.to, a) &&
	       getpeername(dial.fd, (struct sockaddr *)&s, &len) == 0;
}

static void ready(struct loop_watch *w, uint32_t events)
{
	(void)w;
	done = (events & EPOLLOUT) != 0;
	loop.stop = true;
}

static void taken(void)
{
	struct loop_watch w = { .fd = -1, .ready = ready };
	int fd;

	go(&open_4, 1, TOTAL_MS);
	fd = dial.fd;
	check(won(&open_4) && dial_take(&dial, &w, EPOLLOUT | EPOLLET) && w.fd == fd, "its descriptor is taken over");
	dial_end(&dial);
	loop.stop = done = false;
	loop_run(&loop);
	check(done && write(fd, "x", 1) == 1, "and watched by its new owner");
	loop_remove(&loop, &w);
	close(fd);
}

static void order(void)
{
	struct addr list[3] = { closed, closed, open_4 };
	int64_t ms = go(list, 3, TOTAL_MS);

	check(won(&open_4) && ms < SOCK_DELAY_MS, "those that refuse cost no time");
	dial_end(&dial);
	list[0] = full;
	ms = go(list, 3, TOTAL_MS);
	check(won(&open_4) && ms >= SOCK_DELAY_MS - 5 && ms < TOTAL_MS, "a silent one costs a quarter of a second (%d)", (int)ms);
	dial_end(&dial);
	list[1] = open_6;
	go(list, 3, TOTAL_MS);
	check(open_6.len == 0 || won(&open_6), "the other family is next");
	dial_end(&dial);
}

static void failures(void)
{
	struct addr list[2] = { closed, closed };
	int64_t ms;

	go(list, 2, TOTAL_MS);
	check(dial.result == SOCK_REFUSED && dial.error == ECONNREFUSED && dial.fd < 0, "all refuse");
	dial_end(&dial);
	ms = go(&full, 1, 300);
	check(dial.result == SOCK_TIMEOUT && ms >= 295 && ms < 2000, "nobody answers: at the deadline");
	dial_end(&dial);
	go(list, 0, TOTAL_MS);
	check(dial.result == SOCK_NO_ADDRESS, "nowhere to go");
	dial_end(&dial);
	loop.now = deadline_now();
	check(!dial_start(&dial, &loop, &full, 1, deadline_in(TOTAL_MS), dialled), "under way");
	dial_end(&dial);
	check(loop.n_timers == 0, "ended in the middle: nothing is left in the loop");
	dial_end(&dial);
}

static void local(void)
{
	char path[] = "/tmp/unit-dial-XXXXXX", text[64];
	struct addr a;
	int fd;

	if (!mkdtemp(path))
		return;
	snprintf(text, sizeof text, "unix:%s/s", path);
	parse(&a, text);
	go(&a, 1, TOTAL_MS);
	check(dial.result == SOCK_NO_ADDRESS, "a socket that is not there");
	dial_end(&dial);
	check(sock_listen(&a, 5, &fd) == SOCK_DONE, "a Unix socket");
	go(&a, 1, TOTAL_MS);
	check(won(&a) && !done, "is connected to at once");
	dial_end(&dial);
	close(fd);
	unlink(text + 5);
	rmdir(path);
}

int main(void)
{
	int l4, l6, lf, fill[8];

	if (!loop_init(&loop, NULL))
		return 1;
	l4 = listener(&open_4, "127.0.0.1:0", 100);
	l6 = listener(&open_6, "[::1]:0", 100);
	if (l6 < 0)
		open_6.len = 0;
	lf = listener(&closed, "127.0.0.1:0", 1);
	close(lf);
	lf = listener(&full, "127.0.0.1:0", 0);
	for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
		/* Until the backlog takes no more, and connecting is silence. */
		if (sock_connect(&full, 1, 0, deadline_in(200), &fill[i]) != SOCK_DONE)
			break;
	}
	check(l4 >= 0 && lf >= 0, "listening");
	go(&open_4, 1, TOTAL_MS);
	check(won(&open_4) && done, "connected");
	dial_end(&dial);
	taken();
	order();
	failures();
	local();
	loop_free(&loop);
	return tap_end();
}
