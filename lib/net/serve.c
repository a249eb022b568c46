/* One connection, or all that a listening socket brings. */
#include "net/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"

enum { PAUSE_MS = 100, ACCEPT_BATCH = 64 };

const char *serve_strerror(enum serve_error error)
{
	switch (error) {
	case SERVE_OK:
		return "success";
	case SERVE_NOT_OPEN:
		return "not a connection or a listening socket";
	case SERVE_SYSTEM:
		return strerror(errno);
	}
	return "unknown";
}

static struct serve *of_loop(struct loop *loop)
{
	return loop_owner(loop, struct serve, loop);
}

static void settle(struct loop *loop)
{
	struct serve *s = of_loop(loop);

	if (s->settle)
		s->settle(s);
	if (s->conns.n == 0 && (!s->listening || s->draining))
		loop->stop = true;
}

static void count_end(struct conn_set *set, struct conn *c)
{
	struct serve *s = loop_owner(set, struct serve, conns);

	__atomic_fetch_sub(&s->counts->open, 1, __ATOMIC_RELAXED);
	if (s->clients)
		clients_leave(s->clients, c->client);
}

static void count(uint64_t *figure)
{
	__atomic_fetch_add(figure, 1, __ATOMIC_RELAXED);
}

/* A connection was accepted. */
static void welcome(struct serve *s, int fd, const struct addr *peer)
{
	struct client *client;

	if (!clients_enter(s->clients, peer, s->max_per_client, &client)) {
		count(&s->counts->refused);
		close(fd);
		return;
	}
	if (s->conns.n >= s->max_connections && conn_evict(&s->conns))
		count(&s->counts->evicted);
	count(&s->counts->accepted);
	__atomic_fetch_add(&s->counts->open, 1, __ATOMIC_RELAXED);
	if (s->conns.n < s->max_connections &&
	    conn_start(&s->conns, s->kind, s->context, fd, fd, client))
		return;
	__atomic_fetch_sub(&s->counts->open, 1, __ATOMIC_RELAXED);
	clients_leave(s->clients, client);
	close(fd);
}

/* True when accepting can go on at once. */
static bool accept_one(struct serve *s)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	struct addr peer;
	int fd = accept4(0, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		addr_set(&peer, (struct sockaddr *)&from, len);
		welcome(s, fd, &peer);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		count(&s->counts->accept_errors);
		if (conn_evict(&s->conns)) {
			count(&s->counts->evicted);
			return true;
		}
		/* Nothing can be given up: leave the backlog alone for a moment. */
		loop_remove(&s->loop, &s->listener);
		loop_timer_set(&s->loop, &s->pause, s->loop.now + PAUSE_MS);
		return false;
	default:
		/* The connection's own error (accept(2)): the next one may be good. */
		count(&s->counts->accept_errors);
		return errno != EBADF && errno != EINVAL && errno != ENOTSOCK;
	}
}

static void accept_ready(struct loop_watch *w, uint32_t events)
{
	struct serve *s = loop_owner(w, struct serve, listener);

	(void)events;
	for (int i = 0; i < ACCEPT_BATCH && accept_one(s); i++)
		;
}

static bool listen_on(struct serve *s)
{
	return loop_add(&s->loop, &s->listener, 0, EPOLLIN | EPOLLEXCLUSIVE);
}

static void pause_over(struct loop_timer *t)
{
	struct serve *s = loop_owner(t, struct serve, pause);

	if (!s->draining && !listen_on(s))
		loop_timer_set(&s->loop, &s->pause, s->loop.now + PAUSE_MS);
}

static void grace_over(struct loop_timer *t)
{
	loop_owner(t, struct serve, grace)->loop.stop = true;
}

static void signal_ready(struct loop_watch *w, uint32_t events)
{
	struct serve *s = loop_owner(w, struct serve, signals);
	struct signalfd_siginfo info;

	(void)events;
	if (read(s->signal_fd, &info, sizeof info) < 0 || s->draining)
		return;
	s->draining = true;
	loop_timer_clear(&s->loop, &s->pause);
	loop_remove(&s->loop, &s->listener);
	/* Who is in the backlog has been promised an answer. */
	for (int i = 0; i < SOMAXCONN && accept_one(s); i++)
		;
	close(0);
	loop_timer_set(&s->loop, &s->grace, s->loop.now + s->grace_ms);
	conn_drain_all(&s->conns);
}

