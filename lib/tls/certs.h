/*
 * certs: which certificate a server shows to whom: the store ($CERTDIR, tls/store.h) by server
 * name.
 *
 * A name's own directory, else that of "_." and the name's parent, else "default". What a name
 * leads to is looked at for each handshake (one stat), so a link that is switched counts from
 * the next handshake on; what was read is kept until then, or until CERTS_MAX others were asked
 * for since. One that is replaced and cannot be used (unreadable, malformed, the wrong key) is
 * reported once, and the one before stays in use.
 */
#ifndef TLS_CERTS_H
#define TLS_CERTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/span.h"
#include "tls/credential.h"

enum { CERTS_MAX = 1024, CERTS_BUCKETS = 256 };

struct certs_entry;

struct certs {
	/* the caller's */
	int dir;                              /* $CERTDIR */
	struct credential_agent *agent;       /* NULL: the keys are in the store */
	bool strict;                          /* no default for other names and for none */
	/* What is under `name` cannot be used; once for each version that is there. May be NULL. */
	void (*bad)(struct certs *c, const char *name, enum credential_result why, int error);
	/* Something new was read; may be NULL. */
	void (*fresh)(struct certs *c, const char *name, const struct credential *credential);
	/* What is shown from now on is not valid any more; once a version. May be NULL. */
	void (*expired)(struct certs *c, const char *name, const struct credential *credential);
	/* its own */
	struct hash_key key;
	struct certs_entry *bucket[CERTS_BUCKETS], *newest, *oldest;
	size_t n;
};

/* Makes it ready; false (errno) without randomness. */
bool certs_init(struct certs *c);

enum certs_result {
	CERTS_FOUND,
	CERTS_NONE,   /* there is none for that name */
	CERTS_BROKEN  /* there is one, but it could never be used, or it cannot be looked at */
};

/*
 * The certificate for a server name as a client sent it (any bytes; empty for none), or for an
 * address, as text, that it came to without a name (`address`, may be empty: then the default).
 * `*credential` is the caller's to drop.
 */
enum certs_result certs_find(struct certs *c, struct span name, struct span address,
                             struct credential **credential);

/* Whether there is anything in the store that could be shown: a name or the default. */
bool certs_any(const struct certs *c);

/* Forgets what was read: the keys, and the connections to an agent, which no two processes can share. It is
   read again when it is asked for. */
void certs_free(struct certs *c);

#endif
