/* agent_parts: the methods of tee/agent.h; for its files alone. Each: false with `why`. */
#ifndef TEE_AGENT_PARTS_H
#define TEE_AGENT_PARTS_H

#include "tee/agent.h"

/* Sets the reason, "what: why" or "what" alone; false. */
bool agent_fail(struct agent *a, const char *what, const char *why);

/* The reason for an argument that was not what it should be. */
bool agent_wrong(struct agent *a);

/* The hash of the OS image: the machine's configuration says it, or it was measured. */
struct span agent_os_image(const struct agent *a);

bool agent_get_key(struct agent *a);
bool agent_derive_k256_key(struct agent *a);
bool agent_sign_data(struct agent *a);
bool agent_verify_data(struct agent *a);

bool agent_get_tls_key(struct agent *a);
bool agent_derive_key(struct agent *a);

/* Appends a chain of PEM certificates for a new key that is thrown away, for Info. */
bool agent_own_certificate(struct agent *a, struct builder *pem);

bool agent_get_quote(struct agent *a);
bool agent_attest(struct agent *a);
bool agent_tdx_quote(struct agent *a);
bool agent_raw_quote(struct agent *a);
bool agent_info(struct agent *a);
bool agent_emit_event(struct agent *a);

#endif
