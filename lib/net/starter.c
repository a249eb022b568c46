/* Starting a program for each connection. */
#include "net/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cell.h"

/* The next order; false when there will be none. */
static bool receive(int from, char *text, size_t *len, int *fd)
{
	union {
		struct cmsghdr header;
		unsigned char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { text, STARTER_ENV_MAX };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
	                    .msg_controllen = sizeof control.room };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	do
		n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0 || m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return false;
	memcpy(fd, CMSG_DATA(c), sizeof *fd);
	*len = (size_t)n;
	return true;
}

static bool settle_in(void)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return false;
	close(null);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static void reset_signals(void)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
}

/* The server tells it to end; a signal for all of a terminal's processes is not for it. */
static int live(int from, const struct starter_work *work)
{
	static char text[STARTER_ENV_MAX];
	size_t len;
	int fd;

	cell_keep(&from, 1);
	if (!settle_in())
		return 111;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	while (receive(from, text, &len, &fd)) {
		/* Without one more process the connection just ends. */
		pid_t pid = work->once ? 0 : fork();

		if (pid == 0) {
			reset_signals();
			return work->become(work->with, span_of(text, len), fd);
		}
		close(fd);
	}
	return 0;
}

bool starter_start(struct starter *s, const struct starter_work *work)
{
	int ends[2], error;
	pid_t pid;

	s->fd = -1;
	signal(SIGCHLD, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(live(ends[1], work));
	}
	error = errno;
	close(ends[1]);
	if (pid > 0)
		s->fd = ends[0];
	else
		close(ends[0]);
	errno = error;
	return pid > 0;
}

enum starter_result starter_order(const struct starter *s, struct span variables, int fd)
{
	struct iovec part = { (void *)(uintptr_t)variables.p, variables.len };
	union {
		struct cmsghdr header;
		unsigned char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
	                    .msg_controllen = sizeof control.room };
	ssize_t n;

	if (variables.len > STARTER_ENV_MAX)
		return STARTER_LATER;
	memset(&control, 0, sizeof control);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = (socklen_t)CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	n = sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == (ssize_t)variables.len)
		return STARTER_OK;
	return n < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) ? STARTER_LATER
	                                                                        : STARTER_GONE;
}

void starter_end(struct starter *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
