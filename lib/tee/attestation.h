/*
 * attestation: dstack's one blob of quote, event log and configuration, as its agent
 * answers to Attest and its simulator keeps it (attestation.bin).
 *
 * Two forms. Version 0 is SCALE, and begins with 00:
 *
 *   00 | kind | quote | events | runtime events | report data, 64 bytes | config
 *
 * kind 00 is TDX; an event is {imr u32, type u32, digest, name, payload}, a runtime event
 * {name, payload}; integers are little endian, and before bytes, texts and lists stands
 * their length, compact. Version 1 is MessagePack, a map {version: 1, platform: {kind, data:
 * {quote, event_log}}, stack: {kind, data: {report_data, runtime_events, config}}}. Of
 * platforms, tdx and gcp-tdx are known; what further evidence such a map has is passed over.
 *
 * Events come out as text: the log as the JSON that tee/eventlog.h reads, the runtime events as
 * its lines. Nothing is verified, and the report data that stands beside the quote is
 * not held against it: that is for who uses it.
 */
#ifndef TEE_ATTESTATION_H
#define TEE_ATTESTATION_H

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "tee/eventlog.h"

enum {
	ATTESTATION_MAX = 1 << 20, /* bytes of one; real ones have some 10 kB */
	ATTESTATION_GROWTH = 16    /* the room for what is unpacked, in lengths of the whole, is enough */
};

struct attestation {
	unsigned int version;     /* 0 or 1 */
	struct span quote;        /* not looked into */
	struct span event_log;    /* JSON, an array */
	struct span runtime_events; /* lines */
	struct span report_data;  /* 64 bytes */
	struct span config;       /* UTF-8, JSON of the VM's */
};

enum attestation_result {
	ATTESTATION_OK,
	ATTESTATION_FORM,     /* neither of the two */
	ATTESTATION_MALFORMED, /* it ends early, goes on too long, or has something else where a field is */
	ATTESTATION_PLATFORM, /* not TDX */
	ATTESTATION_TOO_LARGE /* the blob, or what it unpacks to for the room */
};

/* What a result means, for a message. */
const char *attestation_strerror(enum attestation_result result);

/* Reads one. The spans point into `bytes` and into `room`, behind what is there. */
enum attestation_result attestation_read(struct attestation *a, struct span bytes, struct builder *room);

/*
 * Appends one of version 0 for TDX. `log` is the event log, JSON as json_read() has read it;
 * its runtime events of RTMR3 are the attestation's. False: the log is none, or has events that
 * version 0 cannot have (of version 2), or `report_data` is not 64 bytes, or it did not fit.
 */
bool attestation_write(struct builder *out, struct span quote, struct json_value log,
                       struct span report_data, struct span config);

#endif
