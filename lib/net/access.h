/*
 * access: a line a request, collected and sent on in one piece.
 *
 *   host class status where microseconds
 *
 * Fields are separated by a space, hostile bytes are escaped, and "-" stands
 * for nothing. The time of day is left to who collects the lines (s6-log).
 */
#ifndef NET_ACCESS_H
#define NET_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "net/http.h"

/* What is sent on at once is no more than a pipe takes whole: lines of several workers do not mix. */
enum { ACCESS_ROOM = 4096, ACCESS_LINE_MAX = 2304 };

struct access {
	bool on;
	void (*flush)(struct access *a); /* sends `lines` on and empties it */
	struct builder lines;
	unsigned char text[ACCESS_ROOM];
};

/* Makes zeroed storage ready; the caller sets `on` and `flush`. */
void access_init(struct access *a);

/*
 * For a line of another kind: where it is appended, without its newline and
 * within ACCESS_LINE_MAX bytes; NULL when there is no log. access_end() ends it.
 */
struct builder *access_begin(struct access *a);
void access_end(struct access *a);

/*
 * Appends a line: the host, the class of what was asked for, the status, where
 * it went, and how long it took.
 */
void access_add(struct access *a, struct span host, const char *class, int status,
                struct span where, int64_t us);

/*
 * The same with the host of `request` (NULL: its head was refused). */
void access_line(struct access *a, const struct http_request *request, const char *class,
                 int status, struct span where, int64_t us);

#endif
