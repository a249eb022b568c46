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
	if (s->n_open == 0 && (!s->listening || s->draining))
		loop->stop = true;
}

void serve_ended(struct serve *s, struct client *client)
{
	s->n_open--;
	__atomic_fetch_sub(&s->counts->open, 1, __ATOMIC_RELAXED);
	if (s->clients)
		clients_leave(s->clients, client);
}

/* The driver there is when nobody brings another. */

static void conn_ended(struct conn_set *set, struct conn *c)
{
	serve_ended(loop_owner(set, struct serve, conns), c->client);
}

static bool start_conn(struct serve *s, int in_fd, int out_fd, const struct addr *peer,
                       struct client *client)
{
	(void)peer;
	return conn_start(&s->conns, s->kind, s->context, in_fd, out_fd, client);
}

static bool evict_conn(struct serve *s)
{
	return conn_evict(&s->conns);
}

static void drain_conns(struct serve *s)
{
	conn_drain_all(&s->conns);
}

static const struct serve_driver conn_driver = { start_conn, evict_conn, drain_conns };

static void count(uint64_t *figure)
{
	__atomic_fetch_add(figure, 1, __ATOMIC_RELAXED);
}

/* Counted before it starts, for it can be over when it has. */
static bool start(struct serve *s, int in_fd, int out_fd, const struct addr *peer,
                  struct client *client)
{
	s->n_open++;
	__atomic_fetch_add(&s->counts->open, 1, __ATOMIC_RELAXED);
	if (s->driver->start(s, in_fd, out_fd, peer, client))
		return true;
	serve_ended(s, client);
	return false;
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
	if (s->n_open >= s->max_connections && s->driver->evict(s))
		count(&s->counts->evicted);
	count(&s->counts->accepted);
	if (s->n_open < s->max_connections) {
		if (!start(s, fd, fd, peer, client))
			close(fd);
		return;
	}
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
		if (s->driver->evict(s)) {
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
	s->driver->drain(s);
}

/* As many descriptors as allowed; never more connections than they make room for. */
static void raise_limit(struct serve *s)
{
	struct rlimit limit;
	rlim_t room;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	room = limit.rlim_cur > 2 * SERVE_SPARE_FDS ? limit.rlim_cur - SERVE_SPARE_FDS
	                                            : limit.rlim_cur / 2;
	if (limit.rlim_cur != RLIM_INFINITY && room / s->fds_each < s->max_connections)
		s->max_connections = (size_t)room / s->fds_each;
}

/*
 * What is written in pieces goes out at once; a connection has it from the socket it was
 * accepted from. Other sockets do not mind.
 */
static void send_at_once(void)
{
	int on = 1;

	setsockopt(0, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static enum serve_error open_listener(struct serve *s)
{
	int flags = fcntl(0, F_GETFL), seconds = 10;
	sigset_t set;

	if (flags < 0 || fcntl(0, F_SETFL, flags | O_NONBLOCK) < 0)
		return SERVE_SYSTEM;
	/* A connection without a request does not wake us; a socket without TCP does not mind. */
	setsockopt(0, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
	send_at_once();
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

	if (S_ISSOCK(in->st_mode)) {
		send_at_once();
		return SERVE_OK;
	}
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
	s->driver = s->driver ? s->driver : &conn_driver;
	s->fds_each = s->fds_each ? s->fds_each : 1;
	s->conns = (struct conn_set){ .loop = &s->loop, .ended = conn_ended };
	s->listener = (struct loop_watch){ .fd = -1, .ready = accept_ready };
	s->signals = (struct loop_watch){ .fd = -1, .ready = signal_ready };
	s->pause.expired = pause_over;
	s->grace.expired = grace_over;
	s->listening = serve_listens();
	s->connected = S_ISSOCK(st.st_mode);
	return s->listening ? open_listener(s) : open_connection(&st);
}

/* The address of who is at the other end of descriptor 0; one without a family when there is none. */
static void find_peer(struct addr *peer)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;

	*peer = (struct addr){ .mode = -1 };
	if (getpeername(0, (struct sockaddr *)&from, &len) == 0)
		addr_set(peer, (struct sockaddr *)&from, len);
}

enum serve_error serve_run(struct serve *s)
{
	struct addr peer;

	if (!s->listening) {
		count(&s->counts->accepted);
		find_peer(&peer);
		if (!start(s, 0, s->connected ? 0 : 1, &peer, NULL))
			return SERVE_SYSTEM;
		settle(&s->loop);
	}
	if (!loop_run(&s->loop))
		return SERVE_SYSTEM;
	if (s->settle)
		s->settle(s);
	return SERVE_OK;
}
