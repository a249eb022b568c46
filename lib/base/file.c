/* Whole files: written beside under a name of their own, then put in place. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"

enum { TRIES = 8 };

#define NEW ".new-" /* how the names begin of files that are being written */

const char *file_strerror(enum file_result result)
{
	switch (result) {
	case FILE_OK:
		return "success";
	case FILE_MISSING:
		return "no such file";
	case FILE_EXISTS:
		return "there is one already";
	case FILE_TOO_LARGE:
		return "too large";
	case FILE_WRONG_KIND:
		return "not a regular file";
	case FILE_ERROR:
		return strerror(errno);
	}
	return "unknown";
}

/* Closes and removes without losing the reason. */
static void drop(int dir, const char *path, int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	if (path)
		unlinkat(dir, path, 0);
	errno = error;
}

static enum file_result read_all(int fd, void *buf, size_t cap, size_t *len)
{
	enum io_result r = io_read_end(fd, buf, cap, len, DEADLINE_NEVER);

	return r == IO_OK ? FILE_OK : r == IO_TOO_LONG ? FILE_TOO_LARGE : FILE_ERROR;
}

enum file_result file_read(int dir, const char *path, void *buf, size_t cap, size_t *len)
{
	/* A FIFO or device in the place of the file is not waited for. */
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum file_result r;
	struct stat st;

	*len = 0;
	if (fd < 0)
		return errno == ENOENT ? FILE_MISSING : errno == ENXIO ? FILE_WRONG_KIND : FILE_ERROR;
	if (fstat(fd, &st) < 0)
		r = FILE_ERROR;
	else if (!S_ISREG(st.st_mode))
		r = FILE_WRONG_KIND;
	else
		r = read_all(fd, buf, cap, len);
	drop(-1, NULL, fd);
	return r;
}

/* A name that nobody has, beside `path`: its directory, a dot and random digits. */
static bool name_beside(const char *path, char *name, size_t cap)
{
	const char *slash = strrchr(path, '/');
	size_t head = slash ? (size_t)(slash + 1 - path) : 0;
	unsigned long long number;
	int n;

	if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
		return false;
	if (head > cap) {
		errno = ENAMETOOLONG;
		return false;
	}
	n = snprintf(name, cap, "%.*s" NEW "%016llx", (int)head, path, number);
	if (n < 0 || (size_t)n >= cap) {
		errno = ENAMETOOLONG;
		return false;
	}
	return true;
}

/* Nobody else can open it before it has its mode. */
enum file_result file_begin(struct file_new *f, int dir, const char *path)
{
	*f = (struct file_new){ .dir = dir, .fd = -1, .path = path };
	for (int i = 0; f->fd < 0 && i < TRIES; i++) {
		if (!name_beside(path, f->name, sizeof f->name))
			return FILE_ERROR;
		f->fd = openat(dir, f->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd < 0 && errno != EEXIST)
			return FILE_ERROR;
	}
	return f->fd < 0 ? FILE_ERROR : FILE_OK;
}

void file_drop(struct file_new *f)
{
	if (f->fd >= 0)
		drop(f->dir, f->name, f->fd);
	f->fd = -1;
}

/* All of it is on the disk, under the name beside. */
static bool finish(struct file_new *f, mode_t mode)
{
	if (fchmod(f->fd, mode) == 0 && fsync(f->fd) == 0) {
		int closed = close(f->fd);

		f->fd = -1;
		if (closed == 0)
			return true;
		drop(f->dir, f->name, -1);
		return false;
	}
	file_drop(f);
	return false;
}

static bool write_beside(struct file_new *f, int dir, const char *path, mode_t mode, struct span bytes)
{
	if (file_begin(f, dir, path) != FILE_OK)
		return false;
	if (io_write_all(f->fd, bytes, DEADLINE_NEVER) == IO_OK)
		return finish(f, mode);
	file_drop(f);
	return false;
}

/* A file system that cannot do it for a directory has nothing that could be lost. */
static bool sync_names(int fd)
{
	return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;
}

/* Names in the directory `path` of `dir`. */
static bool sync_at(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && sync_names(fd);

	drop(-1, NULL, fd);
	return good;
}

bool file_sync_directory(int dir)
{
	return dir == AT_FDCWD ? sync_at(dir, ".") : sync_names(dir);
}

/* The names beside `path`. */
static bool sync_beside(int dir, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	if (!slash)
		return file_sync_directory(dir);
	if ((size_t)snprintf(parent, sizeof parent, "%.*s", (int)(slash + 1 - path), path) < sizeof parent)
		return sync_at(dir, parent);
	errno = ENAMETOOLONG;
	return false;
}

enum file_result file_create(int dir, const char *path, mode_t mode, struct span bytes)
{
	struct file_new f;
	int linked, error;

	if (!write_beside(&f, dir, path, mode, bytes))
		return FILE_ERROR;
	linked = linkat(dir, f.name, dir, path, 0);
	error = errno;
	unlinkat(dir, f.name, 0);
	errno = error;
	if (linked < 0)
		return errno == EEXIST ? FILE_EXISTS : FILE_ERROR;
	if (sync_beside(dir, path))
		return FILE_OK;
	drop(dir, path, -1);
	return FILE_ERROR;
}

static enum file_result put_in_place(const struct file_new *f)
{
	if (renameat(f->dir, f->name, f->dir, f->path) < 0) {
		drop(f->dir, f->name, -1);
		return FILE_ERROR;
	}
	return sync_beside(f->dir, f->path) ? FILE_OK : FILE_ERROR;
}

enum file_result file_commit(struct file_new *f, mode_t mode)
{
	return finish(f, mode) ? put_in_place(f) : FILE_ERROR;
}

enum file_result file_replace(int dir, const char *path, mode_t mode, struct span bytes)
{
	struct file_new f;

	return write_beside(&f, dir, path, mode, bytes) ? put_in_place(&f) : FILE_ERROR;
}

void file_sweep(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (!d) {
		drop(-1, NULL, copy);
		return;
	}
	while ((entry = readdir(d)))
		if (strncmp(entry->d_name, NEW, sizeof NEW - 1) == 0)
			unlinkat(dir, entry->d_name, 0);
	closedir(d);
}
