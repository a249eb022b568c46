/*
 * ratls_judge: whether a certificate's evidence is believed: it is there, binds the certificate's key,
 * has the nonce that was given, verifies, and is what a policy wants.
 *
 * One to two milliseconds, of which most are for the quote's signatures. Cheap questions come
 * first: for a certificate that shows somebody else's quote no signature is calculated.
 *
 * That the peer has the key is not known here: the handshake's signature says so, or nothing does.
 */
#ifndef TEE_RATLS_JUDGE_H
#define TEE_RATLS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tee/policy.h"
#include "tee/ratls.h"
#include "tee/verify.h"

enum { RATLS_LOG_TOKENS = 32768 };

/* Filled in by the caller up to `nonce`. Some 2 MB, of which a tenth is touched: static. */
struct ratls_judge {
	const struct policy *policy;
	const struct trust_root *root;
	const struct collateral *collateral; /* NULL: none */
	struct span nonce;            /* of ccc: it must be this one; no `p`: none is asked for */

	const char *what;             /* after a refusal: why, in a few words */
	enum verify_reason reason;    /* VERIFY_OK: it did not come to the quote's verification */
	struct ratls evidence;        /* points into the certificate and into `room` */
	struct verify work;
	struct verify_result result;
	struct json_token tokens[RATLS_LOG_TOKENS];
	unsigned char room[RATLS_ROOM];
};

/*
 * The certificate in `der`, at this time. An event log is looked at when the policy has rules about
 * events, and may be of RTMR3 alone.
 */
bool ratls_judge(struct ratls_judge *j, struct span der, int64_t unix_now);

/* The same of a quote alone over this report data, with its log (may be empty): all but the certificate. */
bool ratls_judge_quote(struct ratls_judge *j, struct span quote, struct span log,
                       struct span report_data, int64_t unix_now);

#endif
