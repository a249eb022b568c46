/*
 * pck: what a PCK certificate says of its platform: Intel's extension
 * 1.2.840.113741.1.13.1 ("Intel SGX PCK Certificate and Certificate Revocation List
 * Profile Specification", 1.3.5).
 */
#ifndef TEE_PCK_H
#define TEE_PCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "tls/cert.h"

enum {
	PCK_COMPONENTS = 16, /* of a TCB */
	PCK_FMSPC_LEN = 6,
	PCK_ID_LEN = 2,
	PCK_PPID_LEN = 16,
	PCK_INSTANCE_LEN = 16
};

struct pck {
	struct span ppid;     /* 16 */
	uint8_t svn[PCK_COMPONENTS];
	uint16_t pce_svn;
	struct span cpu_svn;  /* 16 */
	struct span pce_id;   /* 2 */
	struct span fmspc;    /* 6 */
	uint8_t sgx_type;     /* 0 standard, 1 scalable, 2 scalable with integrity */
	bool has_platform;    /* the two below are there: of the Platform CA */
	struct span instance; /* 16 */
	bool dynamic_platform, cached_keys, smt;
};

/*
 * False when the certificate does not have the extension, or it is not all of this, in this order
 * and nothing else. Spans point into the certificate.
 */
bool pck_read(struct pck *pck, const struct cert *cert);

/* The same for the extension's value alone. */
bool pck_read_extension(struct pck *pck, struct span value);

#endif
