/* The first and last lines of programs: exit codes, messages, what is left to a child. */
#include "base/prog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static char said[2][8192]; /* on descriptors 1 and 2 */
static int code;           /* exit code, or 1000 and the signal */

static void collect(int fd, char *text)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof said[0] - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = 0;
	close(fd);
}

/* Runs `what` as a program of its own. */
static void run(void (*what)(void))
{
	int pipes[2][2], status;
	pid_t pid;

	if (pipe(pipes[0]) < 0 || pipe(pipes[1]) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2; i++) {
			dup2(pipes[i][1], i + 1);
			close(pipes[i][0]);
			close(pipes[i][1]);
		}
		prog_init("thing", "[-t seconds] file");
		what();
		_exit(77);
	}
	for (int i = 0; i < 2; i++) {
		close(pipes[i][1]);
		collect(pipes[i][0], said[i]);
	}
	waitpid(pid, &status, 0);
	code = WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void expect(void (*what)(void), int exit_code, const char *on_1, const char *on_2,
                   const char *about)
{
	run(what);
	if (!check(code == exit_code && strcmp(said[0], on_1) == 0 && strcmp(said[1], on_2) == 0, "%s",
	           about))
		printf("# %d, \"%s\", \"%s\"\n", code, said[0], said[1]);
}

static void perm(void) { prog_perm("file: %s", strerror(ENOENT)); }
static void temp(void) { prog_temp("file: %d", 7); }
static void bug(void) { prog_bug("cannot be"); }
static void usage(void) { prog_usage(); }
static void help(void) { prog_help(); }
static void write_bytes(void) { prog_write(span_of("a\0b\n", 4)); _exit(3); }

static void warn(void)
{
	prog_warn("%s: odd", prog_name());
	prog_warn("%s", "");
	_exit(0);
}

static void long_message(void)
{
	static char text[5000];

	memset(text, 'x', sizeof text - 1);
	prog_perm("%s", text);
}

static void hostile_text(void)
{
	char more[300];

	memset(more, 'a', sizeof more);
	prog_perm("%s %s %s %s", prog_text(span_str("\n\x1b")), prog_text(span_of("\0", 1)),
	          prog_text(span_of(more, 300)), prog_text(span_str("")));
}

static void long_hostile_text(void)
{
	char more[300];

	memset(more, '\n', sizeof more);
	prog_perm("%s", prog_text(span_of(more, sizeof more)));
}

static void full_device(void)
{
	dup2(open("/dev/full", O_WRONLY), 1);
	prog_write(span_str("x"));
}

static void closed_pipe(void)
{
	int fds[2];

	if (pipe(fds) < 0)
		abort();
	dup2(fds[1], 1);
	close(fds[0]);
	close(fds[1]);
	prog_write(span_str("x"));
}

static void closed_descriptors(void)
{
	close(0);
	close(1);
	prog_init("thing", "");
	_exit(fcntl(0, F_GETFL) < 0 || fcntl(1, F_GETFL) < 0 || open("/dev/null", O_RDONLY) < 3);
}

static void end_by_alarm(void)
{
	prog_alarm(20);
	for (;;)
		pause();
}

static void no_alarm(void)
{
	struct itimerval left;

	prog_alarm(1500);
	getitimer(ITIMER_REAL, &left);
	if (left.it_value.tv_sec != 1 || left.it_value.tv_usec < 400000)
		_exit(1);
	prog_alarm(0);
	getitimer(ITIMER_REAL, &left);
	_exit(left.it_value.tv_sec != 0 || left.it_value.tv_usec != 0);
}

static void execute(const char *program)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };

	prog_exec(argv);
}

static void no_program(void) { execute("no-such-program"); }
static void no_path(void) { execute("/nowhere/at/all"); }
static void directory(void) { execute("/etc"); }
static void plain_file(void) { execute("/etc/passwd"); }
static void hostile_name(void) { execute("a\nb"); }

/* The child would end by the alarm, or be spared by SIGPIPE's disposition. */
static void program(void)
{
	char *argv[] = { "sh", "-c", "echo out; echo err >&2; kill -PIPE $$; exit 9", NULL };

	prog_alarm(60000);
	prog_exec(argv);
}

