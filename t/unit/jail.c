/* What a jailed process can and cannot do, each tried by a process of its own. */
#include "base/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/deadline.h"
#include "tap.h"

static char dir[] = "/tmp/postern-jail-XXXXXX";
static int outer;                          /* a directory descriptor of `dir` */
static int listener;                       /* a listening socket on the loopback */
static struct sockaddr_in there, elsewhere; /* its address, and that of another one */

/* 0, or the errno of a call that failed. */
static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

/* In a process of its own: the exit code of `what`, or 1000 and the signal that ended it. */
static int outcome(const struct jail *jail, int (*what)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		enum jail_result result = jail_enter(jail);

		_exit(result == JAIL_FAILED ? 254 : what());
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void expect(const struct jail *jail, int (*what)(void), int expected, const char *about)
{
	int got = outcome(jail, what);

	check(got == expected, "%s (%d)", about, got);
}

enum { KILLED = 1000 + SIGSYS };

#define PROMISED(...) (&(struct jail){ .promises = __VA_ARGS__ })

/* Things to try. */

static int daily_life(void)
{
	int ends[2], polled = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	struct timespec moment = { 0, 1000 };
	struct stat st;
	char c = 'x', *memory = malloc(1 << 20);

	if (!memory || polled < 0 || pipe(ends) < 0 || write(ends[1], &c, 1) != 1)
		return 1;
	memset(memory, 1, 1 << 20);
	free(memory);
	if (epoll_ctl(polled, EPOLL_CTL_ADD, ends[0], &event) < 0 ||
	    epoll_wait(polled, &event, 1, 0) != 1 || read(ends[0], &c, 1) != 1)
		return 2;
	if (fstat(ends[0], &st) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ||
	    poll(NULL, 0, 0) < 0 || nanosleep(&moment, NULL) < 0 || deadline_now() == 0)
		return 3;
	signal(SIGPIPE, SIG_IGN);
	alarm(10);
	isatty(1);
	close(ends[0]);
	return write(ends[1], &c, 1) < 0 && errno == EPIPE && getpid() > 1 ? 0 : 4;
}

static int opens(void) { return error_of(open("/etc/passwd", O_RDONLY)); }
static int forks(void) { return error_of(fork()); }
static int signals_parent(void) { return error_of(kill(getppid(), 0)); }
static int traces(void) { return error_of(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int changes_user(void) { return error_of(setuid(getuid())); }
static int changes_root(void) { return error_of(chroot("/")); }
static int mounts(void) { return error_of(syscall(SYS_mount, "a", "/", "tmpfs", 0, 0)); }
static int unshares(void) { return error_of(unshare(CLONE_NEWUSER)); }
static int loads_filter(void) { return error_of(prctl(PR_SET_SECCOMP, 2, 0, 0, 0)); }
static int no_such_call(void) { return error_of(syscall(511)); }
static int far_call(void) { return error_of(syscall(0x1000003)); }
static int minus_call(void) { return error_of(syscall(-1)); }
static int inet(void) { return error_of(socket(AF_INET, SOCK_STREAM, 0)); }
static int inet6(void) { return error_of(socket(AF_INET6, SOCK_DGRAM, 0)) % EAFNOSUPPORT; }
static int local(void) { return error_of(socket(AF_UNIX, SOCK_STREAM, 0)); }
static int netlink(void) { return error_of(socket(AF_NETLINK, SOCK_RAW, 0)); }
static int types_for_us(void) { return error_of(ioctl(0, TIOCSTI, "x")); }

static int pairs(void)
{
	int fds[2];

	return error_of(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
}

static int executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int memory_made_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 99 : error_of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int limits_itself(void)
{
	struct rlimit none = { 0, 0 };

	return error_of(setrlimit(RLIMIT_NOFILE, &none));
}

static int asks_limit(void)
{
	struct rlimit limit;

	return error_of(getrlimit(RLIMIT_NOFILE, &limit));
}

static int executes(void)
{
	static char *const argv[] = { "true", NULL }, *const env[] = { NULL };

	return error_of(execve("/bin/true", argv, env));
}

static int sends_anywhere(void)
{
	return error_of(sendto(listener, "x", 1, 0, (struct sockaddr *)&there, sizeof there));
}

static int sends_on(void)
{
	return sendto(listener, "x", 1, MSG_NOSIGNAL, NULL, 0) < 0 && errno == EPIPE ? 0 : 1;
}

static int connects(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return error_of(connect(fd, (struct sockaddr *)&there, sizeof there));
}

static int connects_elsewhere(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return error_of(connect(fd, (struct sockaddr *)&elsewhere, sizeof elsewhere));
}

static int binds(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return error_of(bind(fd, (struct sockaddr *)&any, sizeof any));
}

/* Between pipes: bytes that stay in the kernel. */
static int splices(void)
{
	int a[2], b[2];
	char c;

	if (pipe(a) < 0 || pipe(b) < 0 || write(a[1], "x", 1) != 1)
		return 99;
	if (splice(a[0], NULL, b[1], NULL, 1, SPLICE_F_NONBLOCK) != 1)
		return errno;
	return read(b[0], &c, 1) == 1 && c == 'x' ? 0 : 98;
}

/* A descriptor, over a pair that was there before. */
static int pass_over[2];

static int passes(void)
{
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	union {
		struct cmsghdr header;
		unsigned char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = (socklen_t)CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
		                      .cmsg_type = SCM_RIGHTS } };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
		                .msg_controllen = (socklen_t)CMSG_SPACE(sizeof(int)) };
	int fd = 1;

	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	return sendmsg(pass_over[0], &m, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

static int accepts(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), one = 1;

	return fd < 0 ? errno : error_of(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one));
}

static int i386_call(void)
{
#ifdef __x86_64__
	long result;

	/* getpid; a kernel without i386 calls ends the process with SIGSEGV. */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
	return result < 0;
#else
	return 0;
#endif
}

static int x32_call(void)
{
	return error_of(syscall(0x40000000 | SYS_getpid));
}

/* Files: `dir` has in/file, in/link to out/file, out/file. */

static int at(const char *path, int flags)
{
	return error_of(openat(outer, path, flags, 0600));
}

static int at2(const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned int)flags };

	return error_of(syscall(SYS_openat2, outer, path, &how, sizeof how));
}

