/*
 * tcb: how far the parts of a platform are behind: statuses of Intel's TCB
 * levels, the level that a platform has, and what several statuses are together
 * ("Intel TDX DCAP Quoting Library API", and Intel's verification library).
 *
 * Levels are ordered by what they demand. A platform has the highest of those that it
 * meets; in which order they are listed does not matter. Two that demand the same are
 * refused by the readers of TCB info and identities.
 */
#ifndef TEE_TCB_H
#define TEE_TCB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/span.h"
#include "tee/pck.h"

enum {
	TCB_LEVELS_MAX = 128,     /* of a platform; the most seen are 25 */
	TCB_ISV_LEVELS_MAX = 64,  /* of an enclave or a TDX module */
	TCB_ADVISORIES_MAX = 256, /* different ones, of all levels that count */
	TCB_ADVISORY_LEN = 64     /* bytes of one */
};

enum tcb_status {
	TCB_UP_TO_DATE,
	TCB_SW_HARDENING_NEEDED,
	TCB_CONFIGURATION_NEEDED,
	TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TCB_OUT_OF_DATE,
	TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TCB_REVOKED,
	TCB_TD_RELAUNCH_ADVISED, /* these two come out of tcb_relaunch() alone */
	TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
};
enum { TCB_STATUSES = TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED + 1 };

/* As Intel spells them: "UpToDate". False: there is no such status. */
const char *tcb_status_name(enum tcb_status status);
bool tcb_status_find(struct span name, enum tcb_status *status);

/* What stands at every level. */
struct tcb_rating {
	enum tcb_status status;
	int64_t date;                 /* seconds since 1970 */
	struct json_value advisories; /* an array, or absent */
};

/* A level of a platform. */
struct tcb_level {
	uint8_t sgx[PCK_COMPONENTS];
	uint16_t pce_svn;
	uint8_t tdx[PCK_COMPONENTS]; /* all zero in TCB info for SGX */
	struct tcb_rating rating;
};

/* A level of an enclave or a TDX module: one security version number. */
struct tcb_isv_level {
	uint16_t svn;
	struct tcb_rating rating;
};

/*
 * Read the member "tcbLevels". `*n` is their number. False when something is missing, of the wrong
 * kind, unknown, there twice, or too much. Enclaves and modules are UpToDate, OutOfDate or
 * Revoked and nothing else.
 */
bool tcb_levels_read(struct json_value object, bool tdx, struct tcb_level *levels, size_t *n);
bool tcb_isv_levels_read(struct json_value object, struct tcb_isv_level *levels, size_t *n);

/*
 * The level of a platform, NULL when it meets none: each SGX component and the PCE at least the
 * level's, and each component of TEE_TCB_SVN (16 bytes; empty: SGX), but not the first two when the
 * second is above 0: those then are the module's, which is rated by itself.
 */
const struct tcb_level *tcb_level_find(const struct tcb_level *levels, size_t n,
                                       const struct pck *pck, struct span tee_tcb_svn);

/* That of an enclave or module: the highest not above `svn`. NULL: none. */
const struct tcb_isv_level *tcb_isv_level_find(const struct tcb_isv_level *levels, size_t n,
                                               unsigned int svn);

/* What a platform is with a part (module, quoting enclave) of this status. */
enum tcb_status tcb_merge(enum tcb_status platform, enum tcb_status part);

/*
 * What a TD is whose platform was `launched` when it started and is `current` now (TDX 1.5): a
 * start would bring it up to date, or not.
 */
enum tcb_status tcb_relaunch(enum tcb_status launched, enum tcb_status current);

/* Advisories of several levels, each once. */
struct tcb_advisories {
	size_t n;
	struct span id[TCB_ADVISORIES_MAX];
};

/* Adds those of an array; an absent one has none. False: malformed or too many. */
bool tcb_advisories_add(struct tcb_advisories *a, struct json_value array);

#endif
