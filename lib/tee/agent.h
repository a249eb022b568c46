/*
 * agent: the guest agent's interface, as dstack has it: methods by name, arguments in, JSON
 * out. What each takes and gives is in agent-cgi(1).
 *
 * The newer form has its methods at the root ("/GetQuote"); the older one beneath "/prpc/", with
 * or without "Tappd." before the name. An answer that is no error is one object on one line;
 * any error is the status 400 and an object with the member "error".
 */
#ifndef TEE_AGENT_H
#define TEE_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "tee/agent_arguments.h"
#include "tee/agent_certificate.h"
#include "tee/agent_evidence.h"
#include "tee/agent_state.h"

/* The release of dstack whose interface this is: what Version says, and clients look for. */
#define AGENT_VERSION "0.5.11"
#define AGENT_REVISION "postern"

enum {
	AGENT_ANSWER_MAX = 32 << 20, /* a log of the largest size, in JSON in JSON */
	AGENT_EVENT_MAX = 4096,      /* bytes of a payload that EmitEvent takes */
	AGENT_ERROR_MAX = 1024
};

enum agent_method {
	AGENT_GET_TLS_KEY,
	AGENT_GET_KEY,
	AGENT_GET_QUOTE,
	AGENT_ATTEST,
	AGENT_INFO,
	AGENT_GPU_INFO,
	AGENT_SIGN,
	AGENT_VERIFY,
	AGENT_EMIT_EVENT,
	AGENT_GET_VERSION,
	AGENT_DERIVE_KEY,      /* these four of the older form alone */
	AGENT_DERIVE_K256_KEY,
	AGENT_TDX_QUOTE,
	AGENT_RAW_QUOTE
};

/* The method at a path; false: there is none. */
bool agent_find(struct span path, enum agent_method *method);

/* The method writes to the directory, or to the machine's registers. */
bool agent_writes(enum agent_method method);

/* One call. Everything is the caller's. */
struct agent {
	struct agent_state *state;
	struct agent_arguments *arguments;
	struct agent_evidence *evidence; /* its directory is the state's */
	struct builder *out;             /* AGENT_ANSWER_MAX bytes, empty */
	int64_t now, deadline;           /* seconds since 1970; a deadline */
	struct span vendor, product;     /* what the machine says it is, or empty */
	bool is_simulated;               /* the register that EmitEvent extends is eventlog.json alone; */
	int rtmr, log;                   /* else this (tee/rtmr.h), and this the file for its line */
	char why[AGENT_ERROR_MAX];
};

/* Answers: 200 or 400, and `out` has the body. What is in it may be a secret. */
int agent_answer(struct agent *a, enum agent_method method);

/* The same for a request that is none: 400, and why. */
int agent_refuse(struct agent *a, const char *why);

#endif
