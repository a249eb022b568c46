/* attestation_parts: what the readers of both forms of attestations share. */
#ifndef TEE_ATTESTATION_PARTS_H
#define TEE_ATTESTATION_PARTS_H

#include "base/reader.h"
#include "tee/attestation.h"

/*
 * MessagePack, from byte 0 to the end; room for what is unpacked. False: malformed, or `room`
 * overflowed. `*tdx`: the platform is one that has a TDX quote.
 */
bool attestation_read_v1(struct attestation *a, struct reader *r, struct builder *room, bool *tdx);

/* Text in events must be UTF-8 and have no NUL, or JSON would say another. */
bool attestation_text_ok(struct span text);

#endif
