/*
 * The certificate store: what readers find, whoever else is at work, and
 * whatever moment a writer is killed at.
 */
#include "tls/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "tap.h"

enum { LATE_MS = 20000, SWITCHES = 60, OFTEN = 400 };

/*
 * In place of the C library's: each change of the file system is counted, and
 * a process that was told so is killed right before its n-th.
 */
static struct {
	int changes, die_before;
} *shared;

static void change(void)
{
	if (shared && shared->die_before > 0 && ++shared->changes == shared->die_before)
		kill(getpid(), SIGKILL);
}

/* Right before something of this name is put in its place, another order has it. */
static const char *racing;
static void race(const char *path);

/* The same, right before it is moved away. */
static const char *racing_away;

#define CHANGE(call) (change(), (int)(call))

int mkdirat(int dir, const char *path, mode_t mode) { return CHANGE(syscall(SYS_mkdirat, dir, path, mode)); }
int unlinkat(int dir, const char *path, int flags) { return CHANGE(syscall(SYS_unlinkat, dir, path, flags)); }
int symlinkat(const char *to, int dir, const char *path)
{
	race(path);
	return CHANGE(syscall(SYS_symlinkat, to, dir, path));
}

int fchmod(int fd, mode_t mode) { return CHANGE(syscall(SYS_fchmod, fd, mode)); }

/* Being killed loses nothing that the kernel has: where that is tried a thousand times, no disk is waited for. */
static bool quick;

int fsync(int fd)
{
	return CHANGE(quick ? fcntl(fd, F_GETFD) < 0 ? -1 : 0 : syscall(SYS_fsync, fd));
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	race(to);
	if (racing_away && strcmp(from, racing_away) == 0) {
		racing = from;
		racing_away = NULL;
		race(from);
	}
	return CHANGE(syscall(SYS_renameat, from_dir, from, to_dir, to));
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	change();
	return syscall(SYS_write, fd, bytes, len);
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
		change();
	}
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* The place of all tests. */
static char base[] = "/tmp/store.XXXXXX";
static const char place[] = "certs";
static int dir;

static void remove_below(int at)
{
	DIR *d = fdopendir(openat(at, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *e;

	while (d && (e = readdir(d))) {
		int below;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    unlinkat(at, e->d_name, 0) == 0)
			continue;
		below = openat(at, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
		remove_below(below);
		close(below);
		unlinkat(at, e->d_name, AT_REMOVEDIR);
	}
	if (d)
		closedir(d);
}

static void fresh(void)
{
	if (dir > 0)
		close(dir);
	mkdir(place, 0755);
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fchmod(dir, 0755);
	remove_below(dir);
}

/* The names in a directory, sorted and each with a space behind it. */
static const char *listed(const char *path)
{
	static char text[4096];
	struct dirent **found = NULL;
	char whole[600];
	struct builder b;
	int n;

	builder_init(&b, text, sizeof text);
	snprintf(whole, sizeof whole, "%s/%s", place, path);
	n = scandir(whole, &found, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (strcmp(found[i]->d_name, ".") != 0 && strcmp(found[i]->d_name, "..") != 0) {
			builder_str(&b, found[i]->d_name);
			builder_byte(&b, ' ');
		}
		free(found[i]);
	}
	free(found);
	return builder_cstr(&b);
}

static bool lists(const char *path, const char *names)
{
	const char *found = listed(path);

	if (strcmp(found, names) == 0)
		return true;
	printf("# %s has: %s\n# expected: %s\n", path, found, names);
	return false;
}

static int mode_of(const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : (int)(st.st_mode & 07777);
}

static bool leads(const char *path, const char *target)
{
	char text[600];
	ssize_t n = readlinkat(dir, path, text, sizeof text);

	return n >= 0 && span_is(span_of(text, (size_t)n), target);
}

static bool file_holds(const char *path, const char *content)
{
	char text[100];
	size_t len;

	return file_read(dir, path, text, sizeof text, &len) == FILE_OK && span_is(span_of(text, len), content);
}

static const char *const parts[] = { "key.pem", "cert.pem", "chain.pem", "fullchain.pem" };

/* What all files of a version say; 0 there is no such directory, -1 they do not agree or one is missing. */
static int generation_at(const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), all = 0;

	if (fd < 0)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		char text[16];
		uint64_t number = 0;
		size_t len;

		if (file_read(fd, parts[i], text, sizeof text, &len) != FILE_OK ||
		    !span_number(span_of(text, len), 1000000, &number) || (i > 0 && (int)number != all)) {
			close(fd);
			return -1;
		}
		all = (int)number;
	}
	close(fd);
	return all;
}

