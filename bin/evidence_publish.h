/*
 * evidence_publish: files that are to be seen together: in a directory of their own beside DIR, which is
 * a symbolic link that is switched to them by one rename(2). Those before are removed.
 */
#ifndef BIN_EVIDENCE_PUBLISH_H
#define BIN_EVIDENCE_PUBLISH_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/prog.h"

enum { EVIDENCE_SERIAL_LEN = 8 };

struct evidence_place {
	const char *path;        /* DIR, as it was said */
	int parent, dir;         /* what it is in; the new directory */
	char base[NAME_MAX + 1]; /* its name */
	char name[NAME_MAX + 1]; /* the new directory's: .BASE.SERIAL */
	char link[NAME_MAX + 1]; /* the link before it is renamed */
	char old[NAME_MAX + 1];  /* where it leads now; empty: it was not there */
};

_Noreturn static void evidence_failed(const struct evidence_place *p, const char *what)
{
	const char *why = strerror(errno);

	if (errno == EACCES || errno == EROFS || errno == EPERM || errno == ENOENT || errno == ENOTDIR)
		prog_perm("%s: %s: %s", prog_text(span_str(p->path)), what, why);
	prog_temp("%s: %s: %s", prog_text(span_str(p->path)), what, why);
}

static void evidence_name(struct evidence_place *p, char *to, const char *ending)
{
	struct builder b;

	builder_init(&b, to, NAME_MAX + 1);
	builder_byte(&b, '.');
	builder_str(&b, p->base);
	builder_byte(&b, '.');
	builder_str(&b, ending);
	if (!builder_cstr(&b))
		prog_perm("%s: too long a name", prog_text(span_str(p->path)));
}

/* What stands there is ours, or nothing. */
static void evidence_look(struct evidence_place *p)
{
	char start[NAME_MAX + 1];
	ssize_t len = readlinkat(p->parent, p->base, p->old, sizeof p->old - 1);

	if (len < 0 && errno != ENOENT && errno != EINVAL)
		evidence_failed(p, "look");
	evidence_name(p, start, "");
	if ((len < 0 && errno == EINVAL) ||
	    (len >= 0 && (strncmp(p->old, start, strlen(start)) != 0 || strchr(p->old, '/'))))
		prog_perm("%s: is there, and was not made by this program", prog_text(span_str(p->path)));
	p->old[len < 0 ? 0 : len] = 0;
}

static void evidence_place_open(struct evidence_place *p, const char *path)
{
	unsigned char serial[EVIDENCE_SERIAL_LEN];
	char digits[2 * EVIDENCE_SERIAL_LEN + 1], copy[PATH_MAX];
	struct builder b;

	p->path = path;
	if (strlen(path) >= sizeof copy || getrandom(serial, sizeof serial, 0) != (ssize_t)sizeof serial)
		prog_perm("%s: too long a name", prog_text(span_str(path)));
	memcpy(copy, path, strlen(path) + 1);
	builder_init(&b, p->base, sizeof p->base);
	builder_str(&b, basename(copy));
	if (!builder_cstr(&b) || p->base[0] == '/' || p->base[0] == '.')
		prog_perm("%s: not the name of a directory", prog_text(span_str(path)));
	memcpy(copy, path, strlen(path) + 1);
	p->parent = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->parent < 0)
		evidence_failed(p, "open");
	evidence_look(p);
	builder_init(&b, digits, sizeof digits);
	hex_encode(&b, span_of(serial, sizeof serial));
	evidence_name(p, p->name, builder_cstr(&b));
	evidence_name(p, p->link, "link");
	if (mkdirat(p->parent, p->name, 0755) < 0)
		evidence_failed(p, "make");
	p->dir = openat(p->parent, p->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->dir < 0)
		evidence_failed(p, "open");
}

/* Readable by everybody: that is what it is for. */
static void evidence_put(struct evidence_place *p, const char *name, struct span contents)
{
	enum file_result r = file_create(p->dir, name, 0644, contents);

	if (r == FILE_ERROR)
		evidence_failed(p, name);
	if (r != FILE_OK)
		prog_temp("%s/%s: %s", prog_text(span_str(p->path)), name, file_strerror(r));
}

/* A directory with nothing but files in it. */
static void evidence_remove(struct evidence_place *p, const char *name)
{
	int fd = openat(p->parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d && (e = readdir(d)))
		unlinkat(fd, e->d_name, 0);
	if (d)
		closedir(d);
	unlinkat(p->parent, name, AT_REMOVEDIR);
}

static void evidence_switch(struct evidence_place *p)
{
	unlinkat(p->parent, p->link, 0);
	if (fchmod(p->dir, 0755) < 0 || symlinkat(p->name, p->parent, p->link) < 0 ||
	    renameat(p->parent, p->link, p->parent, p->base) < 0 || !file_sync_directory(p->parent))
		evidence_failed(p, "switch");
	if (*p->old)
		evidence_remove(p, p->old);
}

#endif
