/* The server's end of what starts CGI programs. */
#include "net/cgi_keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/cgi_order.h"

bool cgi_keeper_start(struct cgi_keeper *k, const struct cgi_place *place, unsigned int n)
{
	int ends[2], error;
	pid_t pid;

	k->fd = k->pidfd = -1;
	signal(SIGCHLD, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(cgi_keeper_live(ends[1], place, n));
	}
	error = errno;
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		errno = error;
		return false;
	}
	k->fd = ends[0];
	k->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return true;
}

static enum cgi_result result(ssize_t n)
{
	if (n > 0)
		return CGI_OK;
	return n < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) ? CGI_LATER : CGI_GONE;
}

enum cgi_result cgi_keeper_order(const struct cgi_keeper *k, uint32_t slot, struct span path,
                                 struct span environment, const int fd[3], bool tell)
{
	struct cgi_order order = { .slot = slot, .path_len = (uint32_t)path.len,
	                           .environment_len = (uint32_t)environment.len,
	                           .input = fd[0] >= 0, .tell = tell };
	struct iovec part[3] = { { &order, sizeof order },
	                         { (void *)(uintptr_t)path.p, path.len },
	                         { (void *)(uintptr_t)environment.p, environment.len } };
	union {
		struct cmsghdr header;
		unsigned char room[CMSG_SPACE(CGI_ORDER_FDS * sizeof(int))];
	} control;
	size_t size = (fd[0] >= 0 ? 3 : 2) * sizeof(int);
	struct msghdr m = { .msg_iov = part, .msg_iovlen = 3, .msg_control = control.room,
	                    .msg_controllen = (socklen_t)CMSG_SPACE(size) };

	if (path.len > HTTP_TARGET_MAX || environment.len > CGI_ENV_MAX)
		return CGI_LATER;
	memset(&control, 0, sizeof control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = (socklen_t)CMSG_LEN(size);
	memcpy(CMSG_DATA(&control.header), fd[0] >= 0 ? fd : fd + 1, size);
	return result(sendmsg(k->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL));
}

enum cgi_result cgi_keeper_signal(const struct cgi_keeper *k, uint32_t slot, int signal)
{
	struct cgi_order order = { .slot = slot, .signal = signal };

	return result(send(k->fd, &order, sizeof order, MSG_DONTWAIT | MSG_NOSIGNAL));
}

enum cgi_result cgi_keeper_news(const struct cgi_keeper *k, struct cgi_news *news)
{
	ssize_t n = recv(k->fd, news, sizeof *news, MSG_DONTWAIT);

	return n > 0 && n != (ssize_t)sizeof *news ? CGI_GONE : result(n);
}

/* Until it is readable, or `until`. */
static bool await(int fd, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t now = deadline_now();

	return now < until && poll(&p, 1, deadline_wait(until, now)) != 0;
}

void cgi_keeper_end(struct cgi_keeper *k)
{
	int64_t until = deadline_in(2 * CGI_KILL_MS);
	struct cgi_news news;

	if (k->fd < 0)
		return;
	shutdown(k->fd, SHUT_WR);
	while (await(k->fd, until) && cgi_keeper_news(k, &news) != CGI_GONE)
		;
	close(k->fd);
	if (k->pidfd >= 0) {
		await(k->pidfd, until);
		close(k->pidfd);
	}
	k->fd = k->pidfd = -1;
}
