/*
 * query: what is behind the '?' of a URL, as forms write it (application/x-www-form-urlencoded
 * of the URL standard, 5.1): name=value, '&' between them, '+' for a space, percent-encoding.
 */
#ifndef NET_QUERY_H
#define NET_QUERY_H

#include <stdbool.h>

#include "base/builder.h"
#include "base/span.h"

/*
 * Takes the next pair off the front of `*rest`, decoded into `scratch`: any bytes. One without
 * '=' has an empty value; empty ones between two '&' are passed over. False at the end, and
 * with `*bad` set for a malformed percent-encoding, or when `scratch` overflowed.
 */
bool query_next(struct span *rest, struct builder *scratch, struct span *name, struct span *value,
                bool *bad);

#endif
