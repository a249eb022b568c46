/*
 * trust: the certificates of Intel's attestation PKI: a root that is known
 * beforehand, and chains of exactly two or three certificates under it ("Intel SGX PCK
 * Certificate and Certificate Revocation List Profile Specification").
 *
 *   PCK certificate <- Platform CA or Processor CA <- root      in a quote
 *   Platform CA or Processor CA <- root                         issuer of a PCK CRL
 *   TCB signer <- root                                          of TCB info and QE identity
 *
 * All are ECDSA on P-256 with SHA-256; anything else is no signature. The arithmetic is
 * tls/curve's. What was seen to hold is not calculated again: the known root, when it stands
 * there byte for byte, needs no signature, and a certificate that comes a second time neither.
 */
#ifndef TEE_TRUST_H
#define TEE_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "tls/cert.h"

enum {
	TRUST_CERTS = 3,       /* of the longest chain */
	TRUST_DER_MAX = 8192,  /* bytes of a chain's certificates together; real ones have 2700 */
	TRUST_PEM_MAX = 16384, /* and as PEM */
	TRUST_KNOWN = 4        /* certificates: root, PCK CA, TCB signers of two documents */
};

/* The root everything must lead to. */
struct trust_root {
	bool own;               /* not Intel's: in its names another word may stand for "Intel" */
	unsigned char hash[32]; /* SHA-256 of the certificate */
	unsigned char pin[32];  /* and of its SubjectPublicKeyInfo */
};

/* Intel SGX Root CA, of 2018. */
extern const struct trust_root trust_root_intel;

/* A root from a file: one certificate, PEM or DER. False when it is none, or not on P-256. */
bool trust_root_read(struct trust_root *root, struct span file);

/* One verification: root and clock go in, the rest is what was learned. */
struct trust {
	const struct trust_root *root;
	int64_t now;             /* seconds since 1970 */
	unsigned int signatures; /* that were calculated */
	size_t n_known;
	struct span known[TRUST_KNOWN]; /* certificates whose signature holds */
};

enum trust_role {
	TRUST_PCK,    /* "Intel SGX PCK Certificate" */
	TRUST_CA,     /* "Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA" */
	TRUST_SIGNER, /* "Intel SGX TCB Signing" */
	TRUST_ROOT_CA /* "Intel SGX Root CA" */
};

struct trust_chain {
	size_t n;
	struct cert cert[TRUST_CERTS]; /* the one at the end first, the root last, however they came */
	unsigned char der[TRUST_DER_MAX];
};

enum trust_result {
	TRUST_OK,
	TRUST_MALFORMED,  /* no PEM, no certificate, too long */
	TRUST_COUNT,      /* more certificates than the chain has to have, or fewer */
	TRUST_ORDER,      /* they are no chain by their names */
	TRUST_UNTRUSTED,  /* it ends in another root */
	TRUST_NAME,       /* not the common name that goes with its place */
	TRUST_EXTENSIONS, /* one that has to be there is not, or does not allow its place; a critical unknown one */
	TRUST_SIGNATURE,
	TRUST_TIME        /* not yet valid, or no longer */
};
const char *trust_strerror(enum trust_result result);

/*
 * Reads a chain of exactly `n` certificates, PEM in any order; text and NUL bytes around
 * them are passed over. Its spans point into `chain`.
 */
enum trust_result trust_chain_read(struct trust_chain *chain, struct span pem, size_t n);

/* Verifies it; `role` is that of its first certificate. */
enum trust_result trust_chain_verify(struct trust *trust, const struct trust_chain *chain,
                                     enum trust_role role);

/* The second of the two that TRUST_CA may be. */
bool trust_is_processor_ca(const struct cert *ca);

/* Whether the key of `issuer` made this signature (DER) over `bytes`. */
bool trust_signed(struct trust *trust, const struct cert *issuer, struct span algorithm,
                  struct span bytes, struct span signature);

/* The same for r || s, and with a key that is x || y. */
bool trust_signed_raw(struct trust *trust, const struct cert *issuer, struct span bytes,
                      struct span signature);
bool trust_signed_by_key(struct trust *trust, struct span key, struct span bytes,
                         struct span signature);

#endif
