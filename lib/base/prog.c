/* The first and the last lines of every program. */
#include "base/prog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/deadline.h"
#include "base/io.h"
#include "base/log.h"

enum { LINE_MAX_LEN = 2048, TEXT_CAP = 256, TEXT_SLOTS = 4 };

static const char *name = "postern", *synopsis = "";

void prog_init(const char *program, const char *usage)
{
	name = program;
	synopsis = usage;
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			_exit(PROG_TEMP);
	signal(SIGPIPE, SIG_IGN);
}

const char *prog_name(void)
{
	return name;
}

/* One write, so that lines of several processes do not mix. */
__attribute__((format(printf, 2, 0)))
static void line(const char *prefix, const char *format, va_list args)
{
	char text[LINE_MAX_LEN];
	size_t len = (size_t)snprintf(text, sizeof text, "%s%s", name, prefix);
	int n = vsnprintf(text + len, sizeof text - len - 1, format, args);

	if (n > 0)
		len += (size_t)n < sizeof text - len - 1 ? (size_t)n : sizeof text - len - 2;
	text[len++] = '\n';
	io_write_all(2, span_of(text, len), DEADLINE_NEVER);
}

void prog_help(void)
{
	char text[LINE_MAX_LEN];
	int n = snprintf(text, sizeof text, "usage: %s %s\n", name, synopsis);

	prog_write(span_of(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1));
	exit(PROG_OK);
}

void prog_usage(void)
{
	fprintf(stderr, "usage: %s %s\n", name, synopsis);
	exit(PROG_PERM);
}

void prog_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(": ", format, args);
	va_end(args);
}

void prog_perm(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(": fatal: ", format, args);
	va_end(args);
	exit(PROG_PERM);
}

void prog_temp(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(": fatal: ", format, args);
	va_end(args);
	exit(PROG_TEMP);
}

void prog_bug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(": bug: ", format, args);
	va_end(args);
	exit(PROG_BUG);
}

const char *prog_text(struct span bytes)
{
	static char slots[TEXT_SLOTS][4 * TEXT_CAP + 4];
	static unsigned int next;
	struct builder b;

	builder_init(&b, slots[next++ % TEXT_SLOTS], sizeof slots[0]);
	log_hostile(&b, bytes, TEXT_CAP);
	return builder_cstr(&b);
}

uint64_t prog_number(const char *what, const char *text, uint64_t min, uint64_t max)
{
	uint64_t value;

	if (!span_number(span_str(text), max, &value) || value < min)
		prog_perm("%s: not a number from %llu to %llu: %s", what, (unsigned long long)min,
		          (unsigned long long)max, prog_text(span_str(text)));
	return value;
}

int64_t prog_seconds_ms(const char *what, const char *text, int64_t max_s)
{
	struct span all = span_str(text), whole = span_head(all, span_find(all, '.'));
	struct span fraction = span_from(all, whole.len + 1);
	uint64_t s = 0, ms = 0;
	bool good = span_number(whole, (uint64_t)max_s, &s);

	if (good && whole.len < all.len) {
		good = fraction.len <= 3 && span_number(fraction, 999, &ms);
		for (size_t i = fraction.len; i < 3; i++)
			ms *= 10;
	}
	ms += s * 1000;
	if (!good || ms == 0 || ms > (uint64_t)max_s * 1000)
		prog_perm("%s: not a number of seconds up to %lld: %s", what, (long long)max_s,
		          prog_text(all));
	return (int64_t)ms;
}

const char *prog_env(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value ? value : NULL;
}

bool prog_env_add(const char *const variables[])
{
	for (; *variables; variables++)
		if (putenv((char *)*variables) != 0)
			return false;
	return true;
}

void prog_alarm(int64_t ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

void prog_write(struct span bytes)
{
	if (io_write_all(1, bytes, DEADLINE_NEVER) == IO_OK)
		return;
	/* Who reads no further, as head(1) does, needs not be told. */
	if (errno == EPIPE)
		exit(PROG_TEMP);
	prog_temp("standard output: %s", strerror(errno));
}

void prog_exec(char *const argv[])
{
	int error;

	prog_alarm(0);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	error = errno;
	prog_warn("fatal: %s: %s", prog_text(span_str(argv[0])), strerror(error));
	exit(error == ENOENT ? PROG_NOT_FOUND : PROG_CANNOT_EXECUTE);
}
