/* Children: what they are given, how they end, and that they end with their parent. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "tap.h"

enum { SOON_MS = 200, LATE_MS = 20000 };

static char text[256];
static struct builder out;
static int status;

/* A program that has to say with what it ends, before the late deadline. */
static bool runs(const char *const *argv, const char *const *env, enum child_result expected, int code)
{
	enum child_result r;

	builder_init(&out, text, sizeof text);
	r = child_run(argv, env, &out, deadline_in(LATE_MS), &status);
	if (r != expected || status != code)
		printf("# %d, status %d\n", (int)r, status);
	return r == expected && status == code;
}

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define SH(script) ARGV("sh", "-c", script)

static bool said(const char *what)
{
	return builder_ok(&out) && span_is(builder_span(&out), what);
}

static void ends(void)
{
	check(runs(SH("exit 0"), NULL, CHILD_EXITED, 0) && said(""), "done");
	check(runs(SH("echo a; exit 7"), NULL, CHILD_EXITED, 7) && said("a\n"), "its status and output");
	check(runs(SH("kill -TERM $$"), NULL, CHILD_KILLED, SIGTERM), "killed");
	check(runs(SH("kill -PIPE $$; exit 3"), NULL, CHILD_KILLED, SIGPIPE), "SIGPIPE is as by default");
	check(runs(ARGV("echo", "a  b", "*", ""), NULL, CHILD_EXITED, 0) && said("a  b * \n"), "arguments are left alone");
	check(child_run(SH("exit 5"), NULL, NULL, DEADLINE_NEVER, &status) == CHILD_EXITED && status == 5,
	      "without its output");
}

static void is_given(void)
{
	static const char *const env[] = { "POSTERN_A=one two", "POSTERN_B=", NULL };
	int fd = open("/dev/null", O_RDONLY), high = dup2(fd, 7);
	sigset_t all, before;

	check(runs(SH("cat; read x; echo $?"), NULL, CHILD_EXITED, 0) && said("1\n"), "no input");
	check(fd > 2 && high == 7 && runs(SH("(: <&7) 2>/dev/null || echo closed"), NULL, CHILD_EXITED, 0) &&
	      said("closed\n"), "an open descriptor of ours is closed");
	setenv("POSTERN_A", "three", 1);
	check(runs(SH("echo $POSTERN_A; echo ${POSTERN_B-unset}"), env, CHILD_EXITED, 0) && said("one two\n\n"),
	      "further variables");
	check(strcmp(getenv("POSTERN_A"), "three") == 0, "which are not ours");
	check(runs(SH("read -r a b c d group rest </proc/$$/stat; [ $group = $$ ] && echo own"), NULL,
	           CHILD_EXITED, 0) && said("own\n"), "a process group");
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	check(runs(SH("kill -USR1 $$"), NULL, CHILD_KILLED, SIGUSR1), "signals blocked here reach it");
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGCHLD, SIG_IGN);
	check(runs(SH("exit 9"), NULL, CHILD_EXITED, 9), "its status, though SIGCHLD was ignored");
	close(fd);
	close(high);
}

static void write_program(const char *name, const char *content, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, content, strlen(content)) < 0 || fchmod(fd, mode) < 0)
		abort();
	close(fd);
}

static void is_found(void)
{
	static char long_path[9000];

	check(mkdir("d1", 0700) == 0 && mkdir("d2", 0700) == 0, "two directories");
	write_program("d1/tool", "#!/bin/sh\necho 1 $0\n", 0600);
	write_program("d2/tool", "#!/bin/sh\necho 2\n", 0700);
	write_program("d2/text", "echo a shell\n", 0700);
	write_program("here", "#!/bin/sh\necho here\n", 0700);
	setenv("PATH", "nowhere:here:d1:d2", 1);
	check(runs(ARGV("tool"), NULL, CHILD_EXITED, 0) && said("2\n"), "along PATH, past one that cannot be executed");
	setenv("PATH", "d1:nowhere", 1);
	check(runs(ARGV("tool"), NULL, CHILD_EXITED, 126), "only one that cannot be executed");
	check(runs(ARGV("none"), NULL, CHILD_EXITED, 127) && runs(ARGV(""), NULL, CHILD_EXITED, 127) &&
	      runs(ARGV("d9/tool"), NULL, CHILD_EXITED, 127), "not found");
	check(runs(ARGV("d2/tool"), NULL, CHILD_EXITED, 0) && said("2\n"), "a path is not looked for");
	check(runs(ARGV("here"), NULL, CHILD_EXITED, 127) && runs(ARGV("./here"), NULL, CHILD_EXITED, 0),
	      "nor is the working directory looked in");
	setenv("PATH", "d1::", 1);
	check(runs(ARGV("here"), NULL, CHILD_EXITED, 0) && said("here\n"), "unless PATH says so");
	setenv("PATH", "d2", 1);
	check(runs(ARGV("text"), NULL, CHILD_EXITED, 126) && said("") &&
	      runs(ARGV("d2/text"), NULL, CHILD_EXITED, 126) && runs(ARGV("./d2"), NULL, CHILD_EXITED, 126),
	      "what is no program is given to no shell");
	memset(long_path, 'x', sizeof long_path - 4);
	memcpy(long_path + sizeof long_path - 4, ":d2", 4);
	setenv("PATH", long_path, 1);
	check(runs(ARGV("tool"), NULL, CHILD_EXITED, 0), "a part of PATH that is too long is passed over");
	unsetenv("PATH");
	check(runs(ARGV("true"), NULL, CHILD_EXITED, 0), "without PATH");
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
}

