/* watched: a file that somebody else may change, by its metadata; in a jail too, once it is opened. */
#ifndef BASE_WATCHED_H
#define BASE_WATCHED_H

#include <stdbool.h>
#include <sys/stat.h>

struct watched {
	int dir;          /* where it is, for openat(2) and a jail's places */
	const char *name; /* its name in there */
	dev_t dev;
	ino_t ino;
	off_t size;       /* when it was looked at */
	struct timespec time;
};

/* Opens where `path`, which is kept, is, and looks at it. False: errno. */
bool watched_open(struct watched *w, const char *path);

/*
 * Looks again. True when it is not what it was, which is noted. One that is not there for a
 * moment, as when it is replaced the clumsy way, has not changed.
 */
bool watched_changed(struct watched *w);

#endif
