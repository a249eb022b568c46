/*
 * qe_identity: which quoting enclave is Intel's, and how far it is behind: enclave
 * identity, version 2 ("Intel SGX and Intel TDX Provisioning Certification Service",
 * version 4). Read after its signature was checked.
 */
#ifndef TEE_QE_IDENTITY_H
#define TEE_QE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "tee/quote.h"
#include "tee/tcb.h"

enum { QE_SIGNER_LEN = 32, QE_ATTRIBUTES_LEN = 16, QE_MISC_LEN = 4 };

struct qe_identity {
	bool tdx; /* "TD_QE"; else "QE" */
	int64_t issued, next_update; /* seconds since 1970 */
	uint32_t evaluation;         /* tcbEvaluationDataNumber */
	unsigned char misc[QE_MISC_LEN], misc_mask[QE_MISC_LEN];
	unsigned char attributes[QE_ATTRIBUTES_LEN], mask[QE_ATTRIBUTES_LEN];
	unsigned char signer[QE_SIGNER_LEN];
	uint16_t prod_id;
	size_t n;
	struct tcb_isv_level levels[TCB_ISV_LEVELS_MAX];
};

/* False for another version, an enclave that quotes nothing, or when it is not whole. */
bool qe_identity_read(struct qe_identity *identity, struct json_value value);

/* What a report of the enclave differs in; NULL: it is this one. */
const char *qe_identity_differs(const struct qe_identity *identity, const struct quote_sgx *report);

#endif
