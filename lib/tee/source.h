/*
 * source: who makes a quote over 64 bytes of report data.
 *
 *   configfs   the kernel's report directory (configfs-tsm), which asks the host
 *   device     a TD report from the kernel's device, made a quote by the host's quote service
 *   agent      the guest agent or its simulator, over HTTP; its newer and its older interface
 *   sim        a directory of sim_quote: a quote under a test root
 *
 * In two steps, so that a process can give up its powers in between: source_open()
 * opens what is to be opened and says whether there is such a source here; source_quote()
 * asks it. Several may be opened and asked in turn.
 *
 * All of them are hostile: the quote service and what configfs hands on are the
 * host's, an agent may be anybody's. Lengths are bounded, answers are read under the
 * deadline, and no quote is given whose report data is other than what was asked for,
 * or of which configfs and the quote service have sent but a part. Whether a quote is
 * true is not looked at.
 */
#ifndef TEE_SOURCE_H
#define TEE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/addr.h"
#include "net/url.h"
#include "tee/qgs.h"
#include "tee/quote.h"
#include "tee/sim_quote.h"
#include "tls/fetch.h"

#define SOURCE_CONFIGFS_DIR "/sys/kernel/config/tsm/report"
#define SOURCE_DEVICE_PATH "/dev/tdx_guest"
#define SOURCE_QGS_CONF "/etc/tdx-attest.conf" /* has a line "port = N" */

enum source_kind { SOURCE_CONFIGFS, SOURCE_DEVICE, SOURCE_AGENT, SOURCE_SIM };

enum {
	SOURCE_BODY_MAX = 8 << 20, /* bytes of an agent's answer */
	SOURCE_WHY_MAX = 512
};

enum source_result {
	SOURCE_OK,
	SOURCE_ABSENT,   /* there is no such source on this machine */
	SOURCE_DENIED,   /* there is, and this process may not use it */
	SOURCE_TIMEOUT,
	SOURCE_REFUSED,  /* it says no */
	SOURCE_NONSENSE, /* what it says is no answer, or no quote */
	SOURCE_OTHER,    /* the quote is over other report data */
	SOURCE_SYSTEM    /* a system call or the connection failed */
};

/* What a result means in general. */
const char *source_strerror(enum source_result result);

/* Filled in by the caller up to `why`, the rest zero. */
struct source {
	enum source_kind kind;
	const char *path;       /* configfs: its directory; device: the device; sim: the directory */
	const struct qgs_place *service; /* device: the quote service; NULL: what SOURCE_QGS_CONF says */
	bool is_local;          /* agent: at `local`, a Unix socket; else at `url` */
	struct addr local;
	char url[URL_MAX + 1];  /* agent: http://host[:port], nothing behind it */
	struct fetch_setting fetch; /* agent: resolvers, hosts file; `via` is set here */

	char why[SOURCE_WHY_MAX]; /* after a failure: what failed, escaped, one line; maybe empty */
	int fd;                 /* configfs, sim: the directory; device: the service; else -1 */
	int device;             /* device: itself, from source_prepare() on; else -1 */
	unsigned char tdreport[QGS_REPORT_LEN];
	struct sim_quote sim;
};

/*
 * What came of it. Large, best static: what is not used of it is never touched.
 * The spans point into it, and are empty where the source has no such thing.
 */
struct source_answer {
	struct span quote;       /* raw, as the source gave it: what pads it included */
	struct span event_log;   /* text that should be JSON; like the rest here, not looked into */
	struct span vm_config;   /* likewise */
	struct span attestation; /* hexadecimal, lower case */

	unsigned char quote_room[QUOTE_MAX], body[SOURCE_BODY_MAX], text[SOURCE_BODY_MAX];
	max_align_t fetch_room[FETCH_ROOM / sizeof(max_align_t)];
};

/*
 * A source by its name: configfs[:directory], device[:path], agent:unix:path,
 * agent:http://host[:port], sim:directory. `s` is made zero but for what the name says;
 * `name`, which must be a C string's, is kept. False for anything else.
 */
bool source_parse(struct source *s, const char *name);

/*
 * An agent alone: unix:path, a path, or http://host[:port], as the variables of the
 * agent's clients have it.
 */
bool source_parse_agent(struct source *s, const char *endpoint);

/*
 * Appends the name of a source, escaped: for messages.
 */
void source_print(struct builder *out, const struct source *s);

/*
 * For a process that opens sources only when it is in its jail: a device that was opened in
 * there takes no ioctl(2) (Landlock, from Linux 6.10 on). It is then opened here, if it is there, and
 * stays open.
 */
void source_prepare(struct source *s);

/*
 * Opens it. For `device` the TD report is made here, over `report_data`, and the service
 * is connected to. For `agent` nothing is opened; a Unix socket must be there. On failure
 * nothing is open.
 */
enum source_result source_open(struct source *s,
                               const unsigned char report_data[QUOTE_REPORT_DATA_LEN],
                               int64_t deadline);

/* Asks for a quote, once, and closes the source, whatever comes of it. */
enum source_result source_quote(struct source *s,
                                const unsigned char report_data[QUOTE_REPORT_DATA_LEN],
                                struct source_answer *answer, int64_t deadline);

/*
 * Asks for an attestation (tee/attestation.h), likewise: `attestation` is all of it, `quote` the one
 * in it. An agent makes it itself; of what another source gives one of version 0 is made here. Where
 * that has no event log, or one that does not go into an attestation, there is none: SOURCE_ABSENT.
 */
enum source_result source_attest(struct source *s,
                                 const unsigned char report_data[QUOTE_REPORT_DATA_LEN],
                                 struct source_answer *answer, int64_t deadline);

/* Closes one that was opened and is not asked. */
void source_close(struct source *s);

/*
 * What a jail must promise for source_quote() and source_attest(). JAIL_READ and JAIL_WRITE are for `fd`, and for the
 * hosts file of an agent.
 */
unsigned int source_promises(const struct source *s);

#endif
