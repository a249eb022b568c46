/*
 * A new version of the store. From the moment the pending directory has a
 * version's name until all of it is done, the file "links" is in it: whoever
 * finds that goes on from the beginning, and every step can be done again. The
 * last step makes it .NAME/further: what the next switch finds to be taken back.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tls/store_parts.h"

#define LINKS "links"
#define FURTHER "further"

enum { LINKS_MAX = CERT_NAMES_MAX * STORE_NAME_MAX, OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

static const char *const parts[] = { "cert.pem", "chain.pem", "fullchain.pem", "key.pem" };
enum { N_PARTS = sizeof parts / sizeof *parts, N_NEEDED = N_PARTS - 1 };

static bool is_part(const char *name)
{
	for (size_t i = 0; i < N_PARTS; i++)
		if (strcmp(name, parts[i]) == 0)
			return true;
	return false;
}

static void close_quietly(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

static DIR *list(int dir)
{
	int fd = openat(dir, ".", OPEN_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close_quietly(fd);
	return d;
}

static void end_list(DIR *d)
{
	int error = errno;

	closedir(d);
	errno = error;
}

/* Removes the files of a directory that `keep` does not want. Directories in it are not ours. */
static bool empty(int dir, bool (*keep)(const char *name))
{
	DIR *d = list(dir);
	struct dirent *e;
	bool good = true;

	if (!d)
		return false;
	while (good && (errno = 0, e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && !(keep && keep(e->d_name)))
			good = unlinkat(dir, e->d_name, 0) == 0 || errno == ENOENT || errno == EISDIR;
	good = good && errno == 0;
	end_list(d);
	return good;
}

bool store_remove(int own, const char *name)
{
	int dir = openat(own, name, OPEN_DIRECTORY | O_NOFOLLOW);
	bool good;

	if (dir < 0)
		return errno == ENOENT;
	good = empty(dir, NULL);
	close_quietly(dir);
	return good && unlinkat(own, name, AT_REMOVEDIR) == 0;
}

/* The versions that are there; and what of them matters to each other. */
struct versions {
	uint64_t current;  /* the link's; 0: it leads to none */
	uint64_t newest;   /* 0: none */
	uint64_t previous; /* the last before the current one, or before the newest; 0: none */
};

static bool for_versions(struct store *s, struct versions *v,
                         bool (*each)(struct store *s, struct versions *v, const char *name, uint64_t version))
{
	DIR *d = list(s->own);
	struct dirent *e;
	uint64_t version;
	bool good = true;

	if (!d)
		return false;
	while (good && (errno = 0, e = readdir(d)))
		if (store_version(e->d_name, &version))
			good = each(s, v, e->d_name, version);
	good = good && errno == 0;
	end_list(d);
	return good;
}

static bool see_newest(struct store *s, struct versions *v, const char *name, uint64_t version)
{
	(void)s;
	(void)name;
	if (version > v->newest)
		v->newest = version;
	return true;
}

static bool see_previous(struct store *s, struct versions *v, const char *name, uint64_t version)
{
	uint64_t last = v->current ? v->current : v->newest;

	(void)s;
	(void)name;
	if (version < last && version > v->previous)
		v->previous = version;
	return true;
}

/* One with something in it that is not ours stays. */
static bool remove_old(struct store *s, struct versions *v, const char *name, uint64_t version)
{
	return version >= v->previous || store_remove(s->own, name) || store_failed() == STORE_DAMAGED;
}

static bool look_at_versions(struct store *s, struct versions *v)
{
	char target[STORE_LINK_MAX];

	*v = (struct versions){ 0 };
	if (store_look(s->dir, s->name, target) == STORE_OWN)
		store_version(strchr(target, '/') + 1, &v->current);
	return for_versions(s, v, see_newest) && for_versions(s, v, see_previous);
}

/* A number that none has or had: that of the last deployed one is remembered too. */
static uint64_t next_version(struct store *s, const struct versions *v)
{
	uint64_t last = v->newest > v->current ? v->newest : v->current, deployed;
	char text[STORE_VERSION_MAX];
	size_t len;

	if (file_read(s->own, "deployed", text, sizeof text - 1, &len) == FILE_OK) {
		text[len] = 0;
		text[strcspn(text, "\n")] = 0;
		if (store_version(text, &deployed) && deployed > last)
			last = deployed;
	}
	return last + 1;
}

/* One rename(2), from nothing or a link of the store's to another. */
static bool set_link(struct store *s, const char *name, const char *target)
{
	if (unlinkat(s->own, "link", 0) < 0 && errno != ENOENT)
		return false;
	return symlinkat(target, s->own, "link") == 0 && renameat(s->own, "link", s->dir, name) == 0;
}

/* A further name's link, unless its place is taken by what must stay. */
static bool set_further(struct store *s, const char *name)
{
	char target[STORE_LINK_MAX];

	if (strcmp(name, s->name) == 0)
		return true;
	/* Fails where the place is taken by now: a rename would replace what another order put there. */
	if (symlinkat(s->name, s->dir, name) == 0)
		return true;
	if (errno != EEXIST)
		return false;
	switch (store_look(s->dir, name, target)) {
	case STORE_OF_NAME:
		if (strcmp(target, s->name) == 0)
			return true;
		return set_link(s, name, s->name);
	case STORE_FREE:
		return set_link(s, name, s->name);
	case STORE_OWN:
	case STORE_FOREIGN:
		snprintf(s->kept, sizeof s->kept, "%s", name);
		return true;
	case STORE_UNKNOWN:
		break;
	}
	return false;
}

/*
 * The link of what is no further name any more. It is moved away before it is removed: one that
 * another order has put there since it was looked at is moved back.
 */
static bool drop_further(struct store *s, const char *name)
{
	char target[STORE_LINK_MAX];
	ssize_t len;

	if (strcmp(name, s->name) == 0 || store_look(s->dir, name, target) != STORE_OF_NAME ||
	    strcmp(target, s->name) != 0)
		return true;
	if (renameat(s->dir, name, s->own, "link") < 0)
		return errno == ENOENT;
	len = readlinkat(s->own, "link", target, sizeof target);
	if (len < 0 || !span_is(span_of(target, (size_t)len), s->name))
		return renameat(s->own, "link", s->dir, name) == 0;
	return unlinkat(s->own, "link", 0) == 0;
}

static bool lists(struct span rest, struct span name)
{
	struct span line;

	while (rest.len > 0 && span_split(&rest, '\n', &line))
		if (span_eq(line, name))
			return true;
	return false;
}

static char links_text[LINKS_MAX], before_text[LINKS_MAX];

/* A list that is not there, or cannot be read, names none that would have to go. */
static bool drop_further_names(struct store *s, struct span links)
{
	struct span rest, line;
	char name[STORE_NAME_MAX];
	size_t len;

	if (file_read(s->own, FURTHER, before_text, sizeof before_text, &len) != FILE_OK)
		return true;
	rest = span_of(before_text, len);
	while (rest.len > 0 && span_split(&rest, '\n', &line))
		if (!lists(links, line) && store_name(line, name) && !drop_further(s, name))
			return false;
	return true;
}

static bool set_further_names(struct store *s, int version)
{
	struct span links, rest, line;
	char name[STORE_NAME_MAX];
	size_t len;

	if (file_read(version, LINKS, links_text, sizeof links_text, &len) != FILE_OK)
		return false;
	rest = links = span_of(links_text, len);
	while (span_split(&rest, '\n', &line))
		if (store_name(line, name) && !set_further(s, name))
			return false;
	return drop_further_names(s, links);
}

static bool is_kept(const char *name)
{
	return is_part(name) || strcmp(name, LINKS) == 0;
}

/* Everything behind the rename of the pending directory. Each step may have been done before. */
static enum store_result finish(struct store *s, const char *version)
{
	char target[STORE_LINK_MAX], old[STORE_LINK_MAX];
	enum store_place place = store_look(s->dir, s->name, old);
	enum store_result r = STORE_OK;
	int dir;

	if (place == STORE_FOREIGN)
		return STORE_DAMAGED;
	if (place == STORE_UNKNOWN || (dir = openat(s->own, version, OPEN_DIRECTORY | O_NOFOLLOW)) < 0)
		return store_failed();
	snprintf(target, sizeof target, ".%s/%s", s->name, version);
	if ((place != STORE_OWN || strcmp(old, target) != 0) && !set_link(s, s->name, target))
		r = store_failed();
	else if (!set_further_names(s, dir) || !file_sync_directory(s->dir) || !empty(dir, is_kept) ||
	         renameat(dir, LINKS, s->own, FURTHER) < 0 || !file_sync_directory(dir))
		r = store_failed();
	close_quietly(dir);
	return r;
}

static enum store_result remove_old_versions(struct store *s)
{
	struct versions v;

	return look_at_versions(s, &v) && for_versions(s, &v, remove_old) ? STORE_OK : store_failed();
}

enum store_result store_recover(struct store *s)
{
	char path[STORE_VERSION_MAX + sizeof LINKS + 1], version[STORE_VERSION_MAX];
	enum store_result r;
	struct versions v;
	struct stat st;

	if ((unlinkat(s->own, "link", 0) < 0 && errno != ENOENT) || !store_remove(s->own, "dropped") ||
	    !look_at_versions(s, &v))
		return store_failed();
	snprintf(version, sizeof version, "%llu", (unsigned long long)v.newest);
	snprintf(path, sizeof path, "%s/" LINKS, version);
	if (v.newest > 0 && fstatat(s->own, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (r = finish(s, version)) != STORE_OK)
		return r;
	return remove_old_versions(s);
}

/* All parts are regular files, and on the disk. */
static enum store_result check_parts(int dir)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		int fd = openat(dir, parts[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		struct stat st;
		bool good;

		if (fd < 0 && errno == ENOENT && i >= N_NEEDED)
			continue;
		if (fd < 0)
			return errno == ENOENT ? STORE_DAMAGED : store_failed();
		good = fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || fsync(fd) == 0);
		close_quietly(fd);
		if (!good)
			return STORE_ERROR;
		if (!S_ISREG(st.st_mode))
			return STORE_DAMAGED;
	}
	return STORE_OK;
}

static bool write_links(int dir, const struct name_set *others)
{
	struct builder b;

	builder_init(&b, links_text, sizeof links_text);
	for (size_t i = 0; others && i < others->n; i++) {
		builder_str(&b, others->name[i].text);
		builder_byte(&b, '\n');
	}
	return builder_ok(&b) && file_replace(dir, LINKS, 0644, builder_span(&b)) == FILE_OK;
}

enum store_result store_switch(struct store *s, const struct name_set *others)
{
	char version[STORE_VERSION_MAX];
	enum store_result r;
	struct versions v;
	int dir;

	s->kept[0] = 0;
	dir = openat(s->own, "pending", OPEN_DIRECTORY | O_NOFOLLOW);
	if (dir < 0)
		return errno == ENOENT ? STORE_DAMAGED : store_failed();
	r = check_parts(dir);
	if (r == STORE_OK && (!write_links(dir, others) || fchmod(dir, 0755) < 0 || !file_sync_directory(dir)))
		r = store_failed();
	close_quietly(dir);
	if (r != STORE_OK)
		return r;
	if (!look_at_versions(s, &v))
		return store_failed();
	snprintf(version, sizeof version, "%llu", (unsigned long long)next_version(s, &v));
	if (renameat(s->own, "pending", s->own, version) < 0 || !file_sync_directory(s->own))
		return store_failed();
	r = finish(s, version);
	return r == STORE_OK ? remove_old_versions(s) : r;
}