/* The files of an order that is done, and two that an order leaves. */
static bool fill(int pending, int generation)
{
	char text[16];
	int len = snprintf(text, sizeof text, "%d", generation);
	bool good = true;

	for (size_t i = 0; i < 4; i++)
		good = good && file_replace(pending, parts[i], i == 0 ? 0600 : 0644, span_of(text, (size_t)len)) == FILE_OK;
	return good && file_replace(pending, "order", 0600, span_str("https://ca.test/order/1")) == FILE_OK &&
	       file_replace(pending, "request", 0600, span_str("request")) == FILE_OK;
}

static struct name_set further;

static enum store_result lock(struct store *s, const char *name)
{
	return store_lock(s, place, span_str(name), 0);
}

/* One whole order; what a killed one did is used or done again. */
static enum store_result order(const char *name, int generation)
{
	char version[STORE_VERSION_MAX];
	struct store s;
	enum store_result r = lock(&s, name);
	int fd;

	if (r != STORE_OK)
		return r;
	if (store_current(&s, &fd, version) == STORE_OK) {
		char path[600];

		close(fd);
		snprintf(path, sizeof path, ".%s/%s", s.name, version);
		if (generation_at(path) == generation) {
			store_close(&s);
			return STORE_OK;
		}
	}
	r = store_pending(&s, &fd);
	if (r == STORE_OK) {
		if (!fill(fd, generation))
			r = STORE_ERROR;
		close(fd);
	}
	if (r == STORE_OK)
		r = store_switch(&s, &further);
	store_close(&s);
	return r;
}

static void names(void)
{
	static const struct { const char *name, *text; } good[] = {
		{ "a.test", "a.test" }, { "A.Test.", "a.test" }, { "*.a.test", "_.a.test" },
		{ "192.0.2.1", "192.0.2.1" }, { "2001:DB8:0::1", "2001:db8::1" }, { "localhost", "localhost" },
	};
	static const char *const bad[] = { "", ".", "..", "/", "a/b", "../a", "*", "*.", "_.a.test", "a_b.test", ".a",
		"a..b", "a b", "*.*.a", "a.*.b", "-a.test", "lock\n", "1.2.3", "256.1.1.1", "::g" };
	char name[STORE_NAME_MAX], label[300];
	struct store s;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		check(store_name(span_str(good[i].name), name) && strcmp(name, good[i].text) == 0, "name %s", good[i].name);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!store_name(span_str(bad[i]), name), "no name: %zu", i);
	memset(label, 'a', sizeof label);
	for (size_t i = 50; i < sizeof label; i += 50)
		label[i] = '.';
	check(store_name(span_of(label, 249), name) && strlen(name) == 249 && !store_name(span_of(label, 299), name),
	      "as long as a name can be");
	fresh();
	check(lock(&s, "../x") == STORE_NO_NAME && store_open(&s, place, span_str("a/b")) == STORE_NO_NAME &&
	      lists(".", ""), "nothing is made for what is no name");
	for (int r = STORE_OK; r <= STORE_ERROR; r++)
		check(store_strerror((enum store_result)r)[0] != 0, "%s", store_strerror((enum store_result)r));
}

