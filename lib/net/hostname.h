/*
 * hostname: names of hosts (RFC 952, RFC 1123, section 2.1; RFC 5890 for A-labels).
 */
#ifndef NET_HOSTNAME_H
#define NET_HOSTNAME_H

#include <stdbool.h>

#include "base/span.h"

enum { HOSTNAME_MAX = 253, HOSTNAME_LABEL_MAX = 63 };

/*
 * One label: 1 to 63 letters, digits and hyphens, no hyphen at either end.
 */
bool hostname_label_ok(struct span label);

/*
 * Labels separated by dots, no dot at the end, 253 bytes in all, and not
 * something that reads as an IPv4 address (a last label of digits only).
 */
bool hostname_ok(struct span name);

/*
 * Writes `name` in lower case and with a NUL into `text`, without a final
 * dot; returns its span there. Empty when it is no host name.
 */
struct span hostname_fold(char text[HOSTNAME_MAX + 1], struct span name);

/* The name without its first label and dot; empty when it has only one label. */
struct span hostname_parent(struct span name);

#endif