static int reads_inside(void) { return at("in/file", O_RDONLY); }
static int reads_outside(void) { return at("out/file", O_RDONLY); }
static int reads_link(void) { return at("in/link", O_RDONLY); }
static int reads_up(void) { return at("in/../out/file", O_RDONLY); }
static int lists_inside(void) { return at("in", O_RDONLY | O_DIRECTORY); }
static int writes_inside(void) { return at("in/file", O_WRONLY); }
static int cuts_inside(void) { return at("in/file", O_RDONLY | O_TRUNC); }
static int creates_inside(void) { return at("in/new", O_WRONLY | O_CREAT); }
static int creates_outside(void) { return at("out/new", O_WRONLY | O_CREAT); }
static int writes_by_openat2(void) { return at2("in/file", O_RDWR); }
static int cuts_by_openat2(void) { return at2("in/file", O_RDONLY | O_TRUNC); }
static int reads_by_openat2(void) { return at2("in/file", O_RDONLY); }
static int makes_directory(void) { return error_of(mkdirat(outer, "in/d", 0700)); }
static int removes_outside(void) { return error_of(unlinkat(outer, "out/file", 0)); }

static int renames_and_removes(void)
{
	if (renameat(outer, "in/new", outer, "in/newer") < 0)
		return errno;
	return error_of(unlinkat(outer, "in/newer", 0));
}

static int renames_out(void)
{
	return error_of(renameat(outer, "in/file", outer, "out/moved"));
}

/* Children. */

static int child_is_jailed(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		socket(AF_INET, SOCK_STREAM, 0);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? 0 : 2;
}

static int kills_child(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0 || kill(pid, SIGKILL) < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 2;
}

static int answers(void *context, int fd)
{
	(void)context;
	(void)fd;
	return 42;
}

static int starts_child(void)
{
	struct child c;
	int status;

	return child_start(&c, answers, NULL) && child_end(&c, deadline_in(20000), &status) == CHILD_EXITED &&
	       status == 42 ? 0 : 1;
}

static int runs_program(void)
{
	static const char *const argv[] = { "true", NULL };
	int status;

	return child_run(argv, NULL, NULL, deadline_in(20000), &status) == CHILD_EXITED ? status : 1;
}

