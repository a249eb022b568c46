/*
 * dns_text: a record as a line of text, for people and shells.
 *
 *   TXT        the character-strings joined, escaped as base/log.h does it (\xNN)
 *   CNAME      the name, as dns_target() writes it
 *   CAA        flags, tag and value with a space between; the value escaped as for TXT
 *   A, AAAA    the address
 *
 * Whatever the record holds, the line is printable ASCII without a newline,
 * and nothing is cut.
 */
#ifndef NET_DNS_TEXT_H
#define NET_DNS_TEXT_H

#include <stdbool.h>

#include "base/builder.h"
#include "net/dns.h"

enum { DNS_TEXT_LINE_MAX = 4 * DNS_TEXT_MAX }; /* bytes of the longest line */

/*
 * Appends `record` of the answer `a`. False when it is malformed, of a type
 * that has no text here, or `out` overflowed.
 */
bool dns_text(struct builder *out, const struct dns_answer *a, const struct dns_record *record);

#endif
