/*
 * configfs: a quote from the kernel's report directory (configfs-tsm).
 *
 * mkdir(2) makes an entry with its attributes as files. What is written to `inblob` is
 * taken over when the file is closed, which cannot say that it failed; reading `outblob`
 * has the host make the quote. `generation` counts what was written: only when it went up by one
 * with our write and is still the same after the read is the quote the one over our data,
 * and from nobody who found the entry. An entry that was meddled with is left for another.
 *
 * EBUSY, EINTR, ETIMEDOUT, EIO and EAGAIN come from the host or from luck: the same is tried
 * again, after pauses that grow, until the deadline.
 */
#ifndef TEE_CONFIGFS_H
#define TEE_CONFIGFS_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "tee/quote.h"

enum { CONFIGFS_NAME_MAX = 64, CONFIGFS_PAUSE_MIN_MS = 10, CONFIGFS_PAUSE_MAX_MS = 1000 };

/*
 * The directory. All but `pause` give 0 or an errno; `write` writes the whole in one call and
 * says what close(2) says; `read` reads from one open file to its end, EFBIG when that is
 * more than `cap`. `entry` is a name in it, `attribute` one in the entry.
 */
struct configfs_files {
	void *context;
	int (*make)(void *context, const char *entry);
	int (*remove)(void *context, const char *entry);
	int (*write)(void *context, const char *entry, const char *attribute, struct span bytes);
	int (*read)(void *context, const char *entry, const char *attribute, void *buf, size_t cap,
	            size_t *len);
	void (*pause)(void *context, int64_t ms);
};

enum configfs_result {
	CONFIGFS_OK,
	CONFIGFS_PROVIDER, /* it is not the one for TDX that makes reports here */
	CONFIGFS_NONSENSE, /* an attribute that is not what the kernel gives, an empty quote */
	CONFIGFS_MOVED,    /* until the deadline, whatever was tried: the generation moved, or did
	                      not when it should */
	CONFIGFS_ERROR     /* an errno, in configfs_why */
};

/* What it was about, after a failure. */
struct configfs_why {
	const char *attribute; /* the file's name; NULL: the entry itself */
	int error;             /* the last errno; 0: none */
};

/*
 * The quote over `report_data` (64 bytes) into `quote`, at most `cap` bytes. No entry is left,
 * unless `remove` fails.
 */
enum configfs_result configfs_quote(const struct configfs_files *files, struct span report_data,
                                    void *quote, size_t cap, size_t *len,
                                    struct configfs_why *why, int64_t deadline);

/* The directory that is open as `*dir`, which is kept. */
struct configfs_files configfs_directory(int *dir);

/*
 * For a signal handler that ends the process: removes the entry that a configfs_quote() over
 * configfs_directory() is busy with.
 */
void configfs_abandon(void);

#endif
