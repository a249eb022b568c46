/* The keeper: starts CGI programs, waits for them, and is told to end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/cgi_order.h"

enum { SOCKET = 3, DIRECTORY = 4, SIGNALS = 5, OPEN = 6 };

struct keeper {
	const struct cgi_place *place;
	unsigned int n, running;
	pid_t pid[CGI_CHILDREN_MAX]; /* by slot; 0: none */
	bool deaf;                   /* nobody is there to be told */
};

/* These descriptors and no others. */
static bool settle_in(int fd, int dir)
{
	sigset_t mask;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* All of ours are moved out of the way first. */
	fd = fcntl(fd, F_DUPFD_CLOEXEC, OPEN);
	dir = fcntl(dir, F_DUPFD_CLOEXEC, OPEN);
	null = fcntl(null, F_DUPFD_CLOEXEC, OPEN);
	if (null < 0 || fd < 0 || dir < 0 || dup3(fd, SOCKET, O_CLOEXEC) < 0 ||
	    dup3(dir, DIRECTORY, O_CLOEXEC) < 0)
		return false;
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return false;
	sigfillset(&mask);
	if (sigprocmask(SIG_SETMASK, &mask, NULL) < 0)
		return false;
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	close(SIGNALS);
	return syscall(SYS_close_range, SIGNALS, ~0U, 0U) == 0 &&
	       signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK) == SIGNALS;
}

/* A limit of ours below the one that is there; 0: none. */
static bool limit(const struct rlimit *is, uint64_t value, struct rlimit *l)
{
	l->rlim_cur = is->rlim_max == RLIM_INFINITY || is->rlim_max > value ? value : is->rlim_max;
	l->rlim_max = l->rlim_cur;
	return value > 0;
}

static bool set_limits(const struct cgi_place *place)
{
	struct rlimit is, none = { 0, 0 }, l;

	return setrlimit(RLIMIT_CORE, &none) == 0 && getrlimit(RLIMIT_NOFILE, &is) == 0 &&
	       (!limit(&is, place->files, &l) || setrlimit(RLIMIT_NOFILE, &l) == 0) &&
	       getrlimit(RLIMIT_FSIZE, &is) == 0 &&
	       (!limit(&is, place->file_size, &l) || setrlimit(RLIMIT_FSIZE, &l) == 0) &&
	       getrlimit(RLIMIT_AS, &is) == 0 &&
	       (!limit(&is, place->memory, &l) || setrlimit(RLIMIT_AS, &l) == 0);
}

/* What programs inherit. Signals that are ignored would stay so. */
static bool bequeath(const struct cgi_place *place)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && set_limits(place);
}

static void tell(struct keeper *k, const struct cgi_news *news)
{
	if (!k->deaf && send(SOCKET, news, sizeof *news, MSG_NOSIGNAL) < 0)
		k->deaf = true;
}

/* The first process of a program ended; until it is waited for, its group cannot be another's. */
static void ended(struct keeper *k, pid_t pid)
{
	struct cgi_news news = { .slot = 0 };
	int status = 0;

	kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return;
	while (news.slot < k->n && k->pid[news.slot] != pid)
		news.slot++;
	if (news.slot == k->n)
		return;
	k->pid[news.slot] = 0;
	k->running--;
	news.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	tell(k, &news);
}

static void reap(struct keeper *k)
{
	struct signalfd_siginfo info;
	siginfo_t child;

	while (read(SIGNALS, &info, sizeof info) > 0)
		;
	for (;;) {
		child.si_pid = 0;
		if (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) < 0 || child.si_pid <= 0)
			return;
		ended(k, child.si_pid);
	}
}

