/*
 * collateral_cache: collateral that is kept, by what it is for.
 *
 *   NAME/                   b0c06f000000-platform-tdx: FMSPC, CA and kind of TEE, and behind them
 *                           "-early" or an evaluation number, when one was asked for; a directory
 *                           that is collateral for tdx-verify as it is, and is locked (flock)
 *                           by who fetches for it
 *   NAME/collateral.json    all of it (tee/collateral.h), made whole beside and renamed
 *   NAME/wait               when the services are to be asked again: lines "failures N" and
 *                           "until SECONDS"
 *
 * As it is one file, a reader has documents that were fetched together, whatever moment somebody
 * is killed at.
 */
#ifndef TEE_COLLATERAL_CACHE_H
#define TEE_COLLATERAL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/file.h"
#include "base/span.h"
#include "tee/pcs.h"

enum {
	COLLATERAL_CACHE_NAME_MAX = 64,
	COLLATERAL_CACHE_WAIT_MAX = 7 * 86400,    /* seconds; a moment further ahead is a wrong clock's */
	COLLATERAL_CACHE_FIRST_WAIT = 15,         /* after a failure; twice that after the next ... */
	COLLATERAL_CACHE_LONGEST_WAIT = 3600
};

struct collateral_cache {
	int dir; /* NAME; -1: none */
	char name[COLLATERAL_CACHE_NAME_MAX];
};

/* The directory's name for a wish. */
void collateral_cache_name(const struct pcs_wish *wish, char name[COLLATERAL_CACHE_NAME_MAX]);

/*
 * Opens the directory of the cache at `path` for a wish. With `make` both are made when they are
 * missing, 0755. False: errno, ENOENT for none.
 */
bool collateral_cache_open(struct collateral_cache *cache, const char *path, const struct pcs_wish *wish,
                           bool make);

/*
 * Takes the lock, which is held until the descriptor is closed, and removes what a killed process had begun.
 * False when somebody else has it until `wait_until` (a deadline), or errno is not EWOULDBLOCK.
 */
bool collateral_cache_lock(const struct collateral_cache *cache, int64_t wait_until);

/* The document, as it is; at most COLLATERAL_FILE_MAX bytes. */
enum file_result collateral_cache_load(const struct collateral_cache *cache, void *buf, size_t *len);

/* A document takes the place of the one before. */
enum file_result collateral_cache_save(const struct collateral_cache *cache, struct span document);

/* What is remembered of attempts; zeros when there is nothing, or nothing of use. */
struct collateral_wait {
	uint64_t failures; /* in a row */
	int64_t until;     /* seconds since 1970: nobody is asked before */
};
void collateral_cache_wait(const struct collateral_cache *cache, int64_t now, struct collateral_wait *wait);

/* The same from bytes: false when they are not exactly its two lines. */
bool collateral_cache_wait_read(struct collateral_wait *wait, struct span text);

/* The wait after one more failure, for as long as a server asked (`retry_s`, or -1). */
void collateral_cache_wait_longer(struct collateral_wait *wait, int64_t now, int64_t retry_s);

/* Remembers it. Zeros: forgets. False: errno. */
bool collateral_cache_remember(const struct collateral_cache *cache, const struct collateral_wait *wait);

#endif
