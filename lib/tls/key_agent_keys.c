/* Keys in memory, held against the store they came from. */
#include "tls/key_agent_keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "tls/curve_key.h"
#include "tls/pins.h"

#define KEY_FILE "/key.pem"

enum { SCAN_MS = 1000 };

void key_agent_keys_init(struct key_agent_keys *k, int dir)
{
	k->dir = dir;
}

static struct span name_of(const struct key_agent_key *p)
{
	return span_str(p->name);
}

static bool is_free(const struct key_agent_key *p)
{
	return !p->secrets.key;
}

static void wipe(struct key_agent_key *p)
{
	explicit_bzero(p, sizeof *p);
}

/* It is not the key of its name any more. */
static void retire(struct key_agent_key *p)
{
	p->current = false;
	if (p->users == 0)
		wipe(p);
}

static struct key_agent_key *find_name(struct key_agent_keys *k, struct span name)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->place[i].current && span_eq(name_of(&k->place[i]), name))
			return &k->place[i];
	return NULL;
}

static struct key_agent_key *find_free(struct key_agent_keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (is_free(&k->place[i]))
			return &k->place[i];
	return k->n < KEY_AGENT_KEYS_MAX ? &k->place[k->n++] : NULL;
}

/* Of a place that has its key. */
static void occupy(struct key_agent_key *p, struct span name, enum signer_use use)
{
	memcpy(p->name, name.p, name.len);
	p->name[name.len] = 0;
	p->current = true;
	/* BearSSL's numbers are behind pointers into the key itself. */
	p->secrets = (struct signer_secrets){ .key = &p->key, .use = use, .sign = curve_key_sign };
	key_pin(span_of(p->key.spki, p->key.spki_len), p->pin);
}

bool key_agent_keys_add(struct key_agent_keys *k, struct span name, enum signer_use use,
                        const struct key *key)
{
	struct key_agent_key *p;

	if (!key_agent_name_ok(name) || find_name(k, name))
		return false;
	p = find_free(k);
	if (!p)
		return false;
	key_copy(&p->key, key);
	occupy(p, name, use);
	return true;
}

/* Of a key that was there before, or at the first look at the store: else who asks makes the log. */
static void note(const struct key_agent_keys *k, bool had_one, const char *name, const char *why)
{
	if (k->note && (had_one || !k->scanned))
		k->note(k->context, name, why);
}

/* Reads NAME/key.pem into a place of its own; NULL when it cannot be. */
static struct key_agent_key *read_key(struct key_agent_keys *k, bool had_one, const char *name,
                                      const char *path)
{
	unsigned char text[KEY_PEM_MAX];
	enum file_result got;
	enum key_result result;
	struct key_agent_key *p;
	size_t len;

	got = file_read(k->dir, path, text, sizeof text, &len);
	if (got != FILE_OK) {
		note(k, had_one, name, file_strerror(got));
		return NULL;
	}
	p = find_free(k);
	result = p ? key_read(&p->key, span_of(text, len)) : KEY_OK;
	explicit_bzero(text, sizeof text);
	if (p && result == KEY_OK) {
		occupy(p, span_str(name), SIGNER_TLS);
		p->stored = true;
		return p;
	}
	note(k, had_one, name, p ? key_strerror(result) : "no room for so many keys");
	return NULL;
}

static bool is_same(const struct key_agent_key *p, const struct stat *st)
{
	struct watched_version now = watched_version_of(st);

	return watched_same(&p->file, &now);
}

/*
 * The key that the store has under this name now. What the file was is looked at before it is
 * read: one that is switched in between is another one the next time.
 */
static struct key_agent_key *refresh(struct key_agent_keys *k, struct span name)
{
	char path[KEY_AGENT_NAME_MAX + sizeof KEY_FILE], text[KEY_AGENT_NAME_MAX + 1];
	struct key_agent_key *old = find_name(k, name), *p;
	struct stat st;

