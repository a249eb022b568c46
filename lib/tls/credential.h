/*
 * credential: what a TLS server shows and proves: a chain of certificates and the key of its
 * first one, or a way to a process that has that key (tls/key_agent.h).
 *
 * Made whole or not at all, and never changed; shared by counting: who has one from a function
 * here drops it once. What is dropped last is wiped.
 */
#ifndef TLS_CREDENTIAL_H
#define TLS_CREDENTIAL_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/cert.h"
#include "tls/key.h"

enum {
	CREDENTIAL_FILE_MAX = 98304, /* bytes of a fullchain.pem that are read */
	CREDENTIAL_SIGN_MS = 2000,   /* for a key agent's answer */
	CREDENTIAL_AGAIN_MS = 5000   /* one that gave none is asked for nothing more before */
};

struct credential {
	br_x509_certificate chain[CERT_CHAIN_MAX]; /* the server's own first */
	size_t n_chain;
	enum key_type type;
	int64_t not_before, not_after; /* of the first */
	unsigned char id[KEY_PIN_LEN]; /* SHA-256 of the first */
	unsigned char pin[KEY_PIN_LEN];
	struct credential_secret *secret;
	unsigned int users;
};

/*
 * Where keys are that no file has: a key agent's socket. A credential of its keys keeps a connection
 * to it, which is one process's alone: who forks drops those before.
 */
struct credential_agent {
	const char *path;
	int64_t again; /* its own: not before, base/deadline.h */
};

enum credential_result {
	CREDENTIAL_OK,
	CREDENTIAL_NO_CHAIN,     /* fullchain.pem is not there, or cannot be read: errno */
	CREDENTIAL_BAD_CHAIN,    /* it is malformed, or more than CERT_CHAIN_MAX certificates */
	CREDENTIAL_NO_KEY,       /* key.pem is not there, or cannot be read: errno */
	CREDENTIAL_BAD_KEY,      /* it is malformed, encrypted, or of a kind that is not supported */
	CREDENTIAL_MISMATCH,     /* the key is another one than the certificate's */
	CREDENTIAL_NO_AGENT,     /* the key agent cannot be reached, or has no such key for us */
	CREDENTIAL_MEMORY
};
const char *credential_strerror(enum credential_result result);

/*
 * Reads fullchain.pem and key.pem from a directory. With an agent key.pem is not opened: the
 * key is the agent's that belongs to the certificate.
 */
enum credential_result credential_read(struct credential **c, int dir,
                                       struct credential_agent *agent);

/*
 * Reads one PEM text that has the chain and the key; or takes the certificates in PEM and a key
 * that was read.
 */
enum credential_result credential_parse(struct credential **c, struct span pem);
enum credential_result credential_make(struct credential **c, struct span chain_pem,
                                       const struct key *key);

/* Of one certificate in DER, which is the caller's word to be that of `key`. */
struct credential *credential_of(struct span der, const struct key *key);

struct credential *credential_hold(struct credential *c);
void credential_drop(struct credential *c); /* NULL: nothing */

/*
 * Appends the signature of a TLS 1.2 server over `message` (both randoms and the parameters of the
 * key exchange), by the fast curves. False when there is none: the agent is gone, for instance.
 */
bool credential_sign(struct credential *c, enum key_hash hash, struct span message,
                     struct builder *signature);

#endif
