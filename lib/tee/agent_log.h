/*
 * agent_log: the event log beside a quote.
 *
 * It is the source's, where that has one; else eventlog.json of the agent's directory; else that of
 * the VM around it: the firmware's (CCEL) with the runtime events that were written down behind
 * it.
 */
#ifndef TEE_AGENT_LOG_H
#define TEE_AGENT_LOG_H

#include <stdbool.h>

#include "base/builder.h"
#include "tee/agent_evidence.h"
#include "tee/eventlog.h"

/*
 * Reads `event_log`, or the one that is found where that is empty: `log`, `replay`, and identity.
 * False: agent_evidence_fail() was called.
 */
bool agent_log_read(struct agent_evidence *e);

/*
 * Reads the runtime events of the VM anew, as far as they were measured, if it has any. False:
 * agent_evidence_fail() was called.
 */
bool agent_log_lines(struct agent_evidence *e);

/* Appends the log as JSON; with `runtime`, only the events of RTMR3, with which it is replayed. */
void agent_log_write(struct builder *out, const struct agent_evidence *e, bool runtime);

/* Sets `why`, "what: why" or "what" alone; false. */
bool agent_evidence_fail(struct agent_evidence *e, const char *what, const char *why);

#endif