	memcpy(text, name.p, name.len);
	text[name.len] = 0;
	memcpy(path, name.p, name.len);
	memcpy(path + name.len, KEY_FILE, sizeof KEY_FILE);
	if (fstatat(k->dir, path, &st, 0) < 0) {
		if (old && (errno == ENOENT || errno == ENOTDIR)) {
			retire(old);
			old = NULL;
		}
		return old;
	}
	if (old && is_same(old, &st))
		return old;
	p = read_key(k, old != NULL, text, path);
	if (p && old)
		retire(old);
	p = p ? p : old;
	if (p)
		p->file = watched_version_of(&st);
	return p;
}

/* Names with a key of their own come first: the store's is then not looked at. */
static struct key_agent_key *by_name(struct key_agent_keys *k, struct span name)
{
	struct key_agent_key *p = find_name(k, name);

	if (p && !p->stored)
		return p;
	return k->dir >= 0 ? refresh(k, name) : NULL;
}

bool key_agent_keys_scan(struct key_agent_keys *k, size_t *n)
{
	int fd = openat(k->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	*n = 0;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((entry = readdir(dir)))
		if (key_agent_name_ok(span_str(entry->d_name)))
			by_name(k, span_str(entry->d_name));
	closedir(dir);
	k->scanned = true;
	k->scanned_at = deadline_now();
	for (size_t i = 0; i < k->n; i++)
		*n += k->place[i].current;
	return true;
}

struct search {
	const unsigned char *pin;
	bool (*allowed)(void *with, struct span key);
	void *with;
};

static struct key_agent_key *among(struct key_agent_keys *k, const struct search *s)
{
	for (size_t i = 0; i < k->n; i++) {
		struct key_agent_key *p = &k->place[i];
		char name[KEY_AGENT_NAME_MAX + 1];

		if (!p->current || memcmp(p->pin, s->pin, KEY_PIN_LEN) != 0 ||
		    !s->allowed(s->with, name_of(p)))
			continue;
		if (!p->stored)
			return p;
		/* Its name may have another key by now, and this place another name. */
		memcpy(name, p->name, sizeof name);
		p = refresh(k, span_str(name));
		if (p && memcmp(p->pin, s->pin, KEY_PIN_LEN) == 0)
			return p;
	}
	return NULL;
}

/*
 * Who asks for keys that are not there makes no work: a directory that has not changed is looked
 * through once a second. A change is told from one right after it by a clock of some milliseconds.
 */
static bool scan_is_due(struct key_agent_keys *k)
{
	struct watched_version now;
	struct stat st;
	bool settled;

	if (k->dir < 0 || fstat(k->dir, &st) < 0)
		return false;
	now = watched_version_of(&st);
	settled = watched_same(&now, &k->scanned_as) && time(NULL) - now.changed.tv_sec > 1;
	k->scanned_as = now;
	return !settled || deadline_now() - k->scanned_at >= SCAN_MS;
}

static struct key_agent_key *by_pin(struct key_agent_keys *k, const struct search *s)
{
	struct key_agent_key *p = among(k, s);
	size_t n;

	if (p || !scan_is_due(k))
		return p;
	return key_agent_keys_scan(k, &n) ? among(k, s) : NULL;
}

const struct key_agent_key *key_agent_keys_open(struct key_agent_keys *k, struct span name,
                                                bool (*allowed)(void *with, struct span key), void *with)
{
	struct pins pins = { .n = 0 };
	struct search search = { pins.pin[0], allowed, with };
	struct key_agent_key *p = NULL;

	if (!key_agent_name_ok(name))
		return NULL;
	if (pins_add(&pins, name) == PINS_OK)
		p = by_pin(k, &search);
	else if (allowed(with, name))
		p = by_name(k, name);
	if (p)
		p->users++;
	return p;
}

void key_agent_keys_close(struct key_agent_keys *k, const struct key_agent_key *key)
{
	struct key_agent_key *p = &k->place[key - k->place];

	p->users--;
	if (p->users == 0 && !p->current)
		wipe(p);
}

void key_agent_keys_wipe(struct key_agent_keys *k)
{
	explicit_bzero(k->place, k->n * sizeof *k->place);
	k->n = 0;
}
