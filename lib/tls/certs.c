/* Certificates by server name, read when they are asked for and kept. */
#include "tls/certs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/watched.h"
#include "net/hostname.h"
#include "tls/store.h"

enum { CERTS_AGAIN_MS = 1000 };

static const char default_name[] = "default";

struct certs_entry {
	struct certs_entry *next;            /* in the bucket */
	struct certs_entry *newer, *older;   /* by use */
	struct credential *credential;       /* NULL: never one that could be used */
	struct watched_version seen;         /* of its directory: the last that was looked at, good or bad */
	int64_t again;                       /* a bad one is tried again then */
	bool expired;                        /* and that was said */
	char name[STORE_NAME_MAX];
};

bool certs_init(struct certs *c)
{
	memset(c->bucket, 0, sizeof c->bucket);
	c->newest = c->oldest = NULL;
	c->n = 0;
	return hash_key_make(&c->key);
}

static struct certs_entry **place_of(struct certs *c, const char *name)
{
	struct certs_entry **e = &c->bucket[hash_bytes(&c->key, span_str(name)) % CERTS_BUCKETS];

	while (*e && strcmp((*e)->name, name) != 0)
		e = &(*e)->next;
	return e;
}

static void unlist(struct certs *c, struct certs_entry *e)
{
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
}

static void enlist(struct certs *c, struct certs_entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void forget(struct certs *c, struct certs_entry *e)
{
	*place_of(c, e->name) = e->next;
	unlist(c, e);
	credential_drop(e->credential);
	free(e);
	c->n--;
}

/* The entry of a name, made when there is none; NULL when memory is short. */
static struct certs_entry *entry_of(struct certs *c, const char *name)
{
	struct certs_entry *e = *place_of(c, name);

	if (e) {
		unlist(c, e);
		enlist(c, e);
		return e;
	}
	if (c->n == CERTS_MAX)
		forget(c, c->oldest);
	e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	memcpy(e->name, name, strlen(name) + 1);
	e->seen.ino = (ino_t)-1;
	e->again = DEADLINE_NEVER;
	*place_of(c, name) = e;
	enlist(c, e);
	c->n++;
	return e;
}

/* Reads a new version. What of it is read is that version's alone: the directory is opened once. */
static enum credential_result read_version(struct certs *c, struct certs_entry *e,
                                           struct credential **credential)
{
	enum credential_result result;
	int dir = openat(c->dir, e->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (dir < 0)
		return CREDENTIAL_NO_CHAIN;
	result = credential_read(credential, dir, c->agent);
	error = errno;
	close(dir);
	errno = error;
	return result;
}

static void renew(struct certs *c, struct certs_entry *e, const struct watched_version *now)
{
	struct credential *credential = NULL;
	enum credential_result result = read_version(c, e, &credential);
	bool new_to_us = !watched_same(&e->seen, now);

	e->seen = *now;
	if (result == CREDENTIAL_OK) {
		credential_drop(e->credential);
		e->credential = credential;
		e->again = DEADLINE_NEVER;
		e->expired = false;
		if (c->fresh)
			c->fresh(c, e->name, credential);
		return;
	}
	/* What an agent or memory is the reason of may pass without the directory changing. */
	e->again = deadline_in(CERTS_AGAIN_MS);
	if (c->bad && new_to_us)
		c->bad(c, e->name, result, errno);
}

/* What there is under a name; a link that leads nowhere is a version that cannot be used. */
static enum certs_result stat_name(struct certs *c, const char *name, struct watched_version *now)
{
	struct stat st;

	*now = (struct watched_version){ 0 };
	if (fstatat(c->dir, name, &st, 0) == 0) {
		*now = watched_version_of(&st);
		return CERTS_FOUND;
	}
	if (errno == ENOENT && fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return CERTS_FOUND;
	return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG ? CERTS_NONE : CERTS_BROKEN;
}

static void say_expired(struct certs *c, struct certs_entry *e)
{
	if (!c->expired || !e->credential || e->expired || e->credential->not_after >= time(NULL))
		return;
	e->expired = true;
	c->expired(c, e->name, e->credential);
}

static enum certs_result look(struct certs *c, const char *name, struct credential **credential)
{
	enum certs_result result;
	struct certs_entry *e;
	struct watched_version now;

	result = stat_name(c, name, &now);
	if (result != CERTS_FOUND)
		return result;
	e = entry_of(c, name);
	if (!e)
		return CERTS_BROKEN;
	if (!watched_same(&e->seen, &now) || (e->again != DEADLINE_NEVER && deadline_now() >= e->again))
		renew(c, e, &now);
	say_expired(c, e);
	*credential = credential_hold(e->credential);
	return *credential ? CERTS_FOUND : CERTS_BROKEN;
}

/* "_." and the name's parent; false when it has none. */
static bool wildcard_of(char out[STORE_NAME_MAX], struct span name)
{
	struct span parent = hostname_parent(name);

	if (parent.len == 0 || parent.len + 3 > STORE_NAME_MAX)
		return false;
	snprintf(out, STORE_NAME_MAX, "_.%.*s", (int)parent.len, (const char *)parent.p);
	return true;
}

static enum certs_result by_name(struct certs *c, struct span asked, struct credential **credential)
{
	char text[HOSTNAME_MAX + 1], wildcard[STORE_NAME_MAX];
	struct span name = hostname_fold(text, asked);
	enum certs_result result = CERTS_NONE;

	if (name.len == 0 || span_is(name, default_name))
		return CERTS_NONE;
	result = look(c, text, credential);
	if (result == CERTS_NONE && wildcard_of(wildcard, name))
		result = look(c, wildcard, credential);
	return result;
}

/* An address as the store spells it. */
static enum certs_result by_address(struct certs *c, struct span address,
                                    struct credential **credential)
{
	char name[STORE_NAME_MAX];

	if (address.len == 0 || !store_name(address, name) || hostname_ok(span_str(name)))
		return CERTS_NONE;
	return look(c, name, credential);
}

enum certs_result certs_find(struct certs *c, struct span name, struct span address,
                             struct credential **credential)
{
	enum certs_result result;

	*credential = NULL;
	result = name.len > 0 ? by_name(c, name, credential) : by_address(c, address, credential);
	if (result != CERTS_NONE || c->strict)
		return result;
	return look(c, default_name, credential);
}

/* What is not hidden can be a name's. */
bool certs_any(const struct certs *c)
{
	int fd = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	bool any = false;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!any && (entry = readdir(d)) != NULL)
		any = entry->d_name[0] != '.';
	closedir(d);
	return any;
}

void certs_free(struct certs *c)
{
	struct certs_entry *next;

	for (struct certs_entry *e = c->oldest; e; e = next) {
		next = e->newer;
		credential_drop(e->credential);
		free(e);
	}
	memset(c->bucket, 0, sizeof c->bucket);
	c->newest = c->oldest = NULL;
	c->n = 0;
}
