/*
 * source_agent: what a guest agent says when it is asked for a quote.
 *
 * {"quote": hex, "event_log": text, "report_data": hex, "vm_config": text, "attestation":
 * hex}; older ones have the first two. What is missing, null or empty, but for the quote, is
 * not there. Errors are {"error": text} with a status of 400.
 */
#ifndef TEE_SOURCE_AGENT_H
#define TEE_SOURCE_AGENT_H

#include "tee/source.h"

/*
 * Reads an answer, which may lie in answer->body. The quote is decoded into the answer's
 * quote_room; its other texts are there, where escapes had to be undone, or in `body`.
 * False: `*wrong` is the member that is not what it should be, or NULL when the whole is
 * none.
 */
bool source_agent_read(struct span body, struct source_answer *answer, const char **wrong);

/*
 * Reads an answer to /Attest, {"attestation": hex}: the answer's attestation, and the quote in it.
 * `*report_data` is what the attestation says they are. False and `*wrong` as above; `room` of the
 * answer that is used is `text`.
 */
bool source_agent_read_attestation(struct span body, struct source_answer *answer,
                                   struct span *report_data, const char **wrong);

/* The text of an error, empty when there is none; unpacked into `scratch`. */
struct span source_agent_error(struct span body, struct builder *scratch);

#endif