static void says_much(void)
{
	check(runs(SH("head -c 1000000 /dev/zero"), NULL, CHILD_EXITED, 0) && !builder_ok(&out) &&
	      out.len == sizeof text, "more than there is room for: its beginning, and it is not stopped");
	check(runs(SH("head -c 256 /dev/zero"), NULL, CHILD_EXITED, 0) && builder_ok(&out) && out.len == 256,
	      "as much as there is room for");
}

/* Nobody has the other end of this pipe any more. */
static bool all_gone(int fd)
{
	char c;
	size_t n;

	return io_read(fd, &c, 1, &n, deadline_in(LATE_MS)) == IO_END;
}

/* Runs with its standard error in a pipe, whose reading end is returned. */
static int run_watched(const char *const *argv, int64_t deadline, enum child_result *r)
{
	int fds[2], old = dup(2);

	if (pipe2(fds, O_CLOEXEC) < 0 || dup2(fds[1], 2) < 0)
		abort();
	close(fds[1]);
	builder_init(&out, text, sizeof text);
	*r = child_run(argv, NULL, &out, deadline, &status);
	dup2(old, 2);
	close(old);
	return fds[0];
}

static void too_late(void)
{
	int64_t began = deadline_now();
	enum child_result r;
	int fd;

	fd = run_watched(SH("trap '' TERM HUP INT; cat fifo & cat fifo & echo here; cat fifo"),
	                 deadline_in(SOON_MS), &r);
	check(r == CHILD_TIMEOUT && deadline_now() - began >= SOON_MS, "the deadline passes");
	check(all_gone(fd), "the whole group is killed");
	check(said("here\n"), "what it said before is there");
	close(fd);
	fd = run_watched(SH("exec cat fifo"), deadline_now(), &r);
	check(r == CHILD_TIMEOUT && all_gone(fd), "a deadline that has passed already");
	close(fd);
}

static void leaves_something(void)
{
	enum child_result r;
	int fd = run_watched(SH("cat fifo & echo started; exit 4"), deadline_in(LATE_MS), &r), fifo;

	check(r == CHILD_EXITED && status == 4 && said("started\n"),
	      "what it leaves running with its output is not waited for");
	fifo = open("fifo", O_WRONLY);
	close(fifo);
	check(all_gone(fd), "and left alone");
	close(fd);
}

/* Functions that run in a child. */

static int echoes(void *context, int fd)
{
	char line[64];
	size_t n;

	while (io_read(fd, line, sizeof line, &n, DEADLINE_NEVER) == IO_OK)
		io_write_all(fd, span_of(line, n), DEADLINE_NEVER);
	return *(int *)context;
}

static int has_no_alarm(void *context, int fd)
{
	struct itimerval timer;

	(void)context;
	(void)fd;
	return getitimer(ITIMER_REAL, &timer) == 0 && timer.it_value.tv_sec == 0 &&
	       timer.it_value.tv_usec == 0 ? 0 : 1;
}

static int never_ends(void *context, int fd)
{
	(void)context;
	(void)fd;
	while (true)
		pause();
	return 0;
}

static int kills_itself(void *context, int fd)
{
	(void)context;
	(void)fd;
	raise(SIGKILL);
	return 0;
}

static void starts(void)
{
	int code = 42;
	struct child c;
	char answer[5];

	check(child_start(&c, echoes, &code) && c.pid > 1 && io_write_all(c.fd, span_str("hello"), DEADLINE_NEVER) == IO_OK &&
	      io_read_all(c.fd, answer, 5, deadline_in(LATE_MS)) == IO_OK && memcmp(answer, "hello", 5) == 0,
	      "a child answers");
	check(fcntl(c.fd, F_GETFD) == FD_CLOEXEC, "its descriptor is closed on exec");
	check(child_end(&c, deadline_in(LATE_MS), &status) == CHILD_EXITED && status == 42 && c.pid == 0 && c.fd == -1,
	      "and ends when its socket does");
	check(child_end(&c, deadline_in(LATE_MS), &status) == CHILD_ERROR && errno == ECHILD, "once");
	check(child_start(&c, kills_itself, NULL) && child_end(&c, deadline_in(LATE_MS), &status) == CHILD_KILLED &&
	      status == SIGKILL, "killed");
	check(child_start(&c, never_ends, NULL) && child_end(&c, deadline_in(SOON_MS), &status) == CHILD_TIMEOUT &&
	      waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "too late, and waited for");
	alarm(1000);
	check(child_start(&c, has_no_alarm, NULL) && child_end(&c, deadline_in(LATE_MS), &status) == CHILD_EXITED &&
	      status == 0, "the alarm is not inherited");
	alarm(0);
}

/* A process that starts children of both kinds and is killed: nobody has the pipe then. */
static void dies_with_parent(void)
{
	int fds[2];
	struct child c;
	char ready;
	size_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		dup2(fds[1], 2); /* held by both kinds of children */
		close(fds[0]);
		child_start(&c, never_ends, NULL);
		child_run(SH("echo >&2; exec cat fifo"), NULL, NULL, DEADLINE_NEVER, &status);
		_exit(0);
	}
	close(fds[1]);
	check(pid > 1 && io_read(fds[0], &ready, 1, &n, deadline_in(LATE_MS)) == IO_OK, "a parent with children");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check(all_gone(fds[0]), "they die with it");
	close(fds[0]);
}

/* No descriptor is left open, whatever happened above. */
static int next_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

int main(void)
{
	char path[] = "/tmp/child.XXXXXX";
	int before = next_descriptor();

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(path) || chdir(path) < 0 || mkfifo("fifo", 0600) < 0)
		return 1;
	ends();
	is_given();
	is_found();
	says_much();
	too_late();
	leaves_something();
	starts();
	dies_with_parent();
	check(next_descriptor() == before, "no descriptor is left open");
	child_run(ARGV("rm", "-rf", path), NULL, NULL, DEADLINE_NEVER, &status);
	return tap_end();
}
