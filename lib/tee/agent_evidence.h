/*
 * agent_evidence: a quote over report data with the event log that leads to it, and what the two
 * say the app is.
 *
 * Identity is what was measured into RTMR3 by name, up to the event "system-ready": what
 * comes after it, the app can write itself. Of a log that does not lead to the quote
 * nothing is believed.
 */
#ifndef TEE_AGENT_EVIDENCE_H
#define TEE_AGENT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "tee/boot.h"
#include "tee/eventlog.h"
#include "tee/quote.h"
#include "tee/source.h"

enum {
	AGENT_SOURCES = 4,
	AGENT_LOG_TOKENS = 16 * EVENTLOG_EVENTS,
	AGENT_HASH_LEN = 32,
	AGENT_APP_INFO_MAX = 4096 /* bytes of agent_app_info() */
};

/* The file of a VM's runtime events, open for reading, and what was read of it. */
struct agent_lines {
	int fd;
	size_t len;
	unsigned char room[EVENTLOG_MAX];
};

/* Where quotes come from: filled in by the caller up to `answer`, the rest zero. Static. */
struct agent_evidence {
	int dir;                        /* the agent's directory */
	struct span ccel;               /* of a VM: the firmware's log */
	struct agent_lines *lines;      /* and the runtime events'; NULL: there is none */
	struct source sources[AGENT_SOURCES]; /* asked in this order */
	size_t n_sources;

	struct source_answer answer;    /* its spans, and the log's where the source has none: */
	struct span event_log;          /* text of JSON, an array */
	struct quote quote;             /* its body, at least, is read */
	struct span whole;              /* the quote without what pads it, as far as that shows */
	struct json log;
	struct replay replay;
	bool agrees;                    /* all four RTMRs are the log's */

	/* Identity: bytes, empty where nothing was measured under that name. */
	struct span app_id, compose_hash, instance_id, key_provider, os_image_hash;

	char why[SOURCE_WHY_MAX + 64];  /* after a failure, for the caller */
	struct boot boot;
	bool is_simulated;              /* the source that was asked last */
	struct builder text;
	unsigned char text_room[8 * EVENTLOG_PAYLOAD_MAX];
	unsigned char log_room[EVENTLOG_MAX];
	struct json_token tokens[AGENT_LOG_TOKENS];
};

/* Asks one source after the other until one answers. False: `why`. */
bool agent_evidence_take(struct agent_evidence *e,
                         const unsigned char report_data[QUOTE_REPORT_DATA_LEN], int64_t deadline);

/* Reads eventlog.json and the identity in it, and asks nobody: `quote` is not touched. */
bool agent_evidence_log(struct agent_evidence *e);

/*
 * SHA-256 over MRTD, RTMR0 to 3, and over MRCONFIGID, MROWNER and MROWNERCONFIG when one of them is
 * not zero: what dstack knows a whole VM by.
 */
void agent_aggregated(const struct quote_td *td, unsigned char digest[AGENT_HASH_LEN]);

/*
 * What dstack puts into certificates as app info: an array of MessagePack, of app id, compose hash,
 * instance id, device id, the machine's measurement and the VM's, the hash of the OS image, the
 * key provider, and those of init scripts (none).
 */
void agent_app_info(struct builder *out, const struct agent_evidence *e, struct span os_image_hash);

/* The device's id while nobody has looked who it is: SHA-256 of nothing. */
void agent_device_id(unsigned char digest[AGENT_HASH_LEN]);

#endif
