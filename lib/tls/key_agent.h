/*
 * key_agent: private keys that another process holds, used through its Unix socket by name.
 *
 * The frames are those of lib/tls/signer: a 16-bit length in network order, then one byte that
 * says what is wanted. A connection begins by naming the key (4 and the name; the answer is 0 and its
 * public key, or 1 and the end); everything after it is as if a signer stood there (the
 * whole protocol is in key-agent(1)). So one connection uses one key, and whoever asks learns
 * nothing of the others.
 *
 * A name is what the agent calls the key, for those of a certificate store the name in there:
 * then it is the key of the version that is current when the connection is opened. Or it is the
 * key's pin, "SHA256:" and 64 digits: that very key, or none. Who has a certificate asks by
 * the pin of its public key, and key and certificate belong together whatever happens to the
 * store meanwhile. A connection keeps its key, when the store has long another; for a new
 * certificate, open another one. KEY_AGENT_NO_KEY for the pin of a certificate that was served
 * until now (the agent was started anew, and the store has a new version): read the certificate
 * again.
 *
 * A TLS key signs no digest, for nobody could say of what: signer_tls() is given what BearSSL
 * hands over for an algorithm below 0xff00 (br_ssl_server_choices: the two bytes of the
 * wire, 4 5 6 for SHA-256, 384, 512, then 1 RSA, 3 ECDSA): the message itself. The key of an ACME
 * account signs digests by signer_sign(), with `raw` and the hash that goes with it.
 *
 * When a request fails, `result` of the signer says why: after SIGNER_REFUSED the connection is
 * good; after anything else it is to be closed, and opened again for another try: an agent
 * that was started anew has forgotten it.
 */
#ifndef TLS_KEY_AGENT_H
#define TLS_KEY_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "tls/signer.h"

enum {
	KEY_AGENT_OPEN = 4, /* the request that names the key */
	KEY_AGENT_NAME_MAX = 255,
	KEY_AGENT_PATH_MAX = 107
};

enum key_agent_result {
	KEY_AGENT_OK,
	KEY_AGENT_NO_KEY,   /* it has no key of that name, or none for this caller: it says not which */
	KEY_AGENT_GONE,     /* no agent there, or it ended the conversation: errno when that says more */
	KEY_AGENT_TIMEOUT,
	KEY_AGENT_BAD_NAME  /* a name that is empty, too long, or has other bytes than letters,
	                       digits, '.', '_', '-' and ':', or begins with '.' */
};
const char *key_agent_strerror(enum key_agent_result result);

/* What KEY_AGENT_BAD_NAME says. */
bool key_agent_name_ok(struct span name);

/*
 * Connects to the agent at `path` (a Unix socket's, "unix:" before it or not) and
 * asks for the key `name`, until `deadline`. `s` is then a signer like any other, its descriptor
 * close-on-exec; its `deadline` is the caller's to renew for each use. In a jail JAIL_UNIX is needed.
 */
enum key_agent_result key_agent_open(struct signer *s, const char *path, struct span name,
                                     int64_t deadline);

/* Harmless when it is closed already, or was never opened but made { .fd = -1 }. */
void key_agent_close(struct signer *s);

/* Appends the name by its pin of the key whose SubjectPublicKeyInfo this is. */
void key_agent_pin(struct builder *name, struct span spki);

#endif
