/*
 * chain: what a server gives as a certificate (RFC 8555, 7.4.2), looked through
 * before anybody relies on it.
 */
#ifndef ACME_CHAIN_H
#define ACME_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/span.h"
#include "tls/cert.h"
#include "tls/names.h"

enum { CHAIN_BYTES_MAX = 65536 }; /* of all certificates in DER */

/* Large: best static. The certificates' spans point into `der`. */
struct chain {
	size_t n;
	struct cert cert[CERT_CHAIN_MAX]; /* the leaf first */
	unsigned char der[CHAIN_BYTES_MAX];
};

enum chain_result {
	CHAIN_OK,
	CHAIN_MALFORMED, /* no PEM, a block that is no certificate, no certificate at all */
	CHAIN_TOO_LONG,  /* more than CERT_CHAIN_MAX certificates, or too many bytes */
	CHAIN_WRONG_KEY, /* the leaf is for another key */
	CHAIN_WRONG_NAMES, /* the leaf's names are not exactly those asked for */
	CHAIN_EXPIRED    /* the leaf is over already */
};
const char *chain_strerror(enum chain_result result);

/*
 * Reads PEM: blocks of CERTIFICATE with whatever text around and between them,
 * the leaf first. Any other block is malformed: a private key has no place there.
 */
enum chain_result chain_read(struct chain *chain, struct span pem);

/* Whether it is what was ordered; `spki` is the SubjectPublicKeyInfo of our key. */
enum chain_result chain_check(const struct chain *chain, struct span spki,
                              const struct name_set *names, int64_t unix_now);

/* Each certificate's issuer is the next one's subject: what servers SHOULD see to. */
bool chain_in_order(const struct chain *chain);

/* Appends it as PEM, nothing between the blocks: `n` certificates from number `first` on. */
void chain_write(const struct chain *chain, size_t first, size_t n, struct builder *out);

/*
 * How well it fits the wish for an issuer with this common name: 4, that is
 * the topmost certificate's issuer; 3, one below; 2, 1: the same, but it is only a part
 * of the name ("ISRG" of "ISRG Root X1"); 0: no issuer is called so.
 */
int chain_rank(const struct chain *chain, struct span common_name);

/* The common name in a Name (the last, if there are several); empty when it has none. */
struct span chain_common_name(struct span name);

#endif
