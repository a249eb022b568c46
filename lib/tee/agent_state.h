/*
 * agent_state: what a guest agent keeps of its app and machine, in one directory.
 *
 *   appkeys.json      the app's keys: {"k256_key", "k256_signature", "disk_crypt_key",
 *                     "env_crypt_key": hexadecimal, "gateway_app_id": "any", "ca_cert": PEM,
 *                     "key_provider": {"None" | "Local" | "Tpm": {"key": PEM, ...}}}. A secret.
 *   app-compose.json  what the app is; its "name" is the app's name. May be missing
 *   sys-config.json   {"vm_config": JSON in a string, ...}; may be missing
 *   eventlog.json     what was measured (tee/eventlog.h); may be missing
 *   platform ...      a simulated machine (tee/sim_quote.h); or none: then this is a VM
 *
 * The first three are the files of dstack's own simulator, which can be put here as they are. They
 * are the operator's; all the same, what they say is checked.
 */
#ifndef TEE_AGENT_STATE_H
#define TEE_AGENT_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "tls/k256.h"
#include "tls/key.h"

enum {
	AGENT_KEYS_MAX = 65536,    /* bytes of appkeys.json */
	AGENT_CONFIG_MAX = 65536,  /* of sys-config.json */
	AGENT_COMPOSE_MAX = 1 << 20, /* of app-compose.json */
	AGENT_STATE_TOKENS = 65536 /* JSON values and names of one of them */
};

/* Large: best static. Holds secrets from agent_state_read() on. The spans point into it. */
struct agent_state {
	unsigned char k256_key[K256_SECRET_LEN];
	unsigned char k256_signature[K256_RECOVERABLE_LEN]; /* the root's, over the key of this */
	struct span ca_cert;     /* PEM */
	struct span ca_key;      /* PEM; empty: the provider keeps it */
	struct span app_compose; /* the file; empty: there is none */
	struct span app_name;
	struct span vm_config;   /* text of JSON, or empty */
	struct span os_image_hash; /* of vm_config: bytes, or empty */

	unsigned char keys_room[AGENT_KEYS_MAX], config_room[AGENT_CONFIG_MAX];
	unsigned char compose_room[AGENT_COMPOSE_MAX], text_room[2 * AGENT_CONFIG_MAX];
	struct builder text; /* of strings that had escapes */
	struct json_token tokens[AGENT_STATE_TOKENS];
};

enum agent_state_result {
	AGENT_STATE_OK,
	AGENT_STATE_MISSING,    /* there is no appkeys.json */
	AGENT_STATE_UNREADABLE, /* a file cannot be read: errno; or is too long: EFBIG */
	AGENT_STATE_MALFORMED
};
const char *agent_state_strerror(enum agent_state_result result);

/* Reads the directory `dir` (a descriptor). `*file` is what a result other than OK is about. */
enum agent_state_result agent_state_read(struct agent_state *s, int dir, const char **file);

void agent_state_wipe(struct agent_state *s);

/*
 * Makes the keys of a new app: `out` gets appkeys.json, and `root` the public key that its chain
 * of signatures ends at, whose secret is forgotten. `name` is the CA's common name. False: errno.
 */
bool agent_state_make(struct builder *out, struct span app_id, const char *name, int64_t now,
                      unsigned char root[K256_PUBLIC_LEN]);

#endif
