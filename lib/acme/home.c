/* The directory of an account. */
#include "acme/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/file.h"

enum { FILE_MAX = HOME_ACCOUNTS_MAX * 2 * URL_MAX };

const char *home_strerror(enum home_result result)
{
	switch (result) {
	case HOME_OK:
		return "success";
	case HOME_MISSING:
		return "no such directory";
	case HOME_BUSY:
		return "in use by another program";
	case HOME_DAMAGED:
		return "the file " HOME_ACCOUNTS " is damaged: not lines of two URLs";
	case HOME_BAD_AGENT:
		return "the file " HOME_AGENT_KEY " is not the name of a key, or there is " HOME_KEY " too";
	case HOME_FULL:
		return "too many accounts";
	case HOME_ERROR:
		return strerror(errno);
	}
	return "unknown";
}

static bool url_ok(struct span url)
{
	if (url.len == 0 || url.len >= URL_MAX)
		return false;
	for (size_t i = 0; i < url.len; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~')
			return false;
	return true;
}

static void keep(char *to, struct span url)
{
	memcpy(to, url.p, url.len);
	to[url.len] = 0;
}

static enum home_result add(struct home *h, struct span directory, struct span account)
{
	if (!url_ok(directory) || !url_ok(account))
		return HOME_DAMAGED;
	if (h->n == HOME_ACCOUNTS_MAX)
		return HOME_FULL;
	keep(h->at[h->n].directory, directory);
	keep(h->at[h->n].account, account);
	h->n++;
	return HOME_OK;
}

static enum home_result read_accounts(struct home *h, unsigned char *text)
{
	struct span rest, line, directory;
	size_t len;

	switch (file_read(h->dir, HOME_ACCOUNTS, text, FILE_MAX, &len)) {
	case FILE_OK:
		break;
	case FILE_MISSING:
		return HOME_OK;
	case FILE_EXISTS:
	case FILE_TOO_LARGE:
	case FILE_WRONG_KIND:
		return HOME_DAMAGED;
	case FILE_ERROR:
		return HOME_ERROR;
	}
	rest = span_of(text, len);
	while (rest.len > 0 && span_split(&rest, '\n', &line)) {
		enum home_result result;

		if (!span_split(&line, ' ', &directory))
			return HOME_DAMAGED;
		result = add(h, directory, line);
		if (result != HOME_OK)
			return result;
	}
	return HOME_OK;
}

bool home_has(const struct home *h, const char *name)
{
	struct stat st;

	return fstatat(h->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A name with or without the end of its line. */
static enum home_result read_agent_key(struct home *h)
{
	unsigned char text[KEY_AGENT_NAME_MAX + 2];
	struct span name;
	size_t len;

	h->agent_key[0] = 0;
	switch (file_read(h->dir, HOME_AGENT_KEY, text, sizeof text, &len)) {
	case FILE_OK:
		break;
	case FILE_MISSING:
		return HOME_OK;
	case FILE_EXISTS:
	case FILE_TOO_LARGE:
	case FILE_WRONG_KIND:
		return HOME_BAD_AGENT;
	case FILE_ERROR:
		return HOME_ERROR;
	}
	name = span_of(text, len);
	name.len -= len > 0 && text[len - 1] == '\n';
	if (!key_agent_name_ok(name) || home_has(h, HOME_KEY))
		return HOME_BAD_AGENT;
	keep(h->agent_key, name);
	return HOME_OK;
}

static bool open_directory(struct home *h, const char *path, bool make)
{
	if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
		return false;
	h->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return h->dir >= 0;
}

static bool paths(struct home *h, const char *path)
{
	int a = snprintf(h->key, sizeof h->key, "%s/" HOME_KEY, path);
	int b = snprintf(h->new_key, sizeof h->new_key, "%s/" HOME_NEW_KEY, path);

	errno = ENAMETOOLONG;
	return a >= 0 && b >= 0 && (size_t)a < sizeof h->key && (size_t)b < sizeof h->new_key;
}

enum home_result home_open(struct home *h, const char *path, bool alone, bool make)
{
	static unsigned char text[FILE_MAX];
	enum home_result result;

	h->dir = -1;
	h->n = 0;
	if (!paths(h, path))
		return HOME_ERROR;
	if (!open_directory(h, path, make))
		return errno == ENOENT ? HOME_MISSING : HOME_ERROR;
	if (flock(h->dir, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? HOME_BUSY : HOME_ERROR;
	if (alone)
		file_sweep(h->dir);
	h->rolling = home_has(h, HOME_NEW_KEY);
	result = read_agent_key(h);
	return result == HOME_OK ? read_accounts(h, text) : result;
}

static size_t find(const struct home *h, const char *directory)
{
	size_t i = 0;

	while (i < h->n && strcmp(h->at[i].directory, directory) != 0)
		i++;
	return i;
}

const char *home_account(const struct home *h, const char *directory)
{
	size_t i = find(h, directory);

	return i < h->n ? h->at[i].account : NULL;
}

static enum home_result write_accounts(const struct home *h)
{
	static unsigned char text[FILE_MAX];
	struct builder b;

	builder_init(&b, text, sizeof text);
	for (size_t i = 0; i < h->n; i++) {
		builder_str(&b, h->at[i].directory);
		builder_byte(&b, ' ');
		builder_str(&b, h->at[i].account);
		builder_byte(&b, '\n');
	}
	if (!builder_ok(&b))
		return HOME_FULL;
	return file_replace(h->dir, HOME_ACCOUNTS, 0600, builder_span(&b)) == FILE_OK ? HOME_OK :
	                                                                              HOME_ERROR;
}

enum home_result home_set(struct home *h, const char *directory, const char *account)
{
	size_t i = find(h, directory);

	if (account && i < h->n && strcmp(h->at[i].account, account) == 0)
		return HOME_OK;
	if (i < h->n) {
		for (; i + 1 < h->n; i++)
			h->at[i] = h->at[i + 1];
		h->n--;
	}
	if (account) {
		enum home_result result = add(h, span_str(directory), span_str(account));

		if (result != HOME_OK)
			return result;
	}
	return write_accounts(h);
}

bool home_take_new_key(struct home *h)
{
	if (renameat(h->dir, HOME_NEW_KEY, h->dir, HOME_KEY) < 0 || !file_sync_directory(h->dir))
		return false;
	h->rolling = false;
	return true;
}

bool home_drop_new_key(struct home *h)
{
	if ((unlinkat(h->dir, HOME_NEW_KEY, 0) < 0 && errno != ENOENT) ||
	    !file_sync_directory(h->dir))
		return false;
	h->rolling = false;
	return true;
}
