/*
 * alpn: the answers to TLS-ALPN-01 (RFC 8737; RFC 8738 for addresses) that chal-alpn(1) leaves,
 * as certificates that a server shows.
 *
 * A file a name; each time a CA asks, it is looked up anew, so what is there counts at
 * once. The key is one of this process, made at the start, and for nothing else.
 */
#ifndef ACME_ALPN_H
#define ACME_ALPN_H

#include <stdbool.h>

#include "base/span.h"
#include "tls/credential.h"
#include "tls/key.h"

struct alpn {
	int dir; /* the caller's: $CHAL_ALPN_DIR */
	struct key key;
};

/* Makes its key; false: errno. */
bool alpn_init(struct alpn *a);

/*
 * The certificate for the server name a CA asks for, folded; for an address that is the name of its
 * reverse zone. NULL: nothing is pending for that name, or the file is malformed. The
 * caller drops it.
 */
struct credential *alpn_answer(struct alpn *a, struct span name);

/*
 * The address whose reverse zone this is, into `text`; empty when it is none: all four numbers, or
 * all 32 digits, no leading zeros.
 */
enum { ALPN_ADDRESS_MAX = 64 };
struct span alpn_address(char text[ALPN_ADDRESS_MAX], struct span name);

#endif