static void first_and_next(void)
{
	char version[STORE_VERSION_MAX];
	struct store s;
	struct stat st;
	int fd;
	mode_t before = umask(077);

	fresh();
	check(store_open(&s, place, span_str("a.test")) == STORE_OK && store_current(&s, &fd, version) == STORE_NO_NAME &&
	      s.own == -1, "nothing there yet");
	store_close(&s);
	check(lists(".", ""), "and nothing is made by looking");
	check(lock(&s, "a.test") == STORE_OK && store_pending(&s, &fd) == STORE_OK, "an order begins");
	check(mode_of(".a.test") == 0755 && mode_of(".a.test/pending") == 0700 && mode_of(".a.test/lock") == 0600,
	      "modes, whatever the umask");
	check(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(s.lock, F_GETFD) == FD_CLOEXEC, "nothing is inherited");
	check(store_switch(&s, NULL) == STORE_DAMAGED && lists(".a.test", "lock pending "), "nothing to switch to yet");
	check(fill(fd, 1), "filled");
	close(fd);
	check(store_switch(&s, &further) == STORE_OK && s.kept[0] == 0, "switched");
	umask(before);
	check(leads("a.test", ".a.test/1") && leads("b.test", "a.test") && leads("_.a.test", "a.test") &&
	      leads("192.0.2.1", "a.test"), "links");
	check(generation_at("a.test") == 1 && generation_at("b.test") == 1 && lists("a.test", "cert.pem chain.pem "
	      "fullchain.pem key.pem ") && lists(".a.test", "1 further lock "), "files, and no others");
	check(mode_of(".a.test/1") == 0755 && mode_of("a.test/key.pem") == 0600 && mode_of("a.test/cert.pem") == 0644,
	      "modes");
	check(store_current(&s, &fd, version) == STORE_OK && strcmp(version, "1") == 0 && fstat(fd, &st) == 0 &&
	      fcntl(fd, F_GETFD) == FD_CLOEXEC, "current");
	store_close(&s);
	check(order("a.test", 2) == STORE_OK && order("a.test", 3) == STORE_OK && generation_at("a.test") == 3 &&
	      lists(".a.test", "2 3 further lock "), "the version before is kept, older ones go");
	check(openat(fd, "key.pem", O_RDONLY) < 0 && errno == ENOENT, "also for a reader of the one before that");
	close(fd);
	check(store_open(&s, place, span_str("b.test")) == STORE_OK && store_current(&s, &fd, version) == STORE_OK &&
	      strcmp(version, "3") == 0 && s.own >= 0 && strcmp(s.name, "a.test") == 0 && lists(".", ".a.test 192.0.2.1 _.a.test a.test b.test "),
	      "by a further name");
	close(fd);
	store_close(&s);
	check(symlinkat(".a.test/2", dir, ".a.test/back") == 0 && renameat(dir, ".a.test/back", dir, "a.test") == 0 &&
	      lock(&s, "a.test") == STORE_OK && store_current(&s, &fd, version) == STORE_OK &&
	      strcmp(version, "2") == 0 && generation_at("b.test") == 2, "somebody goes back to the one before");
	close(fd);
	store_close(&s);
	check(order("a.test", 4) == STORE_OK && lists(".a.test", "3 4 further lock ") && leads("a.test", ".a.test/4"),
	      "which changes nothing for the next");
	check(file_replace(dir, ".a.test/deployed", 0644, span_str("17\n")) == FILE_OK &&
	      order("a.test", 5) == STORE_OK && leads("a.test", ".a.test/18"), "no number comes again");
}

