/* policy_parts: what the files of policy have in common, and nobody else: the names of rules. */
#ifndef TEE_POLICY_PARTS_H
#define TEE_POLICY_PARTS_H

#include <stddef.h>

#include "tee/policy.h"

enum policy_form {
	POLICY_WORD,
	POLICY_BYTES,  /* exactly `len` */
	POLICY_MASKED, /* likewise, perhaps with a mask */
	POLICY_PADDED, /* up to `len`, zeros behind them */
	POLICY_NUMBER,
	POLICY_LEAST,  /* a number, or more */
	POLICY_MOMENT, /* or later */
	POLICY_EVENT   /* a payload */
};

enum policy_kind { POLICY_ANY, POLICY_TD, POLICY_SGX };

struct policy_field {
	const char *name;
	enum policy_form form;
	size_t len;
	enum policy_kind kind; /* of quotes that have it */
};

/* In the order of policy_fields. */
enum policy_index {
	POLICY_TEE, POLICY_MRTD, POLICY_MRSEAM, POLICY_MRSIGNERSEAM, POLICY_MRCONFIGID, POLICY_MROWNER,
	POLICY_MROWNERCONFIG, POLICY_MRSERVICETD, POLICY_RTMR0, POLICY_RTMR1, POLICY_RTMR2, POLICY_RTMR3,
	POLICY_ATTRIBUTES, POLICY_XFAM, POLICY_MRENCLAVE, POLICY_MRSIGNER, POLICY_ISVPRODID,
	POLICY_ISVSVN, POLICY_REPORT_DATA, POLICY_FMSPC, POLICY_TCB_EVALUATION, POLICY_TCB_DATE,
	POLICY_APP_ID, POLICY_COMPOSE_HASH, POLICY_INSTANCE_ID, POLICY_KEY_PROVIDER, POLICY_MR_KMS,
	POLICY_OS_IMAGE_HASH, POLICY_ROOTFS_HASH, POLICY_OTHER_EVENT, POLICY_FIELDS
};

extern const struct policy_field policy_fields[];

/* Writes down why; false, so that a ladder can end with it. */
bool policy_fail(struct verify_result *result, enum verify_reason reason, const char *what);

/* The log leads to the quote's RTMRs, and its events meet the rules about events. */
bool policy_log_ok(const struct policy *p, const struct policy_log *log, struct verify_result *result);

#endif
