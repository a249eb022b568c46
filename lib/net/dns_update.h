/*
 * dns_update: one TXT record added to a zone or taken out of it (RFC 2136).
 *
 * Exactly one record is meant, never a record set: others at the same name
 * stay, so that two orders, or a name and its wildcard, do not take each
 * other's answers away. Adding one that is there, or removing one that is not,
 * changes nothing and is no failure.
 *
 * The update goes out over TCP, and over UDP when nobody answers there. With a
 * key it is signed and its answer must be (RFC 8945); a clock that is wrong is
 * set right by what the server says, once, for it says so under the key.
 */
#ifndef NET_DNS_UPDATE_H
#define NET_DNS_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/dns.h"
#include "net/tsig.h"

enum {
	DNS_UPDATE_TEXT_MAX = 2048, /* bytes of a record's text that we write */
	DNS_UPDATE_MAX = 4096       /* bytes of a message with its signature */
};

struct dns_update {
	bool remove;
	struct span zone;  /* names as dns_name_ok() wants them */
	struct span owner; /* in that zone */
	struct span text;  /* becomes character-strings of at most 255 bytes */
	uint32_t ttl;      /* of an added record */
};

/*
 * Appends the message: the zone, for an addition the condition that no CNAME
 * record stands at the name (a server would silently do nothing, section
 * 3.4.2.2), the change. False when a name is none, the text is longer than
 * DNS_UPDATE_TEXT_MAX, or `out` overflowed.
 */
bool dns_update_write(struct builder *out, uint16_t id, const struct dns_update *update);

enum dns_update_result {
	DNS_UPDATE_DONE,
	/* to be tried again */
	DNS_UPDATE_NO_ANSWER,     /* nobody could be reached, or nobody answered */
	DNS_UPDATE_SERVER_FAILED, /* SERVFAIL */
	DNS_UPDATE_SYSTEM,        /* errno */
	/* somebody must change something: what the server says */
	DNS_UPDATE_REFUSED,       /* REFUSED: not allowed */
	DNS_UPDATE_NOT_AUTH,      /* NOTAUTH: not this zone's server, or not allowed */
	DNS_UPDATE_NOT_ZONE,      /* NOTZONE: the name is not in the zone */
	DNS_UPDATE_NOT_IMPLEMENTED, /* NOTIMP: takes no updates */
	DNS_UPDATE_NOT_UNDERSTOOD,  /* FORMERR */
	DNS_UPDATE_ALIAS,         /* YXRRSET: a CNAME record is in the way */
	DNS_UPDATE_OTHER,         /* an rcode that is none of these */
	DNS_UPDATE_BAD_KEY,       /* NOTAUTH with the TSIG errors BADKEY, BADSIG, BADTIME, or another */
	DNS_UPDATE_BAD_SIGNATURE,
	DNS_UPDATE_BAD_TIME,
	DNS_UPDATE_BAD_TSIG,
	/* what is wrong with the answer */
	DNS_UPDATE_MALFORMED,
	DNS_UPDATE_UNSIGNED,
	DNS_UPDATE_FORGED,        /* signed with another key */
	DNS_UPDATE_STALE          /* signed at another time */
};

/* What a result means, for a message; and whether trying again is of no use. */
const char *dns_update_strerror(enum dns_update_result result);
bool dns_update_permanent(enum dns_update_result result);

/* What a message was signed with, to judge its answer; `key` NULL when it was not. */
struct dns_update_proof {
	uint16_t id;
	const struct tsig_key *key;
	struct tsig_mac mac;
	int64_t unix_now;
	int64_t server_time; /* set by DNS_UPDATE_BAD_TIME; else 0 */
};

/*
 * Judges an answer. An unsigned one to a signed request can say that it was not
 * done, but not that it was. `*ours` false: not an answer to this message at
 * all, to be passed over where strangers can send.
 */
enum dns_update_result dns_update_read(struct span answer, struct dns_update_proof *proof,
                                       bool *ours);

/*
 * Sends it to the first of `servers` that answers and waits. `key` NULL: not
 * signed. `clock_s` is added to the system's clock, and corrected when the
 * server knows better.
 */
enum dns_update_result dns_update_send(const struct dns_update *update, const struct tsig_key *key,
                                       const struct dns_servers *servers, int64_t *clock_s,
                                       int64_t deadline);

#endif
