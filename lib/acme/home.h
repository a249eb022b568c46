/*
 * home: the directory of an account, $ACME_ACCOUNT.
 *
 *   key.pem       the account's key, 0600
 *   key.agent     instead of it: what the key is called by key-agent, a line
 *   new-key.pem   during a rollover: the key to come (acme/rollover.h)
 *   accounts      "DIRECTORY ACCOUNT-URL", a line for each CA where the key has
 *                 an account
 *
 * The directory is locked (flock) by who uses it: shared by orders, alone by
 * who changes it.
 */
#ifndef ACME_HOME_H
#define ACME_HOME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "net/url.h"
#include "tls/key_agent.h"

#define HOME_KEY "key.pem"
#define HOME_AGENT_KEY "key.agent"
#define HOME_NEW_KEY "new-key.pem"
#define HOME_ACCOUNTS "accounts"

enum { HOME_ACCOUNTS_MAX = 32, HOME_PATH_MAX = 4096 };

enum home_result {
	HOME_OK,
	HOME_MISSING, /* there is no such directory */
	HOME_BUSY,    /* another program has it locked */
	HOME_DAMAGED, /* `accounts` is not what this module writes */
	HOME_BAD_AGENT, /* `key.agent` is no name of a key, or there is a key.pem too */
	HOME_FULL,    /* more accounts than there is room for */
	HOME_ERROR    /* errno */
};
const char *home_strerror(enum home_result result);

/* Large: static storage. */
struct home {
	int dir;
	bool rolling;                       /* there is a new-key.pem */
	char key[HOME_PATH_MAX];            /* paths, as the caller named the directory */
	char new_key[HOME_PATH_MAX];
	char agent_key[KEY_AGENT_NAME_MAX + 1]; /* "": there is no key.agent */
	size_t n;
	struct {
		char directory[URL_MAX], account[URL_MAX];
	} at[HOME_ACCOUNTS_MAX];
};

/*
 * Opens the directory, locks it (`alone`: against everybody, else against those who want it
 * alone) without waiting, and reads `accounts`. With `make` it is made, 0700, when it is missing.
 */
enum home_result home_open(struct home *h, const char *path, bool alone, bool make);

/* The account there, or NULL. */
const char *home_account(const struct home *h, const char *directory);

/*
 * Remembers an account, or (`account` NULL) forgets it, on the disk too. Both are
 * visible ASCII without spaces, shorter than URL_MAX.
 */
enum home_result home_set(struct home *h, const char *directory, const char *account);

/* There is a file of this name in it. */
bool home_has(const struct home *h, const char *name);

/* key.pem is what new-key.pem was, or new-key.pem is gone; on the disk. False: errno. */
bool home_take_new_key(struct home *h);
bool home_drop_new_key(struct home *h);

#endif
