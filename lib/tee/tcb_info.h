/*
 * tcb_info: Intel's TCB info, version 3, for SGX and TDX: what levels the
 * platforms of one FMSPC have, and the identities of TDX modules
 * ("Intel SGX and Intel TDX Provisioning Certification Service", version 4).
 *
 * It is read after its signature was checked; members that are not known are passed over.
 */
#ifndef TEE_TCB_INFO_H
#define TEE_TCB_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "tee/quote.h"
#include "tee/tcb.h"

enum {
	TCB_MODULES_MAX = 16, /* identities of TDX modules; two are known */
	TCB_SEAM_ATTRIBUTES_LEN = 8
};

/* Who may have signed a TDX module. */
struct tdx_module {
	unsigned char signer[QUOTE_MEASUREMENT_LEN];
	unsigned char attributes[TCB_SEAM_ATTRIBUTES_LEN], mask[TCB_SEAM_ATTRIBUTES_LEN];
};

/* A module from version 1 on, by its version, and its levels. */
struct tdx_identity {
	unsigned int version; /* of "TDX_01" */
	struct tdx_module module;
	size_t n;
	struct tcb_isv_level levels[TCB_ISV_LEVELS_MAX];
};

struct tcb_info {
	bool tdx;
	int64_t issued, next_update; /* seconds since 1970 */
	unsigned char fmspc[PCK_FMSPC_LEN], pce_id[PCK_ID_LEN];
	uint32_t evaluation;         /* tcbEvaluationDataNumber */
	struct tdx_module module;    /* TDX: of version 0, and where there are no identities */
	size_t n_identities;
	struct tdx_identity identities[TCB_MODULES_MAX];
	size_t n;
	struct tcb_level levels[TCB_LEVELS_MAX];
};

/* False for another version or type, or when it is not whole. About 60 kB. */
bool tcb_info_read(struct tcb_info *info, struct json_value value);

/* The identity of modules of this version; NULL: there is none. */
const struct tdx_identity *tcb_info_identity(const struct tcb_info *info, unsigned int version);

#endif
