/*
 * eventlog: what was measured into a TD's RTMRs, and whether it leads there.
 *
 * Two forms. JSON, dstack's: an array of events {imr, event_type, digest,
 * event, event_payload[, version][, preimage]}, imr counted from 0. Runtime
 * events (type 0x08000001) have a digest that is computed here from name and
 * payload, in version 1 or 2; one that is said and differs is an error. Of
 * other events the digest alone is measured: their names and payloads prove
 * nothing, and newer agents leave the payload out. A preimage that is said must
 * lead to the digest that is measured. CCEL, the firmware's (TCG PC Client
 * Platform Firmware Profile, crypto-agile, and the UEFI specification's
 * confidential computing chapter), binary, whose index 1 is RTMR0 and whose
 * index 0, MRTD, is not replayed.
 *
 * Nothing is padded, guessed or passed over but EV_NO_ACTION, which is not
 * measured: a register that does not exist, or a digest of another length, is an
 * error, because an event that a tool ignores is one that somebody else believes.
 *
 * A log is hostile until its replay equals the RTMRs of a quote that was verified.
 */
#ifndef TEE_EVENTLOG_H
#define TEE_EVENTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "tee/quote.h"

enum {
	EVENTLOG_MAX = 4 << 20,       /* bytes of a log */
	EVENTLOG_EVENTS = 16384,      /* events of a log */
	EVENTLOG_NAME_MAX = 256,      /* bytes of a runtime event's name */
	EVENTLOG_PAYLOAD_MAX = 65536, /* and of its payload */
	EVENTLOG_RUNTIME = 0x08000001, /* type of runtime events */
	EVENTLOG_NO_ACTION = 3        /* EV_NO_ACTION: not measured */
};

/* One event as it was read. */
struct event {
	uint32_t imr;         /* 0-3: RTMR */
	uint32_t type;
	int version;          /* of a runtime event: 1 or 2; else 0 */
	bool runtime;         /* name and payload are authenticated by the digest */
	unsigned char digest[QUOTE_MEASUREMENT_LEN]; /* what is extended */
	struct span name;     /* UTF-8; empty for CCEL */
	struct span payload;  /* bytes; unless `runtime`, anybody's */
};

struct replay {
	unsigned char rtmr[QUOTE_RTMRS][QUOTE_MEASUREMENT_LEN];
	size_t events;        /* that were extended */
	size_t skipped;       /* that are not: EV_NO_ACTION, and those of MRTD */
};

enum eventlog_result {
	EVENTLOG_OK,
	EVENTLOG_SYNTAX,     /* no JSON, or no array of events; no CCEL */
	EVENTLOG_SHORT,      /* CCEL: ends within a record */
	EVENTLOG_TOO_LARGE,  /* a limit above */
	EVENTLOG_FIELD,      /* a member is missing, of the wrong type or out of bounds */
	EVENTLOG_IMR,        /* there is no such register */
	EVENTLOG_DIGEST_SIZE, /* a digest that is not 48 bytes, and may not be left out */
	EVENTLOG_DIGEST      /* a runtime event's digest is not that of its name and payload */
};
const char *eventlog_strerror(enum eventlog_result result);

/*
 * Called with each event that was extended, in order; spans are valid during the call alone.
 * False stops: the result is then EVENTLOG_OK.
 */
typedef bool (*event_fn)(void *context, const struct event *event);

/*
 * Replays a JSON log that json_read() has read (`log`: the array). `*at` is the index of the
 * event that a result other than EVENTLOG_OK is about. `each` may be NULL. Names and payloads
 * are unpacked into static storage: one log at a time.
 */
enum eventlog_result eventlog_json(struct json_value log, struct replay *replay, event_fn each,
                                   void *context, size_t *at);

/*
 * The same for a CCEL log (/sys/firmware/acpi/tables/data/CCEL). It ends at the index 0xffffffff,
 * or where nothing but zeros or bytes 0xff follow.
 */
enum eventlog_result eventlog_ccel(struct span log, struct replay *replay, event_fn each,
                                   void *context, size_t *at);

/*
 * Extends a replay, of a CCEL log for instance, by runtime events as the guest keeps them in a
 * file: a line each, an object {event, payload[, version]} with the payload in base64, or one
 * of a JSON log's events; empty lines are passed over. `*at` is then the index of the line.
 */
enum eventlog_result eventlog_lines(struct span text, struct replay *replay, event_fn each,
                                    void *context, size_t *at);

/*
 * Appends such a line with its newline: the first form for a runtime event of RTMR3, of the
 * agent's own file; the second for anything else.
 */
void eventlog_write_line(struct builder *out, const struct event *e);

/*
 * Appends an event as JSON logs have it. The digest is the one that is said, maybe none at all.
 */
void eventlog_write_event(struct builder *out, const struct event *e, struct span digest);

/* One register's step: mr = SHA-384(mr || digest). */
void rtmr_extend(unsigned char rtmr[QUOTE_MEASUREMENT_LEN],
                 const unsigned char digest[QUOTE_MEASUREMENT_LEN]);

/*
 * The digest of a runtime event: of version 1 over the type, little endian, ":" name ":" payload;
 * of version 2 over the JSON {"name":...,"payload":(hexadecimal),"type":...} in canonical form
 * (RFC 8785).
 */
void runtime_event_digest(int version, struct span name, struct span payload,
                          unsigned char digest[QUOTE_MEASUREMENT_LEN]);

/* Which registers of a quote's body equal the replay's: bit i for RTMRi; 15: all. */
unsigned int replay_compare(const struct replay *replay, const struct quote_td *td);

#endif
