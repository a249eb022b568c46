/* Processes of our own making: begun, waited for under a deadline, ended with us. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/prog.h"

enum { NAP_MS = 10, STOP_MS = 500, CANNOT_EXECUTE = 126, NOT_FOUND = 127 };

/* Set by a signal handler: programs that are run end at once. */
static volatile sig_atomic_t stop;

/*
 * fork(2), for a child that the kernel kills when its parent is gone. Whoever
 * started us may have left SIGCHLD ignored: there would be nothing to wait for.
 */
static pid_t forked(void)
{
	pid_t parent = getpid(), pid;
	struct sigaction action;

	if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(CANNOT_EXECUTE);
	return pid;
}

bool child_start(struct child *c, int (*work)(void *context, int fd), void *context)
{
	int ends[2], error;

	*c = (struct child){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	c->pid = forked();
	if (c->pid == 0) {
		close(ends[0]);
		_exit(work(context, ends[1]));
	}
	error = errno;
	close(ends[1]);
	if (c->pid < 0) {
		close(ends[0]);
		c->pid = 0;
		errno = error;
		return false;
	}
	c->fd = ends[0];
	return true;
}

/* A child that is waited for, and what it says meanwhile. */
struct watch {
	pid_t pid;
	int pidfd;              /* -1: the kernel has none, and it is asked now and then */
	int output;             /* -1: nothing is read */
	struct builder *collected;
	bool group;             /* its process group is its own */
};

/* Takes what is there to be read; closes at the end. */
static void take_output(struct watch *w)
{
	unsigned char lost[4096];

	while (w->output >= 0) {
		ssize_t n = read(w->output, lost, sizeof lost);

		if (n > 0) {
			size_t room = w->collected->cap - w->collected->len;

			builder_add(w->collected, span_head(span_of(lost, (size_t)n), room));
			if ((size_t)n > room)
				w->collected->overflow = true;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EAGAIN) {
			return;
		} else {
			close(w->output);
			w->output = -1;
		}
	}
}

static enum child_result ended(int code, int *status)
{
	*status = WIFEXITED(code) ? WEXITSTATUS(code) : WTERMSIG(code);
	return WIFEXITED(code) ? CHILD_EXITED : CHILD_KILLED;
}

static enum child_result end_it(const struct watch *w)
{
	int code;

	if (w->group)
		kill(-w->pid, SIGKILL);
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, &code, 0) < 0 && errno == EINTR)
		;
	return CHILD_TIMEOUT;
}

/* Waits for its end. A descendant of its that keeps the output open is not waited for. */
static enum child_result watch(struct watch *w, int64_t deadline, int *status)
{
	for (;;) {
		struct pollfd fds[2] = { { .fd = w->pidfd, .events = POLLIN },
			                     { .fd = w->output, .events = POLLIN } };
		int64_t now = deadline_now();
		int code, wait_ms = deadline_wait(deadline, now);
		pid_t pid = waitpid(w->pid, &code, WNOHANG);

		take_output(w);
		if (pid == w->pid)
			return ended(code, status);
		if (pid < 0 && errno != EINTR)
			return CHILD_ERROR;
		if (now >= deadline || (w->group && stop))
			return end_it(w);
		/* A signal between the look at `stop` and poll(2) costs that much at most. */
		if (w->group && (wait_ms < 0 || wait_ms > STOP_MS))
			wait_ms = STOP_MS;
		if (w->pidfd < 0 && (wait_ms < 0 || wait_ms > NAP_MS))
			wait_ms = NAP_MS;
		if (poll(fds, 2, wait_ms) < 0 && errno != EINTR)
			return CHILD_ERROR;
	}
}

/* The descriptor of a process becomes readable with its end. */
static enum child_result wait_for(struct watch *w, int64_t deadline, int *status)
{
	enum child_result r;
	int error;

	w->pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
	r = watch(w, deadline, status);
	error = errno;
	if (w->pidfd >= 0)
		close(w->pidfd);
	if (w->output >= 0)
		close(w->output);
	errno = error;
	return r;
}

enum child_result child_end(struct child *c, int64_t deadline, int *status)
{
	struct watch w = { .pid = c->pid, .output = -1 };

	*status = 0;
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct child){ .fd = -1 };
	if (w.pid <= 0) {
		errno = ECHILD;
		return CHILD_ERROR;
	}
	return wait_for(&w, deadline, status);
}

static void close_above_2(void)
{
	struct rlimit limit;

	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0)
		return;
	/* Before Linux 5.9. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		for (rlim_t fd = 3; fd < limit.rlim_cur && fd < INT_MAX; fd++)
			close((int)fd);
}

/* execvp(3) would give what is no program to a shell. */
static int execute(const char *const argv[])
{
	const char *path = prog_env("PATH");
	struct span rest = span_str(path ? path : "/usr/local/bin:/usr/bin:/bin"), place;
	char file[PATH_MAX];
	int error = ENOENT;

	if (strchr(argv[0], '/')) {
		execv(argv[0], (char *const *)argv);
		return errno;
	}
	while (*argv[0] && span_split(&rest, ':', &place)) {
		if (place.len == 0)
			place = span_str(".");
		if (place.len >= sizeof file ||
		    (size_t)snprintf(file, sizeof file, "%.*s/%s", (int)place.len, (const char *)place.p,
		                     argv[0]) >= sizeof file)
			continue;
		execv(file, (char *const *)argv);
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
		if (error != ENOENT && error != EACCES)
			break;
	}
	return error;
}

/* The child's side. Nothing of the parent's is flushed or run at exit. */
_Noreturn static void become(const char *const argv[], const char *const env[], int output)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	if (setpgid(0, 0) < 0 || null < 0 || dup2(null, 0) < 0 || (output >= 0 && dup2(output, 1) < 0) ||
	    (env && !prog_env_add(env)))
		_exit(CANNOT_EXECUTE);
	close_above_2();
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	_exit(execute(argv) == ENOENT ? NOT_FOUND : CANNOT_EXECUTE);
}

void child_run_stop(bool now)
{
	stop = now;
}

enum child_result child_run(const char *const argv[], const char *const env[],
                            struct builder *output, int64_t deadline, int *status)
{
	struct watch w = { .output = -1, .collected = output, .group = true };
	int ends[2] = { -1, -1 }, error;

	*status = 0;
	if (output && pipe2(ends, O_CLOEXEC) < 0)
		return CHILD_ERROR;
	w.pid = forked();
	if (w.pid == 0)
		become(argv, env, ends[1]);
	error = errno;
	if (ends[1] >= 0)
		close(ends[1]);
	w.output = ends[0];
	if (w.pid < 0) {
		if (ends[0] >= 0)
			close(ends[0]);
		errno = error;
		return CHILD_ERROR;
	}
	/* Here too: the group is there before anybody kills it. It fails when the child was first. */
	setpgid(w.pid, w.pid);
	if (w.output >= 0)
		fcntl(w.output, F_SETFL, O_NONBLOCK);
	return wait_for(&w, deadline, status);
}