static void numbers(void)
{
	static const struct {
		const char *text;
		int64_t ms; /* 0: refused */
	} seconds[] = {
		{ "1", 1000 }, { "0.25", 250 }, { "0.001", 1 }, { "10", 10000 }, { "9.5", 9500 },
		{ "9.999", 9999 }, { "10.0", 10000 }, { "10.001", 0 }, { "11", 0 }, { "0", 0 },
		{ "0.0", 0 }, { "", 0 }, { ".5", 0 }, { "5.", 0 }, { "0.0001", 0 }, { "-1", 0 },
		{ "1e3", 0 }, { "1,5", 0 }, { "1.5s", 0 }, { "1.-5", 0 }, { "99999999999999999999", 0 },
	};
	int status;

	check(prog_number("-n", "7", 1, 7) == 7 && prog_number("-n", "1", 1, 7) == 1, "numbers");
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(2);
			prog_init("thing", "");
			_exit(prog_seconds_ms("-t", seconds[i].text, 10) != seconds[i].ms);
		}
		waitpid(pid, &status, 0);
		check(WIFEXITED(status) && WEXITSTATUS(status) == (seconds[i].ms ? 0 : PROG_PERM),
		      "seconds: \"%s\"", seconds[i].text);
	}
}

static void number_low(void) { prog_number("-n", "0", 1, 7); }
static void number_high(void) { prog_number("PORT", "8", 1, 7); }
static void number_bad(void) { prog_number("-n", "7\n", 1, 7); }
static void seconds_bad(void) { prog_seconds_ms("-t", "x", 10); }

static void environment(void)
{
	setenv("THING_SET", "x", 1);
	setenv("THING_EMPTY", "", 1);
	unsetenv("THING_UNSET");
	check(prog_env("THING_SET") && strcmp(prog_env("THING_SET"), "x") == 0, "a variable");
	check(!prog_env("THING_EMPTY") && !prog_env("THING_UNSET"), "an empty one is none");
}

static void messages(void)
{
	char text[2048];

	expect(perm, 100, "", "thing: fatal: file: No such file or directory\n", "perm is 100");
	expect(temp, 111, "", "thing: fatal: file: 7\n", "temp is 111");
	expect(bug, 101, "", "thing: bug: cannot be\n", "a bug is 101");
	expect(usage, 100, "", "usage: thing [-t seconds] file\n", "wrong usage is 100");
	expect(help, 0, "usage: thing [-t seconds] file\n", "", "help is 0, on stdout");
	expect(warn, 0, "", "thing: thing: odd\nthing: \n", "warnings");
	memset(text, 'x', sizeof text);
	memcpy(text, "thing: fatal: ", 14);
	memcpy(text + 2046, "\n", 2);
	expect(long_message, 100, "", text, "a long message is cut and stays one line");
	run(hostile_text);
	check(span_starts(span_str(said[1]), "thing: fatal: \\x0a\\x1b \\x00 aaaa") &&
	              strlen(said[1]) == 14 + 8 + 1 + 4 + 1 + 256 + 3 + 1 + 1,
	      "hostile bytes, four in a message");
	run(long_hostile_text);
	check(strlen(said[1]) == 14 + 4 * 256 + 3 + 1, "... each as long as it gets");
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0); /* nothing for a child to write again */
	messages();
	numbers();
	expect(number_low, 100, "", "thing: fatal: -n: not a number from 1 to 7: 0\n", "too low");
	expect(number_high, 100, "", "thing: fatal: PORT: not a number from 1 to 7: 8\n", "too high");
	expect(number_bad, 100, "", "thing: fatal: -n: not a number from 1 to 7: 7\\x0a\n", "no number");
	expect(seconds_bad, 100, "", "thing: fatal: -t: not a number of seconds up to 10: x\n",
	       "no seconds");
	environment();

	run(write_bytes);
	check(code == 3 && memcmp(said[0], "a\0b\n", 5) == 0, "bytes on stdout");
	expect(full_device, 111, "", "thing: fatal: standard output: No space left on device\n",
	       "a full device is 111");
	expect(closed_pipe, 111, "", "", "a reader that went away is 111 without a word, not a signal");
	expect(closed_descriptors, 0, "", "", "descriptors 0 to 2 are never anything else");
	expect(end_by_alarm, 1000 + SIGALRM, "", "", "the alarm ends it");
	expect(no_alarm, 0, "", "", "the alarm can be called off");

	expect(no_program, 127, "", "thing: fatal: no-such-program: No such file or directory\n",
	       "no such program is 127");
	expect(no_path, 127, "", "thing: fatal: /nowhere/at/all: No such file or directory\n",
	       "no such path is 127");
	expect(directory, 126, "", "thing: fatal: /etc: Permission denied\n", "a directory is 126");
	expect(plain_file, 126, "", "thing: fatal: /etc/passwd: Permission denied\n",
	       "a file that is no program is 126");
	expect(hostile_name, 127, "", "thing: fatal: a\\x0ab: No such file or directory\n",
	       "its name is escaped");
	expect(program, 1000 + SIGPIPE, "out\n", "err\n",
	       "a program runs along PATH, with SIGPIPE as by default");
	return tap_end();
}
