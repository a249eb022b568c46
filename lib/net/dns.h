/*
 * dns: asking recursive resolvers (RFC 1035, RFC 6891, RFC 7766).
 *
 * Messages are checked and names packed by libresolv; names are unpacked here
 * (net/dns_wire.h says why), and the transport is ours, because libresolv has
 * no total deadline and musl's neither EDNS0 nor TCP. UDP with
 * EDNS0 first, TCP when the answer is cut, without EDNS0 for a server that
 * does not know it, the next server on failure, all servers again while there
 * is time. A silent server gets 1 s in the first round, 2 s in the second, 4 s
 * in later ones. When every server refused or failed in so many words, they
 * are asked once more after a pause, and that is the end. Every attempt has a
 * random id and a socket of its own, whose port the kernel picks at random,
 * connected so that only that server's packets arrive; an answer counts only
 * with the right id and the very question, anything else is passed over.
 *
 * Every byte of an answer is hostile: names and lengths in it are used only
 * inside the message and within bounds.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/addr.h"

enum {
	DNS_SERVERS_MAX = 8,
	DNS_NAME_MAX = 253,      /* bytes of a name as text, without the final dot */
	DNS_WIRE_NAME_MAX = 255, /* bytes of a name in a message (RFC 1035, section 2.3.4) */
	DNS_TEXT_MAX = 65535,    /* bytes of a TXT record joined */
	DNS_TARGET_MAX = 1020,   /* bytes of a name as text with every byte escaped */
	DNS_CHAIN_MAX = 16,      /* CNAMEs followed inside an answer */
	DNS_DEADLINE_MS = 5000   /* what callers take when nobody says otherwise */
};

enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_CAA = 257
};

enum dns_status {
	DNS_FOUND,    /* at least one record of the type asked for */
	DNS_NONE,     /* the name does not exist, or has no such record */
	DNS_FAILED,   /* no server gave a usable answer: SERVFAIL, REFUSED, garbage, silence */
	DNS_BAD_NAME, /* not a name that can be asked for; nothing was sent */
	DNS_SYSTEM    /* a system call failed before anything could be asked; errno */
};

/* What a status means, for a message; of DNS_SYSTEM, what errno means. */
const char *dns_strerror(enum dns_status status);

struct dns_servers {
	size_t n;
	struct addr server[DNS_SERVERS_MAX];
};

/*
 * Servers from `text`: addresses separated by spaces or commas, IPv4 or IPv6,
 * each with an optional port ("192.0.2.1", "192.0.2.1:5353", "2001:db8::1",
 * "[2001:db8::1]:5353"); port 53 when none is given. False when a word is not
 * an address or there is none; of more than DNS_SERVERS_MAX the first are taken.
 */
bool dns_servers_parse(struct dns_servers *s, struct span text);

/*
 * Servers from a file in resolv.conf's form: its nameserver lines alone (the
 * search list is not applied). A missing file or one without servers gives
 * 127.0.0.1, as the system's own resolver does. False when the file cannot be
 * read (errno says why). Words that are no address are passed over, and so is
 * what stands after the first 16 KiB.
 */
bool dns_servers_read(struct dns_servers *s, const char *path);

/*
 * A name as text that may be asked for: labels of 1 to 63 letters, digits,
 * hyphens or underscores, 253 bytes in all, an optional final dot. (Wildcards,
 * escapes and the root are for zone files.)
 */
bool dns_name_ok(struct span name);

/* One record of an answer. */
struct dns_record {
	enum dns_type type;
	uint32_t ttl;
	struct span data; /* the RDATA, inside the message */
};

/*
 * An answer: a view of a message somebody owns. Its TTL is the smallest of
 * the records used, the CNAMEs on the way included, and never above 2^31-1;
 * one with its high bit set counts as 0 (RFC 2181, section 8). For a negative answer
 * the SOA record's TTL and its minimum take part (RFC 2308, section 5); it is 0 without
 * an SOA, and for any status but DNS_FOUND and DNS_NONE.
 */
struct dns_answer {
	enum dns_status status;
	uint32_t ttl;
	enum dns_type type;
	struct span message;
	/* the answer's own */
	size_t at;               /* where the next record begins */
	size_t n_left;           /* records of the answer section not looked at yet */
	size_t owner_len;        /* where the CNAME chain ends, in lower-case wire form */
	unsigned char owner[DNS_WIRE_NAME_MAX];
};

