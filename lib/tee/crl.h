/*
 * crl: certificate revocation lists (RFC 5280, 5), as far as Intel's have it:
 * version 2, complete, with CRLNumber and authorityKeyIdentifier and an end.
 *
 * Reading walks over every entry, so that a list that was read is whole; the
 * signature is for the caller to check. Nothing is copied: spans point into the bytes.
 */
#ifndef TEE_CRL_H
#define TEE_CRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum { CRL_MAX = 1 << 18 }; /* bytes of one that are read from a file */

struct crl {
	struct span tbs;        /* what is signed */
	struct span issuer;     /* Name, whole */
	int64_t this_update, next_update; /* seconds since 1970; the second is still good */
	struct span revoked;    /* contents of the list of entries, maybe empty */
	size_t entries;
	struct span number;     /* CRLNumber, content octets without a leading 00; 0 is empty */
	struct span authority_key_id;
	struct span signature_algorithm; /* AlgorithmIdentifier, whole */
	struct span signature;  /* without the bit string's first byte */
};

/*
 * False when `der` is no such list: also for an extension that is critical and unknown
 * here (all are), as that of an indirect or partial list, or of an entry; and one that is there twice.
 */
bool crl_read(struct crl *crl, struct span der);

/* The list has this serial number (content octets of the INTEGER, as struct cert has it). */
bool crl_lists(const struct crl *crl, struct span serial);

#endif
