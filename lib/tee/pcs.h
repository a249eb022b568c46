/*
 * pcs: what is asked for a quote of Intel's Provisioning Certification Service (PCS,
 * version 4) or of one of its caches (PCCS), and what comes of their answers.
 *
 *   BASE/tdx/certification/v4/tcb?fmspc=...             TCB info (or /sgx/...)
 *   BASE/tdx/certification/v4/qe/identity               QE identity (or /sgx/...)
 *   BASE/sgx/certification/v4/pckcrl?ca=...&encoding=der
 *   BASE/sgx/certification/v4/rootcacrl                 of a cache, in hexadecimal;
 *                                                       Intel has it elsewhere, in DER
 *
 * The certificates of who signed the first three are in header fields. All that comes is
 * hostile: nothing is checked here but its size and its outer form.
 */
#ifndef TEE_PCS_H
#define TEE_PCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tee/collateral.h"
#include "tee/pck.h"
#include "tls/fetch.h"

#define PCS_INTEL "https://api.trustedservices.intel.com"
#define PCS_INTEL_ROOT_CRL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"

/* What a quote needs. */
struct pcs_platform {
	bool tdx;       /* else SGX */
	bool processor; /* the PCK is from the Processor CA, else from the Platform CA */
	unsigned char fmspc[PCK_FMSPC_LEN];
};

/* Which of the TCB infos that there are at a time. */
enum pcs_update {
	PCS_UNSAID,   /* the service's default, which is the standard one */
	PCS_STANDARD,
	PCS_EARLY,
	PCS_NUMBERED  /* the one of a tcbEvaluationDataNumber */
};

struct pcs_wish {
	struct pcs_platform platform;
	enum pcs_update update;
	uint32_t evaluation;   /* PCS_NUMBERED */
	struct span root_crl;  /* URL of the root's revocation list; empty: as above */
};

/* The documents, in the order they are asked for. */
enum pcs_part { PCS_TCB_INFO, PCS_QE_IDENTITY, PCS_PCK_CRL, PCS_ROOT_CRL, PCS_PARTS };

/* "TCB info", for a message. */
const char *pcs_part_name(enum pcs_part part);

/* Appends the URL of a document; `base` is an http: or https: URL without a query. */
void pcs_url(struct builder *out, struct span base, const struct pcs_wish *wish, enum pcs_part part);

/*
 * Appends the PEM text that a header field holds in percent-encoding (RFC 3986, 2.1; '+' is
 * itself). False when the encoding is malformed, it spells other bytes than text has, or
 * `out` overflowed.
 */
bool pcs_pem(struct builder *out, struct span value);

/* Appends a revocation list that is there in DER or in hexadecimal. False when it is neither. */
bool pcs_crl(struct builder *out, struct span body);

/*
 * Fetches all four and appends them to `document`, as collateral.json. `room` gets what they are
 * made of (2 * COLLATERAL_MAX is enough). False: `why` (one line, escaped) says what and why, and
 * `*retry_s` is for how long the server does not want to be asked again, or -1.
 */
bool pcs_fetch(struct fetch *fetch, struct span base, const struct pcs_wish *wish, struct builder *room,
               struct builder *document, struct builder *why, int64_t *retry_s, int64_t deadline);

#endif
