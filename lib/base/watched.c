/* Files by their metadata. */
#include "base/watched.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

static void note(struct watched *w, const struct stat *st)
{
	w->dev = st->st_dev;
	w->ino = st->st_ino;
	w->size = st->st_size;
	w->time = st->st_mtim;
}

bool watched_open(struct watched *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 1;
	char parent[PATH_MAX];
	struct stat st;

	if (len >= sizeof parent) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(parent, slash ? path : ".", len);
	parent[len] = 0;
	w->name = slash ? slash + 1 : path;
	w->dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0 || fstatat(w->dir, w->name, &st, 0) < 0)
		return false;
	note(w, &st);
	return true;
}

bool watched_changed(struct watched *w)
{
	struct stat st;

	if (fstatat(w->dir, w->name, &st, 0) < 0)
		return false;
	if (st.st_dev == w->dev && st.st_ino == w->ino && st.st_size == w->size &&
	    st.st_mtim.tv_sec == w->time.tv_sec && st.st_mtim.tv_nsec == w->time.tv_nsec)
		return false;
	note(w, &st);
	return true;
}