static void pending(void)
{
	struct store s;
	int fd;

	fresh();
	lock(&s, "a.test");
	check(store_drop_pending(&s) == STORE_OK, "none to drop");
	store_pending(&s, &fd);
	fill(fd, 5);
	close(fd);
	store_close(&s);
	lock(&s, "a.test");
	check(store_pending(&s, &fd) == STORE_OK && file_holds(".a.test/pending/order", "https://ca.test/order/1"),
	      "it is found again");
	close(fd);
	check(store_drop_pending(&s) == STORE_OK && lists(".a.test", "lock "), "dropped with all its files");
	store_pending(&s, &fd);
	fill(fd, 6);
	unlinkat(fd, "key.pem", 0);
	check(store_switch(&s, NULL) == STORE_OK && lists("a.test", "cert.pem chain.pem fullchain.pem "),
	      "without a key, when that is elsewhere");
	close(fd);
	store_pending(&s, &fd);
	fill(fd, 7);
	unlinkat(fd, "chain.pem", 0);
	check(store_switch(&s, NULL) == STORE_DAMAGED && leads("a.test", ".a.test/1"), "not without a chain");
	check(symlinkat("cert.pem", fd, "chain.pem") == 0 && store_switch(&s, NULL) == STORE_DAMAGED && lists(".a.test", "1 further lock pending "), "nor with a link for one");
	unlinkat(fd, "chain.pem", 0);
	mkdirat(fd, "chain.pem", 0700);
	check(store_switch(&s, NULL) == STORE_DAMAGED && lists(".a.test", "1 further lock pending "), "or a directory");
	unlinkat(fd, "chain.pem", AT_REMOVEDIR);
	check(mkfifoat(fd, "chain.pem", 0600) == 0 && store_switch(&s, NULL) == STORE_DAMAGED, "or a FIFO");
	close(fd);
	store_close(&s);
}

static bool put(const char *path)
{
	return file_replace(dir, path, 0600, span_str("precious")) == FILE_OK;
}

/* What is not the store's is in the way: told, and left as it is. */
static void foreign(void)
{
	struct store s;
	int fd;

	fresh();
	check(put("a.test") && lock(&s, "a.test") == STORE_DAMAGED && file_holds("a.test", "precious"),
	      "a file in the place of the link");
	fresh();
	check(mkdirat(dir, "a.test", 0755) == 0 && put("a.test/x") && order("a.test", 1) == STORE_DAMAGED &&
	      file_holds("a.test/x", "precious"), "a directory");
	static const char *const elsewhere[] = { "/etc", "../certs/.a.test/1", ".b.test/1", ".a.test/x", ".a.test/01",
		".a.test/0", ".a.test/1/", ".a.test/1/..", ".a.test", "_", "x_y", "..", "live/a.test", "B.test" };

	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
		fresh();
		check(symlinkat(elsewhere[i], dir, "a.test") == 0 && order("a.test", 1) == STORE_DAMAGED &&
		      leads("a.test", elsewhere[i]), "a link that leads elsewhere: %s", elsewhere[i]);
	}
	fresh();
	check(put(".a.test") && lock(&s, "a.test") == STORE_DAMAGED && file_holds(".a.test", "precious"),
	      "a file for its directory");
	fresh();
	check(mkdirat(dir, "other", 0755) == 0 && symlinkat("other", dir, ".a.test") == 0 &&
	      lock(&s, "a.test") == STORE_DAMAGED && lists("other", ""), "a link for its directory");
	fresh();
	lock(&s, "a.test");
	check(symlinkat("..", s.own, "pending") == 0 && store_pending(&s, &fd) == STORE_DAMAGED &&
	      store_switch(&s, NULL) == STORE_DAMAGED, "a link for the pending order");
	store_close(&s);
	unlinkat(dir, ".a.test/lock", 0);
	check(symlinkat("../x", dir, ".a.test/lock") == 0 && lock(&s, "a.test") == STORE_DAMAGED && mode_of("x") == -1,
	      "a link for the lock");
	fresh();
	check(order("b.test", 9) == STORE_OK, "one with a certificate of its own");
	unlinkat(dir, "192.0.2.1", 0);
	unlinkat(dir, "_.a.test", 0);
	unlinkat(dir, "a.test", 0);
	check(put("_.a.test") && lock(&s, "a.test") == STORE_OK && store_pending(&s, &fd) == STORE_OK && fill(fd, 1) &&
	      store_switch(&s, &further) == STORE_OK, "further names whose places are taken do not hinder");
	check(leads("b.test", ".b.test/1") && file_holds("_.a.test", "precious") && leads("192.0.2.1", "a.test") &&
	      s.kept[0] != 0, "they are left alone, and told");
	close(fd);
	store_close(&s);
	check(symlinkat("a.test", dir, "c.test") == 0 && order("c.test", 3) == STORE_OK && leads("c.test", ".c.test/1") &&
	      generation_at("a.test") == 1, "a further name gets a certificate of its own");
	mkdirat(dir, ".a.test/1/kept", 0755);
	mkdirat(dir, ".a.test/notes", 0755);
	put(".a.test/0");
	put(".a.test/1x");
	order("a.test", 2);
	order("a.test", 3);
	check(order("a.test", 4) == STORE_OK && lists(".a.test", "0 1 1x 3 4 further lock notes ") && lists(".a.test/1", "kept "),
	      "strange things beside versions stay");
}

