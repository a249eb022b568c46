/*
 * tsig: DNS messages signed with a shared secret (RFC 8945).
 *
 * One signed message and its one signed answer, as dynamic updates need them;
 * streams of answers (zone transfers) are not for us. HMAC-SHA256, -SHA384 and
 * -SHA512, never truncated.
 *
 * A struct tsig_key is a secret: who has one wipes it (tsig_key_wipe).
 */
#ifndef NET_TSIG_H
#define NET_TSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/dns.h"

enum {
	TSIG_FILE_MAX = 4096,  /* bytes of a key's file */
	TSIG_SECRET_MAX = 512, /* bytes of a secret */
	TSIG_MAC_MAX = 64,     /* bytes of an HMAC-SHA512 */
	TSIG_FUDGE_S = 300     /* how wrong a clock may be (section 10) */
};

enum tsig_algorithm { TSIG_SHA256, TSIG_SHA384, TSIG_SHA512 };

struct tsig_key {
	enum tsig_algorithm algorithm;
	char name[DNS_NAME_MAX + 1]; /* lower case, without a final dot */
	size_t secret_len;
	unsigned char secret[TSIG_SECRET_MAX];
};

enum tsig_key_result {
	TSIG_KEY_OK,
	TSIG_KEY_MALFORMED, /* neither of the forms below */
	TSIG_KEY_ALGORITHM, /* another algorithm than the three */
	TSIG_KEY_NAME,      /* not a name */
	TSIG_KEY_SECRET     /* no base64, empty or too long */
};

/*
 * Reads what a key's file holds: BIND's form, with comments, as tsig-keygen
 * makes it; the first key statement counts:
 *
 *   key "name" { algorithm hmac-sha256; secret "base64"; };
 *
 * or, after white space and an optional "#", one line algorithm:name:secret, as
 * knsupdate -y takes it and keymgr -t writes it above a configuration (what
 * stands below the line is then not looked at).
 */
enum tsig_key_result tsig_key_read(struct tsig_key *key, struct span text);
const char *tsig_key_strerror(enum tsig_key_result result);
void tsig_key_wipe(struct tsig_key *key);

/* The code of a message: of a request it is part of what its answer's code is made over. */
struct tsig_mac {
	size_t len;
	unsigned char p[TSIG_MAC_MAX];
};

/*
 * Signs the message that `message` holds, from its first byte on: appends the
 * TSIG record, counts it, and leaves its code in `*mac`. `unix_now` is the
 * time it is signed at. False when `message` overflowed or is no message.
 */
bool tsig_sign(struct builder *message, const struct tsig_key *key, int64_t unix_now,
               struct tsig_mac *mac);

enum tsig_result {
	TSIG_OK,        /* authentic, in time, no error in it */
	TSIG_REJECTED,  /* says that the request's signature was no good: `error`; not authentic itself
	                   when it is one of BADSIG and BADKEY */
	TSIG_CLOCK,     /* authentic: the request's time is wrong (BADTIME), `server_time` is right */
	TSIG_NONE,      /* there is no TSIG record */
	TSIG_MALFORMED, /* the message, or its TSIG record, or more than one, or not the last record */
	TSIG_FORGED,    /* another key or algorithm, or the code is wrong */
	TSIG_STALE      /* authentic, but `unix_now` is beyond its fudge or TSIG_FUDGE_S */
};

enum tsig_error { TSIG_BADSIG = 16, TSIG_BADKEY = 17, TSIG_BADTIME = 18, TSIG_BADTRUNC = 22 };

struct tsig_reply {
	unsigned int error;  /* enum tsig_error or another number; 0: none */
	int64_t server_time; /* of TSIG_CLOCK */
};

/*
 * Checks a message that somebody else signed: an answer to the request with
 * the code `request`, or a request itself (`request` NULL).
 */
enum tsig_result tsig_check(struct span message, const struct tsig_key *key,
                            const struct tsig_mac *request, int64_t unix_now,
                            struct tsig_reply *reply);

#endif