/* As many descriptors as allowed; never more connections than they make room for. */
static void raise_limit(struct serve *s)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < s->max_connections + SERVE_SPARE_FDS)
		s->max_connections = limit.rlim_cur > 2 * SERVE_SPARE_FDS
		                             ? (size_t)limit.rlim_cur - SERVE_SPARE_FDS
		                             : (size_t)limit.rlim_cur / 2;
}

static enum serve_error open_listener(struct serve *s)
{
	int flags = fcntl(0, F_GETFL), seconds = 10;
	sigset_t set;

	if (flags < 0 || fcntl(0, F_SETFL, flags | O_NONBLOCK) < 0)
		return SERVE_SYSTEM;
	/* A connection without a request does not wake us; a socket without TCP does not mind. */
	setsockopt(0, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
	raise_limit(s);
	s->clients = calloc(1, sizeof *s->clients);
	if (!s->clients || !clients_init(s->clients))
		return SERVE_SYSTEM;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return SERVE_SYSTEM;
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0 || !loop_add(&s->loop, &s->signals, s->signal_fd, EPOLLIN) || !listen_on(s))
		return SERVE_SYSTEM;
	return SERVE_OK;
}

/*
 * A pipe or file of our own opening, so that making it non-blocking changes
 * nothing for who else has it; where that cannot be, the one we were given.
 */
static bool open_again(int fd, const char *path, int mode)
{
	int own = open(path, mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	bool good;

	if (own < 0) {
		int flags = fcntl(fd, F_GETFL);

		return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
	}
	good = dup2(own, fd) == fd;
	close(own);
	return good;
}

/* Files are always ready, and opening one again would read it from its start. */
static bool waits(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);
}

static enum serve_error open_connection(const struct stat *in)
{
	struct stat out;

	if (S_ISSOCK(in->st_mode))
		return SERVE_OK;
	if (fstat(1, &out) < 0)
		return SERVE_NOT_OPEN;
	if (waits(in) && !open_again(0, "/proc/self/fd/0", O_RDONLY))
		return SERVE_SYSTEM;
	if (waits(&out) && !open_again(1, "/proc/self/fd/1", O_WRONLY))
		return SERVE_SYSTEM;
	return SERVE_OK;
}

bool serve_listens(void)
{
	int accepts = 0;
	socklen_t len = sizeof accepts;

	return getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) == 0 && accepts != 0;
}

enum serve_error serve_open(struct serve *s)
{
	struct stat st;

	if (fstat(0, &st) < 0 || S_ISDIR(st.st_mode))
		return SERVE_NOT_OPEN;
	if (!loop_init(&s->loop, settle))
		return SERVE_SYSTEM;
	s->conns = (struct conn_set){ .loop = &s->loop, .ended = count_end };
	s->listener = (struct loop_watch){ .fd = -1, .ready = accept_ready };
	s->signals = (struct loop_watch){ .fd = -1, .ready = signal_ready };
	s->pause.expired = pause_over;
	s->grace.expired = grace_over;
	s->listening = serve_listens();
	s->connected = S_ISSOCK(st.st_mode);
	return s->listening ? open_listener(s) : open_connection(&st);
}

enum serve_error serve_run(struct serve *s)
{
	if (!s->listening) {
		count(&s->counts->accepted);
		__atomic_fetch_add(&s->counts->open, 1, __ATOMIC_RELAXED);
		if (!conn_start(&s->conns, s->kind, s->context, 0, s->connected ? 0 : 1, NULL))
			return SERVE_SYSTEM;
		settle(&s->loop);
	}
	if (!loop_run(&s->loop))
		return SERVE_SYSTEM;
	if (s->settle)
		s->settle(s);
	return SERVE_OK;
}
