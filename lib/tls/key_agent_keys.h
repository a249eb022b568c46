/*
 * key_agent_keys: the private keys of key-agent.
 *
 * Some are given once (key_agent_keys_add()), the others are those of a certificate store
 * (tls/store.h): NAME/key.pem under NAME, whoever made the version that is current. Whether it
 * is still the same file is looked at each time a key is asked for, so a link that was switched
 * counts with the next connection. A key that cannot be read leaves the one before in use; one
 * that is gone is gone. What is neither current nor used by a connection is wiped at once.
 */
#ifndef TLS_KEY_AGENT_KEYS_H
#define TLS_KEY_AGENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/span.h"
#include "base/watched.h"
#include "tls/key.h"
#include "tls/key_agent.h"
#include "tls/signer.h"

enum { KEY_AGENT_KEYS_MAX = 1024 };

struct key_agent_key {
	struct signer_secrets secrets; /* first; its key is NULL while the place is free */
	char name[KEY_AGENT_NAME_MAX + 1];
	bool current, stored; /* in the store */
	size_t users;
	unsigned char pin[KEY_PIN_LEN];
	struct watched_version file;
	struct key key;
};

/* Static storage, locked by whoever can; all of it is secret. */
struct key_agent_keys {
	int dir; /* the store, or -1 */
	bool scanned; /* once */
	int64_t scanned_at;
	struct watched_version scanned_as; /* the directory */
	void *context;
	void (*note)(void *context, const char *name, const char *why); /* of one that cannot be read, once; or NULL */
	size_t n; /* places that were ever used */
	struct key_agent_key place[KEY_AGENT_KEYS_MAX];
};

/* In zeroed storage. */
void key_agent_keys_init(struct key_agent_keys *k, int dir);

/* Copies it in. False: no place, or no name, or there is one of that name. */
bool key_agent_keys_add(struct key_agent_keys *k, struct span name, enum signer_use use,
                        const struct key *key);

/* Reads all of the store that changed; how many keys there are. False (errno): not readable. */
bool key_agent_keys_scan(struct key_agent_keys *k, size_t *n);

/*
 * The key of this name or pin (tls/key_agent.h) that `allowed` says yes to, asked with what it is
 * called; NULL for none. It stays as it is until key_agent_keys_close().
 */
const struct key_agent_key *key_agent_keys_open(struct key_agent_keys *k, struct span name,
                                                bool (*allowed)(void *with, struct span key), void *with);
void key_agent_keys_close(struct key_agent_keys *k, const struct key_agent_key *key);

void key_agent_keys_wipe(struct key_agent_keys *k);

#endif