/* In a process of its own: the store has static storage. */
static void race(const char *path)
{
	pid_t pid;
	int status;

	if (!racing || strcmp(path, racing) != 0)
		return;
	racing = NULL;
	pid = fork();
	if (pid == 0)
		_exit(order("b.test", 9));
	check(waitpid(pid, &status, 0) == pid && status == 0, "another order, at that moment");
}

static void overtaken(void)
{
	fresh();
	racing = "b.test";
	check(order("a.test", 1) == STORE_OK && !racing && leads("a.test", ".a.test/1"),
	      "a further name gets a certificate of its own before it is a link");
	check(leads("b.test", ".b.test/1") && generation_at("b.test") == 9, "which it keeps");
}

static void dropped(void)
{
	static const struct name_set none;
	struct store s;
	int fd;

	fresh();
	order("a.test", 1);
	check(leads("b.test", "a.test") && symlinkat("a.test", dir, "mine.test") == 0 &&
	      unlinkat(dir, "192.0.2.1", 0) == 0 && symlinkat("c.test", dir, "192.0.2.1") == 0, "links");
	if (lock(&s, "a.test") != STORE_OK || store_pending(&s, &fd) != STORE_OK || !fill(fd, 2))
		check(false, "an order");
	close(fd);
	check(store_switch(&s, &none) == STORE_OK && lists(".", ".a.test 192.0.2.1 a.test mine.test ") &&
	      leads("a.test", ".a.test/2"), "a link that it set and sets no more is gone, others are not");
	store_close(&s);
	fresh();
	order("a.test", 1);
	if (lock(&s, "a.test") != STORE_OK || store_pending(&s, &fd) != STORE_OK || !fill(fd, 2))
		check(false, "an order");
	close(fd);
	racing_away = "b.test";
	check(store_switch(&s, &none) == STORE_OK && !racing_away && leads("b.test", ".b.test/1") &&
	      generation_at("b.test") == 9 && leads("a.test", ".a.test/2"),
	      "one that gets a certificate of its own at that moment keeps it");
	store_close(&s);
}

static void cannot_write(void)
{
	struct store s;
	int status;
	pid_t pid;

	check(store_lock(&s, "none", span_str("a.test"), 0) == STORE_ERROR && errno == ENOENT && s.dir == -1,
	      "no such store");
	fresh();
	order("a.test", 1);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		int fd;
		char version[STORE_VERSION_MAX];

		if (getuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(100);
		/* Root's test gives the store to nobody; else it is made read-only here. */
		if (fchmod(dir, 0555) < 0 && errno != EPERM)
			_exit(101);
		if (lock(&s, "b.test") != STORE_DENIED)
			_exit(102);
		if (lock(&s, "a.test") != STORE_DENIED)
			_exit(103);
		if (store_open(&s, place, span_str("a.test")) != STORE_OK || store_current(&s, &fd, version) != STORE_OK)
			_exit(104);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "denied to write, not to read (%d)", WEXITSTATUS(status));
	fchmod(dir, 0755);
}

