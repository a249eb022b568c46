/* Whole files: made, replaced and read, and what a reader or a failure leaves to be seen. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

enum { LARGE = 40000, ROUNDS = 200, LATE_MS = 60000 };

static char path[] = "/tmp/file.XXXXXX";
static int dir;
static char buf[LARGE + 1];
static size_t len;

static int entries(void)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static bool holds(const char *name, const char *text)
{
	return file_read(dir, name, buf, sizeof buf, &len) == FILE_OK && span_is(span_of(buf, len), text);
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static void creates(void)
{
	mode_t before = umask(077);

	check(file_create(dir, "one", 0644, span_str("text")) == FILE_OK && holds("one", "text"), "made");
	check(mode_of("one") == (S_IFREG | 0644), "its mode, whatever the umask");
	umask(0);
	check(file_create(dir, "key", 0600, span_str("")) == FILE_OK && holds("key", "") &&
	      mode_of("key") == (S_IFREG | 0600), "an empty one, for its owner");
	umask(before);
	check(file_create(dir, "one", 0600, span_str("other")) == FILE_EXISTS && holds("one", "text") &&
	      mode_of("one") == (S_IFREG | 0644), "one that is there is left alone");
	check(symlinkat("nowhere", dir, "link") == 0 &&
	      file_create(dir, "link", 0600, span_str("x")) == FILE_EXISTS && mode_of("nowhere") == 0,
	      "a link to nowhere is there too");
	check(entries() == 3, "nothing is left beside");
}

static void replaces(void)
{
	check(file_replace(dir, "one", 0600, span_str("new")) == FILE_OK && holds("one", "new") &&
	      mode_of("one") == (S_IFREG | 0600), "replaced, with its mode");
	check(symlinkat("one", dir, "to") == 0 && file_replace(dir, "to", 0644, span_str("own")) == FILE_OK &&
	      holds("to", "own") && holds("one", "new") && S_ISREG(mode_of("to")),
	      "a link is replaced, and what it leads to is not written");
	check(file_replace(dir, "fresh", 0644, span_str("x")) == FILE_OK && holds("fresh", "x"), "or made");
	check(mkdirat(dir, "sub", 0700) == 0 && file_replace(dir, "sub", 0644, span_str("x")) == FILE_ERROR &&
	      errno == EISDIR && S_ISDIR(mode_of("sub")), "no directory is");
	check(file_replace(dir, "sub/in", 0644, span_str("deep")) == FILE_OK && holds("sub/in", "deep") &&
	      file_create(dir, "sub/in2", 0644, span_str("deep")) == FILE_OK, "beneath a directory");
	check(file_create(dir, "none/x", 0644, span_str("x")) == FILE_ERROR && errno == ENOENT, "no such directory");
	check(entries() == 6, "nothing is left beside");
}

static void long_names(void)
{
	char name[5000];

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = 0;
	check(file_create(dir, name, 0644, span_str("x")) == FILE_ERROR && errno == ENAMETOOLONG, "a name too long");
	name[4990] = '/';
	check(file_replace(dir, name, 0644, span_str("x")) == FILE_ERROR && errno == ENAMETOOLONG, "a path too long");
	check(file_create(dir, "", 0644, span_str("x")) == FILE_ERROR &&
	      file_create(dir, "sub/", 0644, span_str("x")) == FILE_EXISTS &&
	      file_replace(dir, "sub/", 0644, span_str("x")) == FILE_ERROR, "no name");
	check(entries() == 6, "nothing is left beside");
}

static void from_here(void)
{
	char whole[64];

	snprintf(whole, sizeof whole, "%s/whole", path);
	check(file_replace(AT_FDCWD, whole, 0644, span_str("x")) == FILE_OK && holds("whole", "x"), "a whole path");
	check(chdir(path) == 0 && file_create(AT_FDCWD, "here", 0644, span_str("y")) == FILE_OK &&
	      holds("here", "y") && file_sync_directory(AT_FDCWD), "the working directory");
	check(!file_sync_directory(-1) && errno == EBADF, "no directory");
}

static enum file_result reads(const char *name, size_t cap)
{
	return file_read(dir, name, buf, cap, &len);
}

static void other_kinds(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", path);
	check(reads("sub", sizeof buf) == FILE_WRONG_KIND, "a directory is no file");
	check(mkfifoat(dir, "fifo", 0600) == 0 && reads("fifo", sizeof buf) == FILE_WRONG_KIND,
	      "a FIFO is no file, and not waited for");
	check(bind(s, (struct sockaddr *)&name, sizeof name) == 0 && reads("socket", sizeof buf) == FILE_WRONG_KIND,
	      "nor is a socket");
	check(file_read(dir, "/dev/null", buf, sizeof buf, &len) == FILE_WRONG_KIND, "nor a device");
	close(s);
}

static void sizes(void)
{
	check(file_replace(dir, "five", 0644, span_str("12345")) == FILE_OK, "five bytes");
	for (size_t cap = 0; cap < 5; cap++)
		check(reads("five", cap) == FILE_TOO_LARGE, "are too large for %zu", cap);
	check(reads("five", 5) == FILE_OK && len == 5, "and fit into five");
	check(reads("five", 6) == FILE_OK && len == 5 && reads("key", 0) == FILE_OK && len == 0, "and six; none into none");
	check(reads("none", 6) == FILE_MISSING && reads("link", 6) == FILE_MISSING, "missing");
	check(reads("five/x", 6) == FILE_ERROR && errno == ENOTDIR, "a file is no directory");
	check(symlinkat("five", dir, "to five") == 0 && holds("to five", "12345"), "a link is followed");
	for (enum file_result r = FILE_OK; r <= FILE_ERROR; r++)
		check(file_strerror(r)[0] != 0, "%s", file_strerror(r));
}

/* The file system ends in the middle: what was there stays. */
static void full(void)
{
	struct rlimit limit;
	int before = entries();
	rlim_t was;

	getrlimit(RLIMIT_FSIZE, &limit);
	was = limit.rlim_cur;
	signal(SIGXFSZ, SIG_IGN);
	limit.rlim_cur = LARGE / 2;
	setrlimit(RLIMIT_FSIZE, &limit);
	check(file_replace(dir, "five", 0644, span_of(buf, LARGE)) == FILE_ERROR && errno == EFBIG &&
	      file_create(dir, "new", 0644, span_of(buf, LARGE)) == FILE_ERROR && errno == EFBIG,
	      "no room: the reason is told");
	limit.rlim_cur = was;
	setrlimit(RLIMIT_FSIZE, &limit);
	check(holds("five", "12345") && reads("new", 5) == FILE_MISSING && entries() == before,
	      "and all is as it was");
}