static int clones_user(void)
{
	return error_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int waits(void)
{
	return error_of(waitpid(-1, NULL, WNOHANG));
}

static int clones_by_clone3(void)
{
	return error_of(syscall(SYS_clone3, NULL, 0));
}

static void filter_alone(void)
{
	static const struct jail_place anywhere = { .path = "/", .dir = AT_FDCWD,
		                                    .access = JAIL_READ | JAIL_EXEC };
	static const struct jail runs = { .promises = JAIL_FORK | JAIL_READ | JAIL_EXEC,
		                          .places = &anywhere, .n_places = 1 };
	static const struct {
		int (*what)(void);
		const char *about;
	} forbidden[] = {
		{ opens, "open" }, { forks, "fork" }, { executes, "execve" },
		{ signals_parent, "kill" }, { traces, "ptrace" }, { changes_user, "setuid" },
		{ changes_root, "chroot" }, { mounts, "mount" }, { unshares, "unshare" },
		{ loads_filter, "prctl" }, { no_such_call, "a call not known" },
		{ far_call, "a call far away" }, { minus_call, "call -1" },
		{ inet, "an IPv4 socket" }, { local, "a Unix socket" }, { pairs, "a socket pair" },
		{ executable_memory, "executable memory" },
		{ memory_made_executable, "memory made executable" },
		{ limits_itself, "setrlimit" }, { types_for_us, "ioctl TIOCSTI" },
		{ sends_anywhere, "sendto with an address" }, { accepts, "accept" },
		{ reads_by_openat2, "openat2" }, { makes_directory, "mkdir" },
		{ removes_outside, "unlink" }, { x32_call, "a call of x32" },
	};

	expect(PROMISED(JAIL_STDIO), daily_life, 0, "reading, waiting, memory and time go on");
	expect(PROMISED(JAIL_STDIO), asks_limit, 0, "asking for a limit");
	expect(PROMISED(JAIL_STDIO), sends_on, 0, "sending without an address");
	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
		expect(PROMISED(JAIL_STDIO), forbidden[i].what, KILLED, forbidden[i].about);
	if (outcome(PROMISED(JAIL_STDIO), i386_call) == 1000 + SIGSEGV)
		check(true, "a call of i386 # SKIP this kernel has none");
	else
		expect(PROMISED(JAIL_STDIO), i386_call, KILLED, "a call of i386");

	expect(PROMISED(JAIL_ACCEPT), inet, KILLED, "accepting is not making sockets");
	expect(PROMISED(JAIL_NET), inet, 0, "an IPv4 socket where promised");
	expect(PROMISED(JAIL_NET), inet6, 0, "an IPv6 socket where promised");
	expect(PROMISED(JAIL_NET), local, KILLED, "no Unix socket with the network's");
	expect(PROMISED(JAIL_NET), pairs, KILLED, "no pair with the network's");
	expect(PROMISED(JAIL_NET), netlink, KILLED, "no netlink");
	expect(PROMISED(JAIL_NET | JAIL_ACCEPT | JAIL_UNIX), splices, KILLED, "splicing is promised apart");
	expect(PROMISED(JAIL_SPLICE), splices, 0, "splicing where promised");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pass_over) == 0) {
		expect(PROMISED(JAIL_ACCEPT), passes, KILLED, "passing descriptors on is promised apart");
		expect(PROMISED(JAIL_PASS), passes, 0, "passing descriptors on where promised");
	}
	expect(PROMISED(JAIL_NET), accepts, KILLED, "connecting is not accepting");
	expect(PROMISED(JAIL_NET), connects, 0, "connecting");
	expect(PROMISED(JAIL_ACCEPT), accepts, 0, "accepting where promised");
	expect(PROMISED(JAIL_UNIX), local, 0, "a Unix socket where promised");
	expect(PROMISED(JAIL_UNIX), pairs, 0, "a pair where promised");
	expect(PROMISED(JAIL_UNIX), inet, KILLED, "no IPv4 socket with the Unix ones");
	expect(PROMISED(JAIL_NET | JAIL_UNIX), inet, 0, "both: IPv4");
	expect(PROMISED(JAIL_NET | JAIL_UNIX), local, 0, "both: Unix");
	expect(PROMISED(JAIL_NET | JAIL_UNIX), netlink, KILLED, "both: no netlink");
	expect(PROMISED(JAIL_FORK), executes, KILLED, "forking is not executing");
	expect(PROMISED(JAIL_FORK), clones_user, KILLED, "no new namespace");
	expect(PROMISED(JAIL_FORK), clones_by_clone3, ENOSYS, "clone3 seems not to be there");
	expect(PROMISED(JAIL_FORK), child_is_jailed, 0, "a child is in the same jail");
	expect(PROMISED(JAIL_FORK), kills_child, 0, "a child can be killed and waited for");
	expect(PROMISED(JAIL_FORK | JAIL_UNIX), starts_child, 0, "a child behind a socket");
	expect(&runs, runs_program, 0, "a program run to its end");
	expect(PROMISED(JAIL_STDIO), waits, KILLED, "nobody is waited for");
	expect(PROMISED(JAIL_WAIT), waits, ECHILD, "... but where promised");
	expect(PROMISED(JAIL_WAIT), child_is_jailed, KILLED, "waiting is not forking");
}

