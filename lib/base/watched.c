/* Files by their metadata. */
#include "base/watched.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

struct watched_version watched_version_of(const struct stat *st)
{
	return (struct watched_version){ st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim };
}

static bool same_moment(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool watched_same(const struct watched_version *a, const struct watched_version *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_moment(&a->modified, &b->modified) && same_moment(&a->changed, &b->changed);
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
	w->seen = watched_version_of(&st);
	return true;
}

bool watched_changed(struct watched *w)
{
	struct watched_version now;
	struct stat st;

	if (fstatat(w->dir, w->name, &st, 0) < 0)
		return false;
	now = watched_version_of(&st);
	if (watched_same(&now, &w->seen))
		return false;
	w->seen = now;
	return true;
}
