/*
 * watched: files that somebody else may change, by their metadata: what is another file under the
 * same name, or was written to, is another version of it.
 */
#ifndef BASE_WATCHED_H
#define BASE_WATCHED_H

#include <stdbool.h>
#include <sys/stat.h>

/* Of a file or directory. All zero is none. */
struct watched_version {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed; /* its contents; anything */
};

struct watched_version watched_version_of(const struct stat *st);
bool watched_same(const struct watched_version *a, const struct watched_version *b);

/* One file that is looked at again and again; in a jail too, once it is opened. */
struct watched {
	int dir;          /* where it is, for openat(2) and a jail's places */
	const char *name; /* its name in there */
	struct watched_version seen; /* when it was looked at */
};

/* Opens where `path`, which is kept, is, and looks at it. False: errno. */
bool watched_open(struct watched *w, const char *path);

/*
 * Looks again. True when it is not what it was, which is noted. One that is not there for a
 * moment, as when it is replaced the clumsy way, has not changed.
 */
bool watched_changed(struct watched *w);

#endif
