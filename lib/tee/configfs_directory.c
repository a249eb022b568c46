/* The report directory as it is in the kernel, and who cleans up when a process is told to end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/builder.h"
#include "tee/configfs.h"

/*
 * The entry that is there now. It is made, removed and written down with all signals held
 * back, so that a handler sees either both or neither.
 */
static struct {
	volatile sig_atomic_t there;
	int dir;
	char name[CONFIGFS_NAME_MAX];
} current;

static int make(void *context, const char *entry)
{
	const int *dir = context;
	sigset_t all, before;
	struct builder b;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	builder_init(&b, current.name, sizeof current.name);
	builder_str(&b, entry);
	error = !builder_cstr(&b) ? ENAMETOOLONG : mkdirat(*dir, entry, 0700) < 0 ? errno : 0;
	current.dir = *dir;
	current.there = error == 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

static int remove_entry(void *context, const char *entry)
{
	const int *dir = context;
	sigset_t all, before;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	error = unlinkat(*dir, entry, AT_REMOVEDIR) < 0 ? errno : 0;
	current.there = 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

void configfs_abandon(void)
{
	int error = errno;

	if (current.there)
		unlinkat(current.dir, current.name, AT_REMOVEDIR);
	errno = error;
}

static int open_attribute(const int *dir, const char *entry, const char *attribute, int flags)
{
	char path[2 * CONFIGFS_NAME_MAX];
	struct builder b;

	builder_init(&b, path, sizeof path);
	builder_str(&b, entry);
	builder_byte(&b, '/');
	builder_str(&b, attribute);
	if (!builder_cstr(&b)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(*dir, path, flags | O_CLOEXEC | O_NOFOLLOW);
}

static int write_attribute(void *context, const char *entry, const char *attribute,
                           struct span bytes)
{
	int fd = open_attribute(context, entry, attribute, O_WRONLY), error = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	n = write(fd, bytes.p, bytes.len);
	if (n < 0)
		error = errno;
	else if ((size_t)n != bytes.len)
		error = EIO;
	if (close(fd) < 0 && error == 0)
		error = errno;
	return error;
}

/* To the end of the file, which a read of none says. */
static int read_attribute(void *context, const char *entry, const char *attribute, void *buf,
                          size_t cap, size_t *len)
{
	int fd = open_attribute(context, entry, attribute, O_RDONLY), error = 0;
	unsigned char more;
	ssize_t n;

	*len = 0;
	if (fd < 0)
		return errno;
	do {
		bool full = *len == cap;

		n = read(fd, full ? &more : (unsigned char *)buf + *len, full ? 1 : cap - *len);
		if (n < 0)
			error = errno;
		else if (n > 0 && full)
			error = EFBIG;
		else
			*len += (size_t)n;
	} while (n > 0 && error == 0);
	close(fd);
	return error;
}

static void pause_for(void *context, int64_t ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	(void)context;
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

struct configfs_files configfs_directory(int *dir)
{
	return (struct configfs_files){ .context = dir, .make = make, .remove = remove_entry,
		                        .write = write_attribute, .read = read_attribute,
		                        .pause = pause_for };
}