static void start(struct keeper *k, const struct cgi_order *order, const unsigned char *bytes,
                  const int *fd, size_t n_fds)
{
	struct cgi_news news = { .slot = order->slot };
	int all[3] = { 0, -1, -1 }; /* our own 0 is /dev/null */
	pid_t pid;

	if (n_fds < 2)
		return;
	memcpy(n_fds == 3 ? all : all + 1, fd, n_fds * sizeof *fd);
	news.status = cgi_child_start(k->place, span_of(bytes, order->path_len),
	                              span_of(bytes + order->path_len, order->environment_len), all, &pid);
	if (news.status == 200) {
		k->pid[order->slot] = pid;
		k->running++;
		news.status = 0;
		news.started = 1;
		if (!order->tell)
			return;
	}
	tell(k, &news);
}

/* An order that is none ends the keeper: it can only come from a server that was taken over. */
static bool obey(struct keeper *k, const struct cgi_order *order, const unsigned char *bytes,
                 size_t len, const int *fd, size_t n_fds)
{
	if (order->slot >= k->n)
		return false;
	if (order->signal == SIGTERM || order->signal == SIGKILL) {
		if (k->pid[order->slot] > 1)
			kill(-k->pid[order->slot], order->signal);
		return true;
	}
	if (order->signal != 0 || k->pid[order->slot] != 0 || order->path_len > HTTP_TARGET_MAX ||
	    order->environment_len > CGI_ENV_MAX ||
	    (size_t)order->path_len + order->environment_len != len || order->path_len == 0 ||
	    bytes[0] != '/' || n_fds != 2 + (size_t)(order->input == 1) ||
	    (order->environment_len > 0 && bytes[len - 1] != 0))
		return false;
	start(k, order, bytes, fd, n_fds);
	return true;
}

/* The next order; false at the end. */
static bool listen_to(struct keeper *k)
{
	static union {
		struct cgi_order order;
		unsigned char bytes[CGI_ORDER_MAX];
	} in;
	union {
		struct cmsghdr header;
		unsigned char room[CMSG_SPACE(CGI_ORDER_FDS * sizeof(int))];
	} control;
	struct iovec part = { &in, sizeof in };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
	                    .msg_controllen = sizeof control.room };
	ssize_t len = recvmsg(SOCKET, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int fd[CGI_ORDER_FDS];
	size_t n_fds = 0;
	bool good;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (len < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c && n_fds == 0; c = NULL)
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof *fd;
			memcpy(fd, CMSG_DATA(c), n_fds * sizeof *fd);
		}
	good = len >= (ssize_t)sizeof in.order && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	       obey(k, &in.order, in.bytes + sizeof in.order, (size_t)len - sizeof in.order, fd, n_fds);
	for (size_t i = 0; i < n_fds; i++)
		close(fd[i]);
	return good;
}

static void signal_all(const struct keeper *k, int signal)
{
	for (unsigned int i = 0; i < k->n; i++)
		if (k->pid[i] > 1)
			kill(-k->pid[i], signal);
}

static void end_all(struct keeper *k)
{
	int64_t until = deadline_in(CGI_KILL_MS), now;
	struct pollfd p = { .fd = SIGNALS, .events = POLLIN };

	k->deaf = true;
	signal_all(k, SIGTERM);
	while (k->running > 0 && (now = deadline_now()) < until) {
		poll(&p, 1, deadline_wait(until, now));
		reap(k);
	}
	signal_all(k, SIGKILL);
}

int cgi_keeper_live(int fd, const struct cgi_place *place, unsigned int n)
{
	static struct keeper k;
	static struct cgi_place here;

	here = *place;
	here.dir = DIRECTORY;
	k = (struct keeper){ .place = &here, .n = n };
	if (!settle_in(fd, place->dir) || !bequeath(place))
		return 111;
	for (;;) {
		struct pollfd p[2] = { { .fd = SOCKET, .events = POLLIN },
			                   { .fd = SIGNALS, .events = POLLIN } };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents)
			reap(&k);
		if (p[0].revents && !listen_to(&k))
			break;
	}
	end_all(&k);
	return 0;
}
