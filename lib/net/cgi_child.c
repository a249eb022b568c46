/* Finding and executing CGI programs. */
#include "net/cgi_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/cgi.h"

enum { TRIES = 4, NAME_ROOM = HTTP_TARGET_MAX + 16, CANNOT_EXECUTE = 126 };

/* A program. */
struct program {
	int dir;           /* its directory, to be closed when it is not the place's */
	const char *name;  /* "./name", from there */
	size_t end;        /* where PATH_INFO begins in the path */
	const char *added; /* what is behind that beginning in its name: an index, or "" */
	bool is_default;   /* it answers what no other does */
};

static int status_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EXDEV:
	case ENAMETOOLONG:
		return 404;
	case EACCES:
	case EPERM:
		return 403;
	case EAGAIN:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return 503;
	default:
		return 500;
	}
}

/* Nothing above the directory is reached, whatever links there are. */
static int open_beneath(int dir, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
	                        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	int fd = -1;

	/* EAGAIN: something was renamed meanwhile. */
	for (int i = 0; i < TRIES && fd < 0 && (i == 0 || errno == EAGAIN); i++)
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
	return fd;
}

/*
 * Looks at the prefix `path` of the path. 200: it is a program; 0: a directory, which is
 * then where `p` is.
 */
static int look(const struct cgi_place *place, struct program *p, const char *path)
{
	struct stat st;
	int fd = open_beneath(place->dir, path), status = 404;

	if (fd < 0)
		return status_of(errno);
	if (fstat(fd, &st) < 0) {
		status = 500;
	} else if (S_ISDIR(st.st_mode)) {
		if (p->dir != place->dir)
			close(p->dir);
		p->dir = fd;
		return 0;
	} else if (S_ISREG(st.st_mode)) {
		status = st.st_mode & 0111 ? 200 : 403;
	}
	close(fd);
	return status;
}

/* The text of the path's first `len` bytes without its '/', and behind it `more`. */
static const char *text_of(char *room, size_t cap, const char *before, struct span path,
                           const char *more)
{
	struct builder b;

	builder_init(&b, room, cap);
	builder_str(&b, before);
	builder_add(&b, path);
	builder_str(&b, more);
	return builder_cstr(&b);
}

/* The program that answers what there is no other for, with all of the path as PATH_INFO. */
static int find_default(const struct cgi_place *place, struct program *p)
{
	if (p->dir != place->dir)
		close(p->dir);
	*p = (struct program){ .dir = place->dir, .name = "./default", .added = "", .is_default = true };
	return look(place, p, "default") == 200 ? 200 : 404;
}

static int find(const struct cgi_place *place, struct span path, struct program *p)
{
	static char prefix[NAME_ROOM], name[NAME_ROOM];
	size_t at = 0, end;
	int status = 0;

	*p = (struct program){ .dir = place->dir, .added = "" };
	if (!path.p)
		return 404;
	while (status == 0 && cgi_segment(path, at, &end)) {
		struct span segments = span_from(span_head(path, end), 1);

		if (!text_of(prefix, sizeof prefix, "", segments, ""))
			return 404;
		status = look(place, p, prefix);
		if (status == 200)
			p->name = text_of(name, sizeof name, "./", span_from(span_head(path, end), at + 1), "");
		at = end;
	}
	p->end = at;
	if (status != 0)
		return status;
	/* A directory: its index, when nothing but the final slash is left. */
	if (path.len != at + 1)
		return 404;
	p->added = "index";
	p->end = path.len;
	p->name = "./index";
	return text_of(prefix, sizeof prefix, "", span_from(path, 1), "index") ? look(place, p, prefix) : 404;
}

/* A variable in `out` as a C string; NULL when there is no room. */
static char *add(struct builder *out, const char *name, struct span value, const char *more)
{
	size_t at = out->len;

	builder_str(out, name);
	builder_add(out, value);
	builder_str(out, more);
	builder_byte(out, 0);
	return builder_ok(out) ? (char *)out->p + at : NULL;
}

enum { OWN = 4, ENV_ROOM = 4 * NAME_ROOM };
static char *variables[CGI_VARIABLES_MAX + CGI_GIVEN_MAX + OWN + 1];

/* All of a program's variables; false when there are too many or some that we do not make. */
static bool make_environment(const struct cgi_place *place, const struct program *p,
                             struct span path, struct span environment)
{
	static unsigned char own[ENV_ROOM];
	struct span script = span_head(path, p->end), v;
	struct builder b;
	size_t n = 0;

	builder_init(&b, own, sizeof own);
	variables[n++] = add(&b, "SCRIPT_NAME=", script, p->added);
	variables[n++] = add(&b, "PATH_INFO=", span_from(path, p->end), "");
	variables[n++] = add(&b, "SCRIPT_FILENAME=", span_str(place->path), "");
	b.len -= b.len > 0;
	add(&b, "", p->is_default ? span_str("/default") : script, p->added);
	for (size_t i = 0; i < place->n_given; i++)
		variables[n++] = (char *)(uintptr_t)place->given[i];
	while (environment.len > 0 && span_split(&environment, 0, &v)) {
		if (n == sizeof variables / sizeof *variables - 1 || !cgi_variable_ok(v))
			return false;
		variables[n++] = (char *)(uintptr_t)v.p;
	}
	variables[n] = NULL;
	return builder_ok(&b);
}

/* In the child, which has the parent's memory until it executes. Returns errno. */
static int become(const struct cgi_place *place, const struct program *p, const int fd[3],
                  pid_t parent)
{
	struct rlimit cpu = { place->cpu_s, place->cpu_s + 1 };
	char *argv[] = { (char *)(uintptr_t)p->name, NULL };
	sigset_t none;

	for (int i = 0; i < 3; i++)
		if (dup2(fd[i], i) < 0)
			return errno;
	if (setpgid(0, 0) < 0 || fchdir(p->dir) < 0)
		return errno;
	if (place->cpu_s > 0 && setrlimit(RLIMIT_CPU, &cpu) < 0)
		return errno;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return ECHILD;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(p->name, argv, variables);
	return errno;
}

/*
 * vfork(2): nothing is copied for a process that will be another program at once. The child
 * only makes system calls, and says in memory of ours why it failed.
 */
static int execute(const struct cgi_place *place, const struct program *p, const int fd[3],
                   pid_t *pid)
{
	static volatile int failure;
	pid_t parent = getpid(), child;
	int ignored;

	failure = 0;
	child = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (child == 0) {
		failure = become(place, p, fd, parent); /* NOLINT(clang-analyzer-unix.Vfork) */
		_exit(CANNOT_EXECUTE);
	}
	if (child < 0)
		return status_of(errno);
	if (failure != 0) {
		while (waitpid(child, &ignored, 0) < 0 && errno == EINTR)
			;
		/* What is missing now is the interpreter or the loader. */
		return status_of(failure) == 404 ? 500 : status_of(failure);
	}
	*pid = child;
	return 200;
}

int cgi_child_start(const struct cgi_place *place, struct span path, struct span environment,
                    const int fd[3], pid_t *pid)
{
	struct program p;
	int status = find(place, path, &p);

	if (status == 404 && path.p)
		status = find_default(place, &p);
	if (status == 200)
		status = make_environment(place, &p, path, environment) ? execute(place, &p, fd, pid) : 500;
	if (p.dir != place->dir)
		close(p.dir);
	return status;
}