/* Every sum of promises loads, allows what is daily, and holds. */
static void every_promise(void)
{
	unsigned int bad = 0;

	for (unsigned int promises = 0; promises < 2 * JAIL_EXEC; promises++)
		bad += outcome(PROMISED(promises), daily_life) != 0 ||
		       outcome(PROMISED(promises), traces) != KILLED ||
		       outcome(PROMISED(promises), unshares) != KILLED;
	check(bad == 0, "every sum of promises holds (%u do not)", bad);
}

static void places(bool landlock)
{
	struct jail_place in[] = { { "in", outer, JAIL_READ } };
	struct jail_place file[] = { { "in/file", outer, JAIL_READ | JAIL_WRITE } };
	struct jail_place both[] = { { "in", outer, JAIL_READ | JAIL_WRITE } };
	struct jail_place missing[] = { { "in/missing", outer, JAIL_READ } };
	struct jail reads = { .promises = JAIL_READ, .places = in, .n_places = 1 },
	            writes = { .promises = JAIL_READ | JAIL_WRITE, .places = in, .n_places = 1 };
	struct jail one = { .promises = JAIL_READ | JAIL_WRITE, .places = file, .n_places = 1 };
	struct jail changes = { .promises = JAIL_READ | JAIL_WRITE, .places = both, .n_places = 1 };
	struct jail bad = { .promises = JAIL_READ, .places = missing, .n_places = 1 };

	expect(&reads, writes_inside, KILLED, "no opening for writing with JAIL_READ");
	expect(&reads, creates_inside, KILLED, "no creating");
	expect(&reads, cuts_inside, KILLED, "no truncating");
	expect(&reads, makes_directory, KILLED, "no mkdir");
	if (!landlock) {
		check(true, "places # SKIP no Landlock of version 6 here");
		return;
	}
	expect(PROMISED(JAIL_READ), reads_inside, EACCES, "no place, nothing to read");
	expect(PROMISED(JAIL_WRITE), creates_inside, EACCES, "... or to write");
	expect(&reads, reads_inside, 0, "a file inside");
	expect(&reads, lists_inside, 0, "the directory itself");
	expect(&reads, reads_by_openat2, 0, "a file inside by openat2");
	expect(&reads, reads_outside, EACCES, "a file outside");
	expect(&reads, reads_link, EACCES, "a link that leads out");
	expect(&reads, reads_up, EACCES, "a path that leads out");
	expect(&reads, opens, EACCES, "/etc/passwd");
	expect(&reads, writes_by_openat2, EACCES, "no writing by openat2 either");
	expect(&reads, cuts_by_openat2, EACCES, "... or truncating");
	expect(&writes, reads_inside, 0, "a place to read with both promises");
	expect(&writes, writes_inside, EACCES, "... is no place to write");
	expect(&writes, creates_inside, EACCES, "... or to create");
	expect(&changes, creates_inside, 0, "creating where it may");
	expect(&changes, renames_and_removes, 0, "renaming and removing");
	expect(&changes, writes_inside, 0, "writing");
	expect(&changes, creates_outside, EACCES, "no creating outside");
	expect(&changes, removes_outside, EACCES, "no removing outside");
	check(outcome(&changes, renames_out) != 0, "no renaming to the outside");
	expect(&one, writes_inside, 0, "a single file");
	expect(&one, creates_inside, EACCES, "... and not its neighbours");
	check(jail_enter(&bad) == JAIL_FAILED && errno == ENOENT, "a place that is not there");
}

