/*
 * dns_wire: names and questions as they stand in a message (RFC 1035,
 * section 4). For the dns files alone; everybody else uses net/dns.h.
 *
 * Names are compared in one form: uncompressed, lower case, the final empty
 * label included. As text, which is what libresolv's functions give, they
 * cannot be: musl's dn_expand() writes a dot or a NUL inside a label as it is.
 */
#ifndef NET_DNS_WIRE_H
#define NET_DNS_WIRE_H

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/dns.h"

enum {
	DNS_WIRE_UDP_SIZE = 1232, /* what EDNS0 says we take: fits the IPv6 minimum MTU unfragmented */
	DNS_WIRE_QUERY_MAX = NS_HFIXEDSZ + DNS_WIRE_NAME_MAX + NS_QFIXEDSZ + 11, /* 11: OPT */
	DNS_WIRE_QR = 0x8000, /* bits of the header's second word */
	DNS_WIRE_AA = 0x0400,
	DNS_WIRE_TC = 0x0200,
	DNS_WIRE_RD = 0x0100,
	DNS_WIRE_RA = 0x0080,
	DNS_WIRE_RCODE = 0x000f
};

struct dns_wire_name {
	size_t len;
	unsigned char p[DNS_WIRE_NAME_MAX];
};

struct span dns_wire_span(const struct dns_wire_name *name);

/* The name that a text dns_name_ok() likes stands for; false for any other text. */
bool dns_wire_from_text(struct dns_wire_name *name, struct span text);

/*
 * The name at offset `at` of `message`. Returns how many bytes it takes up
 * there, 0 when it is malformed: runs out of the message, is longer than 255
 * bytes, or has a compression pointer that does not point further back than
 * all before it (so there are no loops) or a label of an unknown kind.
 */
size_t dns_wire_name(struct dns_wire_name *name, struct span message, size_t at);

/* A record and the name it stands at; `data` is inside the message. */
struct dns_wire_record {
	struct dns_wire_name owner;
	unsigned int type, class;
	uint32_t ttl;
	struct span data;
};

/* The record at offset `*at`, which moves on to the next one; false when it is malformed. */
bool dns_wire_take(struct span message, size_t *at, struct dns_wire_record *record);

/* One or more character-strings fill the RDATA exactly (RFC 1035, section 3.3.14). */
bool dns_wire_strings(struct span rdata);

/* Appends a question with recursion desired, with EDNS0's OPT record or `plain`. */
void dns_wire_query(struct builder *out, uint16_t id, const struct dns_wire_name *name,
                    enum dns_type type, bool plain);

/* The message has exactly one question, and it is this one in class IN. */
bool dns_wire_asked(struct span message, const struct dns_wire_name *name, enum dns_type type);

#endif
