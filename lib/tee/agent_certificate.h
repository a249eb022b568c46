/*
 * agent_certificate: certificates that an app's CA issues for its keys, as dstack's guest agent
 * does: for TLS, and with a quote that binds the key to the VM (RA-TLS).
 *
 * The extensions are those of dstack's form (tee/ratls.h): the quote with the event log of RTMR3
 * alone, the app's id, what the certificate is for ("app:custom"), app info (tee/agent_evidence.h).
 */
#ifndef TEE_AGENT_CERTIFICATE_H
#define TEE_AGENT_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tee/agent_evidence.h"
#include "tee/agent_state.h"
#include "tls/cert.h"
#include "tls/key.h"
#include "tls/names.h"

enum { AGENT_CERT_MAX = 60000, AGENT_SUBJECT_MAX = 256 };

/* The CA of a state, opened. A secret, to be wiped. `cert` points into it. */
struct agent_ca {
	struct key key;
	struct cert cert;
	unsigned char room[CERT_MAX];
};
enum agent_ca_result {
	AGENT_CA_OK,
	AGENT_CA_ELSEWHERE, /* the key provider keeps the key */
	AGENT_CA_MALFORMED  /* certificate or key; or the key is not the certificate's */
};
enum agent_ca_result agent_ca_open(struct agent_ca *ca, const struct agent_state *s);

/* What is to be certified. */
struct agent_wish {
	struct span subject;   /* common name, AGENT_SUBJECT_MAX bytes at most; may be empty */
	struct name_set names; /* may be empty */
	bool server, client;   /* extended key usage */
	bool with_quote, with_app_info;
	int64_t not_before, not_after; /* the second is still valid */
};

/*
 * Appends the certificate (DER) of the key in `spki`. `e` is evidence over it when there is to be a
 * quote, any for app info, else it may be NULL. False: `out` overflowed (AGENT_CERT_MAX bytes
 * are enough unless the log is long), or errno: no random bytes.
 */
bool agent_certificate(struct builder *out, const struct agent_ca *ca, struct span spki,
                       const struct agent_wish *wish, const struct agent_evidence *e,
                       struct span os_image_hash);

#endif
