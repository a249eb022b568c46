/*
 * forward_path: which paths a reverse proxy passes on, and as what.
 *
 * A prefix stands for itself and for what is below it: /api is /api and /api/x, not /apis.
 * Prefixes are compared with a path as it came, byte by byte. As soon as one is in
 * force, a path that an upstream may take for another one is refused: segments that
 * are "." or ".." (encoded or not, parameters behind a ';' or not), encoded slashes, backslashes,
 * control bytes.
 */
#ifndef NET_FORWARD_PATH_H
#define NET_FORWARD_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/http.h"

enum { FORWARD_PREFIXES_MAX = 64, FORWARD_PATH_MAX = 2048 }; /* bytes of a prefix */

struct forward_path {
	size_t n_allowed;    /* 0: all of them */
	struct span allowed[FORWARD_PREFIXES_MAX];
	struct span strip;   /* taken off the front; what is not below it is not found */
	struct span add;     /* put in front */
};

/* Begins with '/', and is nothing that would be refused itself. */
bool forward_path_prefix_ok(struct span prefix);

/* Appends the target that the request gets: 200; 400 for a path that is refused, 404. */
int forward_path_target(struct builder *out, const struct forward_path *rules,
                        const struct http_request *request);

#endif
