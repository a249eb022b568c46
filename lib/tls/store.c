/* The certificate store: names, lock, what is current and what is pending. */
#include "tls/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tls/store_parts.h"

enum { NAP_MS = 25, TRIES = 5, OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

const char *store_strerror(enum store_result result)
{
	switch (result) {
	case STORE_OK:
		return "success";
	case STORE_NO_NAME:
		return "no certificate of that name";
	case STORE_BUSY:
		return "somebody else is at work on it";
	case STORE_DENIED:
		return "cannot be written to";
	case STORE_DAMAGED:
		return "something that is not the store's is in its place, or a part is missing";
	case STORE_ERROR:
		return strerror(errno);
	}
	return "unknown";
}

enum store_result store_failed(void)
{
	switch (errno) {
	case EACCES:
	case EPERM:
	case EROFS:
		return STORE_DENIED;
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENOTEMPTY:
		return STORE_DAMAGED;
	default:
		return STORE_ERROR;
	}
}

bool store_name(struct span name, char *out)
{
	struct name_set set;

	set.n = 0;
	if (name_set_add(&set, name) != NAME_OK)
		return false;
	snprintf(out, STORE_NAME_MAX, "%s", set.name[0].text);
	if (out[0] == '*')
		out[0] = '_';
	return true;
}

/* A name as store_name() gives it. */
static bool is_store_name(const char *text)
{
	char asked[STORE_NAME_MAX], name[STORE_NAME_MAX];

	if ((size_t)snprintf(asked, sizeof asked, "%s", text) >= sizeof asked)
		return false;
	if (asked[0] == '_')
		asked[0] = '*';
	return store_name(span_str(asked), name) && strcmp(name, text) == 0;
}

bool store_version(const char *name, uint64_t *version)
{
	return name[0] != '0' && span_number(span_str(name), UINT64_MAX / 2, version);
}

enum store_place store_look(int dir, const char *name, char target[STORE_LINK_MAX])
{
	ssize_t n = readlinkat(dir, name, target, STORE_LINK_MAX);
	size_t len = strlen(name);
	uint64_t version;

	if (n < 0)
		return errno == ENOENT ? STORE_FREE : errno == EINVAL ? STORE_FOREIGN : STORE_UNKNOWN;
	if (n == STORE_LINK_MAX)
		return STORE_FOREIGN;
	target[n] = 0;
	if (target[0] == '.' && strncmp(target + 1, name, len) == 0 && target[len + 1] == '/' &&
	    store_version(target + len + 2, &version))
		return STORE_OWN;
	return is_store_name(target) ? STORE_OF_NAME : STORE_FOREIGN;
}

/*
 * Whether something can be made and removed in a directory. What a killed
 * process left is no hindrance, nor is one that tries at the same time.
 */
static enum store_result try_out(int dir, const char *name)
{
	for (int i = 0; i < TRIES; i++) {
		bool made = mkdirat(dir, name, 0700) == 0;

		if (!made && errno != EEXIST)
			return store_failed();
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || (made && errno == ENOENT))
			return STORE_OK;
		if (errno != ENOENT)
			return store_failed();
	}
	errno = EAGAIN;
	return STORE_ERROR;
}

static enum store_result open_own(struct store *s, bool make)
{
	char name[STORE_NAME_MAX + 1];

	snprintf(name, sizeof name, ".%s", s->name);
	if (make) {
		mode_t before = umask(0);
		int made = mkdirat(s->dir, name, 0755);

		umask(before);
		if (made < 0 && errno != EEXIST)
			return store_failed();
	}
	s->own = openat(s->dir, name, OPEN_DIRECTORY | O_NOFOLLOW);
	return s->own >= 0 || (errno == ENOENT && !make) ? STORE_OK : store_failed();
}

static enum store_result take_lock(struct store *s, int64_t wait_until)
{
	s->lock = openat(s->own, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock < 0)
		return store_failed();
	while (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return STORE_ERROR;
		if (deadline_now() >= wait_until)
			return STORE_BUSY;
		poll(NULL, 0, NAP_MS);
	}
	return STORE_OK;
}

