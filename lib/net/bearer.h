/*
 * bearer: a token (RFC 6750) that stands in a file, read again when the file has changed.
 *
 * Not part of any message or log. One that became no token is not replaced by what it
 * was: bearer_get() says false until the file is mended. While there is no file,
 * as when it is replaced the clumsy way, the token is what it was.
 */
#ifndef NET_BEARER_H
#define NET_BEARER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/watched.h"

enum { BEARER_MAX = 4096, BEARER_LOOK_MS = 1000 };

struct bearer {
	struct watched file;
	int64_t look;     /* when to look at it again */
	size_t len;       /* 0: there is none */
	unsigned char text[BEARER_MAX + 2];
};

/*
 * Opens zeroed storage at `path`, which is kept. NULL, or what is wrong; errno when it is "".
 * The file is one line: letters, digits, -._~+/ and = at the end.
 */
const char *bearer_open(struct bearer *b, const char *path);

/* The token as it is now, valid until the next call; false when there is none. */
bool bearer_get(struct bearer *b, int64_t now, struct span *token);

#endif
