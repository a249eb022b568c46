/* verify_parts: what the files of verify, and collateral_check, have in common, and nobody else. */
#ifndef TEE_VERIFY_PARTS_H
#define TEE_VERIFY_PARTS_H

#include "tee/verify.h"

/* Writes down why; false, so that a ladder can end with it. */
bool verify_fail(struct verify *v, enum verify_reason reason, const char *what);

/* The documents, in this order. True when they hold. */
bool verify_pck(struct verify *v);       /* chain of the PCK, both revocation lists */
bool verify_documents(struct verify *v); /* TCB info, QE identity */

/* Levels, what they are together; DEBUG is not looked at. */
bool verify_levels(struct verify *v);

#endif
