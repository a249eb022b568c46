/* purpose: what a certificate says it is for (extendedKeyUsage; RFC 5280, 4.2.1.12). */
#ifndef TLS_PURPOSE_H
#define TLS_PURPOSE_H

#include <stdbool.h>

#include "tls/cert.h"

enum purpose { PURPOSE_SERVER, PURPOSE_CLIENT };

/* It is for this, or for anything, or says nothing of it. */
bool purpose_allows(const struct cert *cert, enum purpose purpose);

#endif
