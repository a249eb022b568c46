/*
 * anchors: the certificates that are believed without a further signature.
 */
#ifndef TLS_ANCHORS_H
#define TLS_ANCHORS_H

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Where Debian and most others keep the system's bundle. */
#define ANCHORS_SYSTEM "/etc/ssl/certs/ca-certificates.crt"

enum {
	ANCHORS_FILE_MAX = 1 << 20, /* bytes of a bundle */
	ANCHORS_MAX = 512           /* certificates in it */
};

struct anchors {
	size_t n;
	br_x509_trust_anchor *list;
	void *memory; /* what the list stands in */
};

enum anchors_result {
	ANCHORS_OK,
	ANCHORS_NONE,      /* no certificate in it that can be used, or not a regular file */
	ANCHORS_MALFORMED, /* a block that is no certificate */
	ANCHORS_TOO_MANY,
	ANCHORS_SYSTEM_ERROR /* errno: could not be read, no memory */
};

/*
 * Reads a PEM bundle from `path`. Certificates with keys that cannot be used
 * here (DSA, Ed25519, other curves) are passed over. The memory is kept until
 * anchors_free().
 */
enum anchors_result anchors_read(struct anchors *a, const char *path);
const char *anchors_strerror(enum anchors_result result);
void anchors_free(struct anchors *a);

#endif