static enum store_result open_place(struct store *s, const char *path, struct span name)
{
	*s = (struct store){ .dir = -1, .own = -1, .lock = -1 };
	if (!store_name(name, s->name))
		return STORE_NO_NAME;
	s->dir = open(path, OPEN_DIRECTORY);
	return s->dir >= 0 ? STORE_OK : STORE_ERROR;
}

enum store_result store_open(struct store *s, const char *path, struct span name)
{
	enum store_result r = open_place(s, path, name);
	char target[STORE_LINK_MAX];

	if (r != STORE_OK)
		return r;
	if (store_look(s->dir, s->name, target) == STORE_OF_NAME)
		snprintf(s->name, sizeof s->name, "%.*s", STORE_NAME_MAX - 1, target);
	return open_own(s, false);
}

static enum store_result lock_it(struct store *s, int64_t wait_until)
{
	char target[STORE_LINK_MAX];
	enum store_result r;
	enum store_place place;

	if ((r = open_own(s, true)) != STORE_OK)
		return r;
	if ((r = take_lock(s, wait_until)) != STORE_OK)
		return r;
	place = store_look(s->dir, s->name, target);
	if (place == STORE_UNKNOWN)
		return STORE_ERROR;
	if (place == STORE_FOREIGN)
		return STORE_DAMAGED;
	if ((r = try_out(s->dir, ".try_")) != STORE_OK || (r = try_out(s->own, "try_")) != STORE_OK)
		return r;
	return store_recover(s);
}

enum store_result store_lock(struct store *s, const char *path, struct span name, int64_t wait_until)
{
	enum store_result r = open_place(s, path, name);

	if (r == STORE_OK)
		r = lock_it(s, wait_until);
	if (r != STORE_OK) {
		int error = errno;

		store_close(s);
		errno = error;
	}
	return r;
}

/*
 * The version is opened by the name the link gave, so that both belong
 * together. One that is gone by then was replaced twice meanwhile.
 */
enum store_result store_current(const struct store *s, int *dir, char *version)
{
	for (int i = 0; i < TRIES; i++) {
		char target[STORE_LINK_MAX], next[STORE_LINK_MAX];
		enum store_place place = store_look(s->dir, s->name, target);

		if (place == STORE_OF_NAME) {
			place = store_look(s->dir, target, next);
			memcpy(target, next, sizeof target);
		}
		if (place == STORE_FREE)
			return STORE_NO_NAME;
		if (place != STORE_OWN)
			return place == STORE_UNKNOWN ? STORE_ERROR : STORE_DAMAGED;
		*dir = openat(s->dir, target, OPEN_DIRECTORY | O_NOFOLLOW);
		if (*dir >= 0) {
			snprintf(version, STORE_VERSION_MAX, "%s", strchr(target, '/') + 1);
			return STORE_OK;
		}
		if (errno != ENOENT)
			return store_failed();
	}
	return STORE_DAMAGED;
}

enum store_result store_pending(struct store *s, int *dir)
{
	if (mkdirat(s->own, "pending", 0700) < 0 && errno != EEXIST)
		return store_failed();
	*dir = openat(s->own, "pending", OPEN_DIRECTORY | O_NOFOLLOW);
	if (*dir >= 0 && fchmod(*dir, 0700) == 0)
		return STORE_OK;
	if (*dir >= 0)
		close(*dir);
	return store_failed();
}

/* Renamed first: whoever finds it pending finds all of it. */
enum store_result store_drop_pending(struct store *s)
{
	if (!store_remove(s->own, "dropped"))
		return store_failed();
	if (renameat(s->own, "pending", s->own, "dropped") < 0)
		return errno == ENOENT ? STORE_OK : store_failed();
	return store_remove(s->own, "dropped") ? STORE_OK : store_failed();
}

void store_close(struct store *s)
{
	int *fds[] = { &s->lock, &s->own, &s->dir };

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}
