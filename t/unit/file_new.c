/* Files that are written piece by piece: seen when they are whole, gone when they are dropped. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"

static char path[] = "/tmp/file.XXXXXX";
static int dir;

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

static bool holds(const char *name, const char *text, mode_t mode)
{
	char buf[64];
	size_t len;
	struct stat st;

	return file_read(dir, name, buf, sizeof buf, &len) == FILE_OK &&
	       span_is(span_of(buf, len), text) && fstatat(dir, name, &st, 0) == 0 &&
	       st.st_mode == (S_IFREG | mode);
}

static bool put(const struct file_new *f, const char *text)
{
	return write(f->fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static void test_commit(void)
{
	struct file_new f;
	struct stat st;

	check(file_begin(&f, dir, "a") == FILE_OK && put(&f, "one ") && put(&f, "two"), "begun");
	check(faccessat(dir, "a", F_OK, 0) < 0 && entries() == 1 && strncmp(f.name, ".new-", 5) == 0,
	      "not there yet");
	check(fstat(f.fd, &st) == 0 && (st.st_mode & 0777) == 0600, "for nobody else");
	umask(077);
	check(file_commit(&f, 0644) == FILE_OK && f.fd == -1 && holds("a", "one two", 0644) && entries() == 1,
	      "there, with its mode whatever the umask");
	umask(022);
	check(file_begin(&f, dir, "a") == FILE_OK && put(&f, "three") && holds("a", "one two", 0644),
	      "the old one stays meanwhile");
	check(file_commit(&f, 0600) == FILE_OK && holds("a", "three", 0600) && entries() == 1, "replaced");
	file_drop(&f);
	check(holds("a", "three", 0600) && entries() == 1, "what is in its place is not dropped");
}

static void test_drop(void)
{
	struct file_new f;

	check(file_begin(&f, dir, "a") == FILE_OK && put(&f, "x"), "begun");
	file_drop(&f);
	check(f.fd == -1 && holds("a", "three", 0600) && entries() == 1, "dropped");
	file_drop(&f);
	check(entries() == 1, "dropped again");
}

static void test_failures(void)
{
	struct file_new f;
	char name[300];

	check(file_begin(&f, dir, "missing/a") == FILE_ERROR && errno == ENOENT && f.fd == -1,
	      "a directory that is not there");
	file_drop(&f);
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = 0;
	check(file_begin(&f, dir, name) == FILE_OK && file_commit(&f, 0600) == FILE_ERROR &&
	              errno == ENAMETOOLONG && f.fd == -1 && entries() == 1,
	      "a name that is too long leaves nothing");
	mkdirat(dir, "sub", 0700);
	check(file_begin(&f, dir, "sub") == FILE_OK && file_commit(&f, 0600) == FILE_ERROR &&
	              errno == EISDIR && entries() == 2,
	      "nor does a directory in the way");
	check(file_begin(&f, dir, "sub/b") == FILE_OK && put(&f, "y") && file_commit(&f, 0640) == FILE_OK &&
	              holds("sub/b", "y", 0640),
	      "below another directory");
	unlinkat(dir, "sub/b", 0);
	unlinkat(dir, "sub", AT_REMOVEDIR);
}

int main(void)
{
	if (!mkdtemp(path) || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return 1;
	test_commit();
	test_drop();
	test_failures();
	unlinkat(dir, "a", 0);
	return rmdir(path) < 0 ? 1 : tap_end();
}
