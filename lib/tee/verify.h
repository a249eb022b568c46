/*
 * verify: a DCAP quote verified whole: does Intel's root say, at this moment, that
 * this report comes from genuine hardware, and how far is that behind?
 *
 * The rules are those of Intel's library (Quote Verification Library), and what it leaves
 * to its callers too: beginnings of validity, the CA flag, all 64 bytes of the quoting
 * enclave's report data, DEBUG. In this order:
 *
 *   the quote's form                                    parse, unsupported
 *   PCK certificate <- CA <- root                       chain, expired
 *   root CRL, PCK CRL and its issuer                    collateral, expired, revoked
 *   TCB info and QE identity, and their signers         collateral, expired, revoked
 *   both are about this platform                        mismatch
 *   who signed the TDX module                           module
 *   QE report <- PCK; what it vouches for; who it is    signature, qe
 *   quote <- attestation key                            signature
 *   levels of platform, module and QE                   unsupported, module
 *   DEBUG                                               debug
 *
 * The first that fails is the reason. What the platform's status may be, which TDs are
 * meant and what they measured is for policy.h.
 *
 * Everything that goes in is hostile. Nine signatures are calculated when the chains have the
 * root and each other's certificates byte for byte, as Intel's do: of three certificates, two
 * lists, two documents, the enclave's report and the quote.
 */
#ifndef TEE_VERIFY_H
#define TEE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tee/collateral.h"
#include "tee/crl.h"
#include "tee/pck.h"
#include "tee/qe_identity.h"
#include "tee/quote.h"
#include "tee/tcb.h"
#include "tee/tcb_info.h"
#include "tee/trust.h"

enum verify_reason {
	VERIFY_OK,
	VERIFY_PARSE,       /* no quote: it ends too early, or lengths contradict each other */
	VERIFY_CHAIN,       /* PCK certificates lead to no trusted root, or are not Intel's in form */
	VERIFY_REVOKED,     /* a certificate is */
	VERIFY_EXPIRED,     /* a certificate or a document is not yet valid, or no longer */
	VERIFY_COLLATERAL,  /* a document is malformed, or not signed by who should have */
	VERIFY_MISMATCH,    /* documents of another platform or kind of TEE */
	VERIFY_QE,          /* not Intel's quoting enclave, or it vouches for another key */
	VERIFY_MODULE,      /* not Intel's TDX module, or one that TCB info does not know */
	VERIFY_SIGNATURE,   /* of the quote or of the enclave's report */
	VERIFY_UNSUPPORTED, /* a version, key or certification data that is not; no TCB level is met */
	VERIFY_STATUS,      /* the status is not admitted (policy.h) */
	VERIFY_DEBUG,       /* the host can look into the TD or the enclave */
	VERIFY_POLICY,      /* measurements or report data are not allowed (policy.h) */
	VERIFY_REPLAY,      /* the event log does not lead to the RTMRs (policy.h) */
	VERIFY_NO_COLLATERAL /* there was none: nothing is said of the quote but that it has a form */
};

/* One word: "parse". */
const char *verify_reason_name(enum verify_reason reason);

struct verify_input {
	struct span quote;                   /* raw */
	const struct collateral *collateral; /* NULL: none */
	const struct trust_root *root;
	int64_t now;                         /* seconds since 1970 */
};

struct verify_result {
	enum verify_reason reason;
	const char *what;         /* in a few words what is wrong; "" for VERIFY_OK */
	unsigned int signatures;  /* that were calculated */

	/* All of what follows is true only if this is: every signature holds and levels were found. */
	bool genuine;
	struct quote quote;       /* points into the quote */
	struct pck pck;           /* points into struct verify */
	bool processor_ca;        /* the PCK is from the Processor CA, else from the Platform CA */
	bool debug;
	enum tcb_status status;   /* all together */
	enum tcb_status platform, qe;
	bool has_module;          /* a TDX module with levels of its own */
	enum tcb_status module;
	bool has_current;         /* TDX 1.5: all together, with the module that runs now */
	enum tcb_status current;
	int64_t tcb_date;         /* the earliest of the levels' */
	int64_t next_update;      /* the earliest end of a document's validity */
	uint32_t evaluation;      /* the lower tcbEvaluationDataNumber of TCB info and QE identity */
	struct tcb_advisories advisories; /* points into the collateral */
};

enum { VERIFY_QE_TOKENS = 4096 };

/* Where the work is done: 650 kB, of which a tenth is touched. Nothing is kept between two calls. */
struct verify {
	struct trust trust;
	const struct verify_input *in;
	struct verify_result *out;
	struct trust_chain pck_chain, crl_chain, tcb_chain, qe_chain;
	struct crl root_crl, pck_crl;
	struct collateral_signed tcb_document, qe_document;
	struct tcb_info tcb_info;
	struct qe_identity qe_identity;
	struct json_token tcb_tokens[COLLATERAL_TOKENS], qe_tokens[VERIFY_QE_TOKENS];
};

/* Fills `out`, which points into `in`'s bytes and `v`. True for VERIFY_OK. */
bool verify_quote(struct verify *v, const struct verify_input *in, struct verify_result *out);

#endif
