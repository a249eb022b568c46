/*
 * policy: which verified quotes are accepted.
 *
 * Of the platform's status, UpToDate is always admitted, and others when they are
 * named. When advisories are named too, a status other than UpToDate is admitted only with no other
 * advisories than those. For TDX 1.5 what runs now may not be out of date or revoked either,
 * unless that is admitted.
 *
 * Rules are lines of a name and values, separated by blanks; blank lines and what follows a '#' at
 * the start of a word are passed over. A value is hexadecimal (either case) and compared whole;
 * several of one name, on one line or on several, are alternatives, and each name that is there
 * must be met:
 *
 *   tee                   tdx or sgx
 *   mrtd mrseam mrsignerseam mrconfigid mrowner mrownerconfig mrservicetd rtmr0 rtmr1 rtmr2 rtmr3
 *                         of a TD, 48 bytes
 *   attributes xfam       of a TD, 8 bytes, in the order of the quote; value/mask: the bits of
 *                         the mask alone
 *   mrenclave mrsigner    of an SGX enclave, 32 bytes
 *   isvprodid             of an SGX enclave, decimal
 *   isvsvn                of an SGX enclave, decimal: at least
 *   report_data           64 bytes; of fewer, zeros follow
 *   fmspc                 of the platform, 6 bytes
 *   tcb_evaluation        tcbEvaluationDataNumber, decimal: at least
 *   tcb_date              2024-03-13T00:00:00Z: not before
 *   app-id compose-hash instance-id key-provider mr-kms os-image-hash rootfs-hash
 *                         the payload of this runtime event
 *   event NAME            the same of the event NAME, which is the line's second word
 *
 * A rule about a TD is not met by an enclave, and the other way round. Events need an event log, and
 * are those of RTMR3. There must be one of the name, and each that is shown of this name must have one
 * of the payloads: a program in the TD can add events, and must not be able to add a better one. Of a
 * name that identifies (tee/boot.h) it must be the one that does; of another name nothing is known, and
 * the rule not met, once an event of RTMR3 is no runtime event, for it may be one of any name. An event
 * of version 1 is of each name that its digest allows.
 */
#ifndef TEE_POLICY_H
#define TEE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "tee/verify.h"

enum {
	POLICY_FILE_MAX = 65536,  /* bytes of a file */
	POLICY_RULES_MAX = 512,   /* values */
	POLICY_BYTES_MAX = 40000, /* of values together: more than a file can spell */
	POLICY_ADVISORIES_MAX = 64
};

struct policy_rule {
	int field;         /* an index into what policy.c knows */
	struct span event; /* its name */
	struct span value, mask;
	uint64_t number;
};

struct policy {
	unsigned int statuses; /* a bit each */
	size_t n_advisories;
	struct span advisory[POLICY_ADVISORIES_MAX];
	size_t n;
	struct policy_rule rule[POLICY_RULES_MAX];
	bool has_report_data;  /* beside the rules: exactly this */
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];
	struct builder bytes;
	unsigned char room[POLICY_BYTES_MAX];
};

enum policy_result {
	POLICY_OK,
	POLICY_NAME,    /* no such rule, or no such status */
	POLICY_VALUE,   /* no value, or not of its form */
	POLICY_TOO_MANY
};
const char *policy_strerror(enum policy_result result);

/* No rule, and no status but UpToDate. */
void policy_init(struct policy *p);

/* Admits statuses, names with commas between; one advisory. `text` is kept. */
enum policy_result policy_admit(struct policy *p, struct span statuses);
enum policy_result policy_admit_advisory(struct policy *p, struct span id);

/* Adds the rules of a file; `text` is kept. `*line` is the number of the line it stopped at. */
enum policy_result policy_add_lines(struct policy *p, struct span text, size_t *line);

/* There are rules about events. */
bool policy_wants_log(const struct policy *p);

/* An event log: JSON or the firmware's. The tokens are room for the first. */
struct policy_log {
	struct span bytes;
	struct json_token *tokens;
	size_t n;
	bool may_be_rtmr3; /* with no event of another register it need not lead to the others */
};

/*
 * Judges a result of verify_quote() that is VERIFY_OK: status, event log (NULL: there is none), rules.
 * False: `result->reason` and `what` then say why.
 */
bool policy_judge(const struct policy *p, const struct policy_log *log, struct verify_result *result);

#endif