static void more_landlock(bool landlock)
{
	static const uint16_t other[] = { 1 };
	struct jail_place system[] = { { "/usr", AT_FDCWD, JAIL_READ | JAIL_EXEC },
		                       { "/", AT_FDCWD, JAIL_READ | JAIL_EXEC } };
	struct jail runs = { .promises = JAIL_EXEC | JAIL_READ, .places = system + 1, .n_places = 1 };
	struct jail runs_nothing = { .promises = JAIL_EXEC | JAIL_READ };
	uint16_t port = ntohs(there.sin_port);
	struct jail net = { .promises = JAIL_NET, .ports = &port, .n_ports = 1 };
	struct jail wrong = { .promises = JAIL_NET, .ports = other, .n_ports = 1 };

	if (!landlock) {
		check(true, "ports, programs and signals # SKIP no Landlock of version 6 here");
		return;
	}
	expect(&runs, executes, 0, "a program where programs are");
	expect(&runs_nothing, executes, EACCES, "no program where none is named");
	expect(&net, connects, 0, "the port that is named");
	expect(&net, connects_elsewhere, EACCES, "another port");
	expect(&wrong, connects, EACCES, "not the port that is named");
	expect(&net, binds, EACCES, "no binding with ports");
	expect(PROMISED(JAIL_NET), connects_elsewhere, ECONNREFUSED, "any port where none is named");
	expect(PROMISED(JAIL_FORK), signals_parent, EPERM, "no signal to a stranger");
}

static void make_file(const char *path)
{
	close(openat(outer, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static bool prepare(void)
{
	struct sockaddr_in *addresses[] = { &there, &elsewhere };
	int fds[2];

	if (!mkdtemp(dir))
		return false;
	outer = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(outer, "in", 0700);
	mkdirat(outer, "out", 0700);
	make_file("in/file");
	make_file("out/file");
	for (int i = 0; i < 2; i++) {
		socklen_t len = sizeof there;

		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		*addresses[i] = (struct sockaddr_in){ .sin_family = AF_INET,
			                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		if (bind(fds[i], (struct sockaddr *)addresses[i], len) < 0 ||
		    getsockname(fds[i], (struct sockaddr *)addresses[i], &len) < 0)
			return false;
	}
	/* The second one is bound, so that no other takes it, and does not listen. */
	listener = fds[0];
	return listen(listener, 100) == 0 && symlinkat("../out/file", outer, "in/link") == 0;
}

static void clean(void)
{
	static const char *const files[] = { "in/file", "in/link", "in/new", "out/file", "out/new" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlinkat(outer, files[i], 0);
	unlinkat(outer, "in", AT_REMOVEDIR);
	unlinkat(outer, "out", AT_REMOVEDIR);
	rmdir(dir);
}

/* Landlock alone, as a process that lives for one connection has it. */
static void without_filter(void)
{
	struct jail_place in[] = { { "in", outer, JAIL_READ } };
	struct jail nothing = { .promises = JAIL_NET, .unfiltered = true };
	struct jail reads = { .promises = JAIL_READ, .places = in, .n_places = 1, .unfiltered = true };

	if (outcome(&nothing, opens) == 0) {
		check(true, "without the filter # SKIP no Landlock here");
		return;
	}
	expect(&nothing, opens, EACCES, "without the filter: nothing to read");
	expect(&nothing, creates_inside, EACCES, "... or to write");
	expect(&nothing, executes, EACCES, "... or to execute");
	expect(&nothing, connects, 0, "... but connections can be made");
	expect(&reads, reads_inside, 0, "without the filter: a place can be read");
	expect(&reads, writes_inside, EACCES, "... and not written");
	expect(&reads, reads_outside, EACCES, "... and no other is read");
	expect(&reads, reads_link, EACCES, "... nor where a link leads out");
}

/*
 * What comes of entering a jail with a filter. There are kernels on which
 * that call never comes back; the process that made it can then not be
 * killed, and nobody waits for it.
 */
enum { NEVER = 255, LONGEST_MS = 10000 };

static int result_of_filter(void)
{
	int64_t end = deadline_in(LONGEST_MS);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		/* Should it stay for ever, nobody's pipe stays open with it. */
		for (int fd = 0; fd <= 2; fd++)
			close(fd);
		_exit((int)jail_enter(PROMISED(JAIL_FORK)));
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (deadline_now() >= end)
			return NEVER;
		poll(NULL, 0, 1);
	}
	return WEXITSTATUS(status);
}

int main(void)
{
	int result;

	fflush(stdout);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if (!check(prepare(), "files and sockets to try it on"))
		return tap_end();
	fflush(stdout);
	result = result_of_filter();
	if (result == JAIL_LEFT_OUT) {
		check(true, "the jail # SKIP built without it");
	} else if (result == NEVER) {
		without_filter();
		check(true, "the filter # SKIP this kernel does not come back from loading one");
	} else {
		check(result != JAIL_FAILED, "%s", jail_strerror((enum jail_result)result));
		without_filter();
		filter_alone();
		every_promise();
		places(result == JAIL_OK);
		more_landlock(result == JAIL_OK);
	}
	clean();
	return tap_end();
}
