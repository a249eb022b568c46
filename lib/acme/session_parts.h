/*
 * session_parts: what session.c, which is main's side, and the files of the
 * other processes share.
 */
#ifndef ACME_SESSION_PARTS_H
#define ACME_SESSION_PARTS_H

#include "acme/session.h"
#include "base/child.h"
#include "tls/key.h"

/* The processes with a secret. The first three are in the order of enum acme_key. */
enum session_secret {
	SECRET_ACCOUNT = ACME_ACCOUNT_KEY,
	SECRET_NEW_ACCOUNT = ACME_NEW_ACCOUNT_KEY,
	SECRET_CERTIFICATE = ACME_CERTIFICATE_KEY,
	SECRET_MAC,
	SECRETS
};

/* Frames of the client beside those of base/cell.h; main answers the first two with one byte. */
enum session_frame {
	SESSION_HOOK = 'h',  /* hook_write(); an enum acme_hook_answer */
	SESSION_KEEP = 'k',  /* the order's URL; 1: kept */
	SESSION_LATER = 'l'  /* session_retry_after_s(), 32 bits in network order */
};

/* What the client process is started with: its parent's memory, and these sockets. */
struct session_client {
	const struct session_setting *setting;
	enum acme_result (*work)(struct acme *a, void *context, struct builder *result);
	void *context;
	size_t result_cap;
	int secret[SECRETS]; /* sockets of the signers; -1: none */
};

/* For child_start(). */
int session_client(void *client, int fd);

/*
 * Starts a signer over the key file `path`; a MAC's key is text. Returns when it has read
 * and understood it; otherwise `why` says so and nothing is started.
 */
enum acme_result session_signer(struct child *child, const char *path, bool is_mac,
                                int64_t deadline, struct builder *why);

#endif