/* A process that holds the lock until it is killed. */
static pid_t holder(const char *name)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		struct store s;

		c = lock(&s, name) == STORE_OK ? 'y' : 'n';
		if (write(ready[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid < 2 || read(ready[0], &c, 1) != 1 || c != 'y')
		abort();
	close(ready[0]);
	return pid;
}

static void locks(void)
{
	struct store s, t;
	int64_t began;
	int status;
	pid_t pid, other;

	fresh();
	pid = holder("a.test");
	check(pid > 1 && lock(&s, "A.test") == STORE_BUSY, "somebody else has it");
	check(store_open(&s, place, span_str("a.test")) == STORE_OK, "which does not hinder readers");
	store_close(&s);
	check(lock(&s, "b.test") == STORE_OK, "nor other names");
	check(lock(&t, "b.test") == STORE_BUSY, "nor may the same process have it twice");
	store_close(&s);
	began = deadline_now();
	check(store_lock(&s, place, span_str("a.test"), deadline_in(100)) == STORE_BUSY && deadline_now() - began >= 100,
	      "waited for in vain");
	other = fork();
	if (other < 0)
		abort();
	if (other == 0)
		_exit(store_lock(&s, place, span_str("a.test"), deadline_in(LATE_MS)) == STORE_OK ? 0 : 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	waitpid(other, &status, 0);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "its holder is killed: who waits gets it");
	check(lock(&s, "a.test") == STORE_OK, "and it is free when that has ended");
	store_close(&s);
}

/* A child switches again and again; a reader opens the directory once and finds what belongs together. */
static void readers(void)
{
	int good = 0, gone = 0, wrong = 0, back = 0, last = 0, status;
	pid_t pid;

	fresh();
	order("a.test", 1);
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0) {
		for (int i = 2; i <= SWITCHES; i++)
			if (order("a.test", i) != STORE_OK)
				_exit(1);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		/* -1 is wrong unless the version was replaced twice meanwhile: then its files are gone. */
		int now = generation_at(good % 2 ? "a.test" : "b.test"), later = now > 0 ? now : generation_at("a.test");

		good += now > 0;
		gone += now < 0;
		wrong += now == 0 || later == 0;
		back += now > 0 && now < last;
		last = now > 0 ? now : last;
	}
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "switched again and again");
	check(good > 20 && gone * 5 < good && wrong == 0 && back == 0, "whole at each look (%d of %d)", good, good + gone);
	check(generation_at("a.test") == SWITCHES, "and the last is the last");
}

/* Runs in a child that is killed before its n-th change. False: it came to its end. */
static bool killed_in(int (*what)(int argument), int argument, int n)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		shared->changes = 0;
		shared->die_before = n;
		_exit(what(argument));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	shared->die_before = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		check(false, "an order ends with %d", WEXITSTATUS(status));
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static int orders(int generation)
{
	return (int)order("a.test", generation);
}

static int drops(int unused)
{
	struct store s;
	enum store_result r = lock(&s, "a.test");

	(void)unused;
	if (r == STORE_OK)
		r = store_drop_pending(&s);
	store_close(&s);
	return (int)r;
}

/* All that a reader can come upon: the old or the new, whole. */
static bool sound(int old, int new)
{
	static const char *const all[] = { "a.test", "b.test", "_.a.test", "192.0.2.1" };

	for (size_t i = 0; i < 4; i++) {
		int now = generation_at(all[i]);

		if (now != old && now != new && !(i > 0 && now == 0))
			return false;
	}
	return true;
}

static bool finished(int generation, const char *versions)
{
	return sound(generation, generation) && generation_at("192.0.2.1") == generation &&
	       generation_at("b.test") == generation && generation_at("_.a.test") == generation &&
	       lists(".a.test", versions) && lists(".", ".a.test 192.0.2.1 _.a.test a.test b.test ") &&
	       lists("a.test", "cert.pem chain.pem fullchain.pem key.pem ") && mode_of(".a.test") == 0755 &&
	       mode_of("a.test/key.pem") == 0600 && mode_of("b.test/.") == 0755;
}

