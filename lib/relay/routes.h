/*
 * routes: which backend a name is for, as somebody wrote it down.
 *
 * A route is a text of one line:
 *
 *   TARGET [proxy]
 *
 * TARGET is host:port, a host alone, or unix:/path; a host is a name or an
 * address, IPv6 in brackets. With `proxy` the backend is told whose connection
 * it is (net/proxy.h).
 *
 * Routes stand in a directory, a file a name, read when they are asked for:
 *
 *   app.example.org     this name
 *   _.example.org       every name with one label in front of this
 *   default             what has no other, a client without a name included
 *
 * or in one file, a line a route with the name in front, `*.` for the `_.`
 * above, empty lines and those that begin with # passed over. The file is
 * read when the routes are opened, and again when somebody has changed it, which is
 * looked for at most once a second. A new version with a mistake in it is
 * refused: the old one stays.
 */
#ifndef RELAY_ROUTES_H
#define RELAY_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/watched.h"
#include "net/addr.h"
#include "net/hostname.h"

enum {
	ROUTES_FILE_MAX = 1 << 22, /* bytes of the file */
	ROUTES_LINE_MAX = 1024,    /* bytes of a route */
	ROUTES_LOOK_MS = 1000
};

struct route {
	bool literal;      /* `addr` is the backend; else the host has to be looked up */
	struct addr addr;
	char host[HOSTNAME_MAX + 1];
	uint16_t port;     /* 0: none was given */
	bool proxy;
};

/* Reads a route; false for anything else. */
bool route_parse(struct route *route, struct span text);

enum routes_answer {
	ROUTES_FOUND,
	ROUTES_NONE,
	ROUTES_BROKEN  /* there is one, but it cannot be read */
};

struct routes_line {
	struct span name, value;
};

struct routes {
	int dir;             /* the directory, or the file's */
	struct watched file; /* its name NULL: a directory of routes */
	unsigned char *text; /* of the file */
	struct routes_line *line; /* sorted by name */
	size_t n_lines;
	int64_t look;        /* when to look at the file again */

	/* A changed file was refused; may be NULL. Once for each version of it. */
	void (*refused)(struct routes *r, const char *why, size_t line);
};

/*
 * Opens zeroed routes at `path`, which is kept. NULL, or what is wrong, in `*line` of the file (0: with
 * all of it); errno when it is "" .
 */
const char *routes_open(struct routes *r, const char *path, size_t *line);

/* The route for exactly this name: a folded host name, or "default". */
enum routes_answer routes_exact(struct routes *r, struct span name, int64_t now,
                                struct route *route);

/* The wildcard that covers `name`, a folded host name. */
enum routes_answer routes_wildcard(struct routes *r, struct span name, int64_t now,
                                   struct route *route);

#endif