static bool whole_now(void)
{
	if (reads("changing", sizeof buf) != FILE_OK || len != LARGE)
		return false;
	for (size_t i = 1; i < len; i++)
		if (buf[i] != buf[0])
			return false;
	return true;
}

/* A child replaces a file again and again, until it is killed at whatever it does. */
static void never_half(void)
{
	static char text[LARGE];
	int good = 0;
	int64_t deadline = deadline_in(LATE_MS);
	char last = 'z';

	memset(text, last, sizeof text);
	file_replace(dir, "changing", 0644, span_of(text, sizeof text));
	for (int round = 0; round < ROUNDS; round++) {
		pid_t pid = fork();

		if (pid == 0)
			for (char c = 'a';; c = c == 'y' ? 'a' : (char)(c + 1)) {
				memset(text, c, sizeof text);
				if (file_replace(dir, "changing", 0644, span_of(text, sizeof text)) != FILE_OK)
					_exit(1);
			}
		do
			good += whole_now() ? 0 : -100000;
		while (buf[0] == last && deadline_now() < deadline);
		for (int i = 0; i < round % 17; i++)
			good += whole_now() ? 0 : -100000;
		if (pid > 1) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		good += whole_now();
		last = buf[0];
	}
	check(good == ROUNDS, "whole at every look, and after each kill (%d)", good);
	check(deadline_now() < deadline, "and it did change, each time");
}

/* Of many that make the same file one wins, and it is that one's. */
static void one_creates(void)
{
	int won = 0, status;
	pid_t pids[8];

	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(file_create(dir, "mine", 0600, span_of("01234567" + i, 1)) == FILE_OK ? 10 + i : 1);
	}
	for (int i = 0; i < 8; i++) {
		waitpid(pids[i], &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) >= 10 && reads("mine", 2) == FILE_OK &&
		    len == 1 && buf[0] == '0' + WEXITSTATUS(status) - 10)
			won++;
	}
	check(won == 1, "one of eight makes it");
}

static void clean(const char *place)
{
	DIR *d = opendir(place);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) < 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	if (d)
		closedir(d);
}

int main(void)
{
	if (!mkdtemp(path) || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	creates();
	replaces();
	long_names();
	from_here();
	other_kinds();
	sizes();
	full();
	never_half();
	one_creates();
	clean("sub");
	clean(".");
	return rmdir(path) < 0 ? 1 : tap_end();
}
