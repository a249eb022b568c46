/*
 * rtmr: extends an RTMR of this VM, and writes down by what.
 *
 * Linux from 6.16 on has a file a register, rtmr0:sha384 and so on: 48 bytes written at its
 * beginning in one piece extend it. A guest may extend 2 and 3 alone.
 *
 * The log's order must be that of the extensions, or it never replays again. So the log is locked
 * (flock) over both, and who extends in another way has no such promise. The line is
 * written first, as that can fail (a full file system) and be taken back; no signal comes in
 * between. Only a process that is killed there leaves a line that was not measured.
 */
#ifndef TEE_RTMR_H
#define TEE_RTMR_H

#include <stdint.h>

#include "tee/eventlog.h"

#define RTMR_DIRECTORY "/sys/class/misc/tdx_guest/measurements" /* of the registers' files */
#define RTMR_LOG_PATH "/run/log/dstack/runtime_events.log" /* the agent's, of RTMR3's runtime events */

enum {
	RTMR_FIRST = 2, /* that a guest may extend */
	RTMR_LAST = 3
};

enum rtmr_result {
	RTMR_OK,
	RTMR_BUSY,     /* others had the log locked until the deadline */
	RTMR_LOG,      /* the log cannot be written: errno; nothing was measured */
	RTMR_REGISTER, /* the register cannot be extended: errno; the log is as it was */
	RTMR_TORN      /* the same, and the line could not be taken back: errno of that */
};

/* What a result means, for a message; errno says why, but for RTMR_BUSY. */
const char *rtmr_strerror(enum rtmr_result result);

/* The register's file in the directory `dir`, open for writing; -1: errno. */
int rtmr_open(int dir, unsigned int n);

/*
 * Extends the register that `fd` is by the event's digest, and appends its line
 * (eventlog_write_line()) to `log`, a regular file open for reading and appending; -1: to
 * none. Once begun it is done, whatever the deadline.
 */
enum rtmr_result rtmr_measure(int fd, int log, const struct event *e, int64_t deadline);

/*
 * Reads such a log, a regular file open for reading, while nobody is between its line and the
 * extension: each line that is there was measured. RTMR_BUSY; RTMR_LOG: errno, EFBIG when it is
 * longer than `cap`.
 */
enum rtmr_result rtmr_read_log(int log, void *buf, size_t cap, size_t *len, int64_t deadline);

#endif
