/*
 * file: whole files, read and written so that nobody sees half of one.
 *
 * A file is written under the name ".new-" and 16 random digits first, in the
 * same directory, with mode 0600: all that a process leaves that is killed.
 *
 * Paths are from the directory `dir`, or AT_FDCWD. Each function ends with
 * errno saying why when it gives FILE_ERROR.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/span.h"

enum file_result {
	FILE_OK,
	FILE_MISSING,   /* there is no such file */
	FILE_EXISTS,    /* file_create(): there is one already */
	FILE_TOO_LARGE, /* longer than the room for it */
	FILE_WRONG_KIND, /* not a regular file */
	FILE_ERROR
};

/* What a result means, for a message; for FILE_ERROR what errno says. */
const char *file_strerror(enum file_result result);

/*
 * Reads the whole of a regular file into `buf`; its length is left in `*len`.
 * A symbolic link is followed. For a secret, the caller wipes `buf`.
 */
enum file_result file_read(int dir, const char *path, void *buf, size_t cap, size_t *len);

/*
 * Makes a file that was not there, with exactly `mode`, whatever the umask.
 * Written beside and linked into place: what stands under `path` is whole and
 * on the disk. On failure there is no such file.
 */
enum file_result file_create(int dir, const char *path, mode_t mode, struct span bytes);

/*
 * The same, taking the place of what is there in one rename(2): a reader sees
 * the old file or the new one. FILE_ERROR when it is not certain that the new
 * one is on the disk.
 */
enum file_result file_replace(int dir, const char *path, mode_t mode, struct span bytes);

/*
 * The same for a file whose bytes come one after the other: they are written to `fd`, and
 * stand under `path` once file_commit() has said FILE_OK, with exactly `mode`. What does not get
 * that far is removed by file_drop(). `path` is kept.
 */
struct file_new {
	int dir, fd;         /* fd: -1 when there is none to be written to */
	const char *path;
	char name[PATH_MAX]; /* where it is until then, from `dir` */
};
enum file_result file_begin(struct file_new *f, int dir, const char *path);
enum file_result file_commit(struct file_new *f, mode_t mode);
void file_drop(struct file_new *f);

/*
 * Removes what file_create() and file_replace() had begun in `dir` when they were killed. For
 * who knows that nobody else is writing there.
 */
void file_sweep(int dir);

/* Brings the names in `dir` to the disk, as a rename needs it to last. False: errno. */
bool file_sync_directory(int dir);

#endif
