/*
 * session: the processes an ACME program is made of.
 *
 *   main      options, files, hooks, the store; parses nothing hostile
 *   signers   one a private key; a socket and nothing else
 *   client    the network, TLS, JSON, the protocol (lib/acme/acme.h); no file
 *             can be opened but the hosts file, no key is there
 *
 * The client asks the signers directly and main for what only main can do: to
 * call the challenge hook, to keep the order's URL. Its frames (base/cell.h)
 * are bounded and checked word by word (acme/hook.h) before they become
 * anything. All children die with main, in whatever way that ends.
 *
 * SIGTERM, SIGINT and SIGHUP to main during a session end it: what the hook was
 * told to begin it is told that it failed, the children are ended, and the
 * session gives ACME_TEMP. So does a client that is gone without a word.
 */
#ifndef ACME_SESSION_H
#define ACME_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/acme.h"
#include "base/builder.h"
#include "base/span.h"
#include "net/dns.h"
#include "tls/names.h"

enum {
	SESSION_RESULT_MAX = 131072,
	SESSION_CLEAN_MS = 30000 /* what hooks have to clean up after the deadline or a signal */
};

struct session_setting {
	const char *directory;    /* URL, production or staging */
	const char *anchors_path; /* NULL: the system's bundle */
	const struct dns_servers *servers; /* NULL: no DNS */
	const char *hosts_path;   /* the one file the client may read, or NULL */
	const char *account_key;  /* path of the key's file, or NULL: none is needed */
	const char *agent, *agent_key; /* instead of it, key-agent's socket and the key's name there; or NULL */
	const char *new_account_key; /* for a rollover, or NULL */
	const char *certificate_key; /* for a revocation, or NULL */
	const char *mac_key;      /* path of the external account's key (base64url text), or NULL */
	const char *account_url;  /* known from before, or NULL */
	const char *user_agent;
	int64_t deadline;         /* of the protocol; see SESSION_CLEAN_MS */
	int64_t unix_now;         /* 0: the clock */

	/* For orders alone. */
	const char *hook;         /* the challenge hook, or NULL: every method is declined */
	const struct name_set *names; /* what the hook may be called for */
	int begun_dir;            /* the directory of acme/hook.h's file "begun"; 0: none */
	void *keep_context;
	bool (*keep_order)(void *context, struct span order_url); /* called in main; the URL is
	                                                              visible ASCII; or NULL */

	/*
	 * What is said on the way, a line without newline of printable ASCII; called in main
	 * (of hooks) and in the client (of the protocol), where it can write to descriptor 2 and
	 * keeps no memory. Or NULL.
	 */
	void *note_context;
	void (*note)(void *context, enum acme_note kind, const char *line);
};

/*
 * Starts the signers and the client, runs `work(acme, context, result)` in the
 * client behind acme_open(), serves it, and gives back its result, what it wrote into `result`
 * (bytes of the caller's own making: fixed fields or text, to be checked all the same), and
 * `why`, lines of an explanation in printable ASCII; a->why is among them.
 * `result` may have room for SESSION_RESULT_MAX at most.
 *
 * Problems of the caller's own (a key file that cannot be read, anchors) come
 * back as ACME_PERM or ACME_TEMP with `why`.
 */
enum acme_result session_run(const struct session_setting *setting,
                             enum acme_result (*work)(struct acme *a, void *context,
                                                      struct builder *result),
                             void *context, struct builder *result, struct builder *why);

/* The last session was ended by a signal to main. */
bool session_interrupted(void);

/*
 * How many seconds the CA that the last session failed with asked to be left alone (a
 * Retry-After of what `why` tells of); 0: it did not say. Not bounded.
 */
int64_t session_retry_after_s(void);

#endif