/*
 * Reads an answer to the question `name`, `type` (RFC 1035, section 4). It
 * never looks beyond `message`; the id is not looked at. CNAMEs are followed
 * in whatever order they stand; for a CNAME question the record at `name`
 * itself is the answer.
 *
 * DNS_NONE: NXDOMAIN, or no record of that type where the chain ends; a chain
 *      that leads to nothing in this message too, for a recursive server
 *      would have gone on.
 * DNS_FAILED: malformed (any name, length or count of the message, the RDATA
 *      of a record that is used), another question, any other rcode, cut
 *      (TC), a chain that loops or is longer than DNS_CHAIN_MAX, a referral
 *      (nothing in it from a server that neither recurses nor knows).
 * DNS_BAD_NAME: `name` cannot be asked for.
 */
enum dns_status dns_answer_parse(struct dns_answer *a, struct span message, struct span name,
                                 enum dns_type type);

/* The next record of the type asked for; false after the last one. */
bool dns_next(struct dns_answer *a, struct dns_record *record);

/*
 * The decoders below take the RDATA of one record. Of records that dns_next()
 * gave, none is malformed.
 */

/* Appends a TXT record's character-strings, joined; false when malformed or `out` overflowed. */
bool dns_txt(struct builder *out, struct span rdata);

/*
 * Appends the name that the RDATA of a CNAME or NS record consists of, lower case,
 * without a final dot ("." for the root), bytes other than letters, digits,
 * hyphens and underscores escaped as \DDD; false when malformed or `out`
 * overflowed. `a` is the answer the record is from, `rdata` inside its message.
 */
bool dns_target(struct builder *out, const struct dns_answer *a, struct span rdata);

/* The same for the primary server's name (MNAME), with which the RDATA of an SOA record begins. */
bool dns_primary(struct builder *out, const struct dns_answer *a, struct span rdata);

/* The same for the name where the CNAME chain of an answer ends: the question's when there is none. */
void dns_owner(struct builder *out, const struct dns_answer *a);

/*
 * A CAA record (RFC 8659, section 4.1): flags, tag (one or more ASCII letters
 * and digits), value (any bytes); false when malformed.
 */
bool dns_caa(struct span rdata, uint8_t *flags, struct span *tag, struct span *value);

/* The address of an A or AAAA record with `port`; false when malformed. */
bool dns_address(struct addr *a, const struct dns_record *record, uint16_t port);

/*
 * A question under way. It does its own non-blocking I/O on one socket at a
 * time and tells what it waits for; who owns the wait (poll or the event
 * loop) calls dns_step() when `fd` is ready or `wake` has come, then looks
 * again, for fd, events and wake may have changed; a call without a reason
 * does no harm. When dns_step() returns true the question is over, the socket
 * closed, and `answer` filled; its message stands in storage of the query's
 * (TCP) or in static storage that the next dns_step() of any query
 * overwrites: read it at once.
 */
struct dns_query {
	/* to be looked at by who waits */
	int fd;        /* -1: only the time is waited for */
	short events;  /* POLLIN or POLLOUT */
	int64_t wake;  /* a moment, base/deadline.h */
	struct dns_answer answer;
	/* the query's own */
	const struct dns_servers *servers;
	enum dns_type type;
	char name[DNS_NAME_MAX + 1];
	int64_t deadline;
	size_t server;          /* index of the one being asked */
	unsigned int round;     /* how often all servers were asked */
	uint16_t id;
	bool tcp, plain;        /* plain: without EDNS0 */
	bool silent;            /* a server of this round said nothing at all */
	unsigned char *stream;  /* TCP: what came so far, allocated, dns_end() frees */
	size_t stream_len;
	size_t sent;            /* TCP: bytes of the question on their way */
};

/*
 * Starts asking; `servers` must stay until the end. True when the result is
 * there at once (bad name, no servers, no socket), as with dns_step(). Every
 * started query must be ended with dns_end().
 */
bool dns_start(struct dns_query *q, const struct dns_servers *servers, struct span name,
               enum dns_type type, int64_t deadline);
bool dns_step(struct dns_query *q, int64_t now);

/* Closes what is open and frees what was allocated; also ends a query early. Harmless when repeated. */
void dns_end(struct dns_query *q);

/*
 * The blocking form: asks and waits, to be followed by dns_end(). The answer
 * is in q->answer, its status is returned, and its message stays until
 * dns_end() or the next question.
 */
enum dns_status dns_ask(struct dns_query *q, const struct dns_servers *servers, struct span name,
                        enum dns_type type, int64_t deadline);

#endif