/* For all n: killed before the n-th change, looked at, done again. */
static void killed_anywhere(int before, const char *versions)
{
	int n, unsound = 0, unfinished = 0;

	for (n = 1; n < OFTEN; n++) {
		bool killed;

		fresh();
		for (int i = 1; i <= before; i++)
			order("a.test", i);
		killed = killed_in(orders, before + 1, n);
		if (!sound(before, before + 1))
			unsound++;
		if (!killed)
			break;
		if (order("a.test", before + 1) != STORE_OK || !finished(before + 1, versions)) {
			printf("# killed before change %d\n", n);
			unfinished++;
		}
	}
	check(n > 40 && n < OFTEN, "an order after %d others is killed before each of %d changes", before, n - 1);
	check(unsound == 0 && unfinished == 0, "whole after each (%d are not), and finished by the next (%d are not)",
	      unsound, unfinished);
}

/* An order for the one name alone: the links of the others go. */
static int orders_alone(int generation)
{
	size_t n = further.n;
	int result;

	further.n = 0;
	result = orders(generation);
	further.n = n;
	return result;
}

static void killed_while_dropping_links(void)
{
	int n, wrong = 0;

	for (n = 1; n < OFTEN; n++) {
		bool killed;

		fresh();
		order("a.test", 1);
		killed = killed_in(orders_alone, 2, n);
		if (!sound(1, 2))
			wrong++;
		if (!killed)
			break;
		if (orders_alone(2) != STORE_OK || generation_at("a.test") != 2 ||
		    !lists(".", ".a.test a.test ") || !lists(".a.test", "1 2 further lock ")) {
			printf("# killed before change %d: %s\n", n, listed("."));
			wrong++;
		}
	}
	check(n > 40 && n < OFTEN && wrong == 0, "links that go, killed before each of %d changes (%d are wrong)",
	      n - 1, wrong);
}

/* The next one is killed too, and the one after that, each a little later. */
static void killed_again_and_again(void)
{
	int kills = 0, unsound = 0, unfinished = 0;

	for (int n = 1; n < OFTEN; n += 7) {
		fresh();
		order("a.test", 1);
		order("a.test", 2);
		if (!killed_in(orders, 3, n))
			break;
		for (int m = 1; killed_in(orders, 3, m); m += 3) {
			unsound += !sound(2, 3);
			kills++;
		}
		unfinished += !finished(3, "2 3 further lock ");
	}
	check(kills > 50 && unsound == 0 && unfinished == 0, "killed in what others left (%d times)", kills);
}

static void killed_while_dropping(void)
{
	int n, partial = 0, left = 0;

	for (n = 1; n < OFTEN; n++) {
		const char *found;
		struct store s;
		bool killed;
		int fd;

		fresh();
		lock(&s, "a.test");
		store_pending(&s, &fd);
		fill(fd, 1);
		close(fd);
		store_close(&s);
		killed = killed_in(drops, 0, n);
		found = listed(".a.test/pending");
		partial += found[0] && strcmp(found, "cert.pem chain.pem fullchain.pem key.pem order request ") != 0;
		left += drops(0) != STORE_OK || !lists(".a.test", "lock ");
		if (!killed)
			break;
	}
	check(n > 5 && n < OFTEN && partial == 0 && left == 0, "an order that is dropped is whole or gone (%d changes)", n - 1);
}

int main(void)
{
	static const char *const more[] = { "b.test", "*.a.test", "192.0.2.1", "a.test" };

	if (!mkdtemp(base) || chmod(base, 0755) < 0 || chdir(base) < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		name_set_add(&further, span_str(more[i]));
	names();
	first_and_next();
	pending();
	foreign();
	overtaken();
	dropped();
	cannot_write();
	locks();
	quick = true;
	readers();
	killed_anywhere(0, "1 further lock ");
	killed_anywhere(1, "1 2 further lock ");
	killed_anywhere(3, "3 4 further lock ");
	killed_again_and_again();
	killed_while_dropping();
	killed_while_dropping_links();
	fresh();
	check(rmdir(place) == 0 && chdir("/") == 0 && rmdir(base) == 0, "nothing is left");
	return tap_end();
}
