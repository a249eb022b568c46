/*
 * qgs: the client's side of the host's quote generation service.
 *
 * A message is its length (32 bits, big endian) and that many bytes: a header of
 * 16, {u16 major, u16 minor, u32 type, u32 size, u32 error}, little endian, and what
 * goes with the type. We ask with {u32 report size, u32 size of a list of ids, TD report,
 * list}; the answer has {u32 size of the selected id, u32 size of the quote, id, quote}.
 *
 * Whoever answers is the adversary: every length is bounded before it is used, all of them
 * must fit exactly, and the whole must come before the deadline.
 */
#ifndef TEE_QGS_H
#define TEE_QGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/addr.h"
#include "tee/quote.h"

enum {
	QGS_REPORT_LEN = 1024,    /* bytes of a TD report */
	QGS_REQUEST_LEN = 4 + 16 + 8 + QGS_REPORT_LEN,
	QGS_ID_MAX = 1024,        /* of the selected id, which nobody needs */
	QGS_MESSAGE_MAX = 16 + 8 + QGS_ID_MAX + QUOTE_MAX, /* of an answer, without its length */
	QGS_HOST_CID = 2          /* the host's address */
};

/* Where a service listens. */
struct qgs_place {
	bool is_vsock;
	uint32_t cid, port; /* of a vsock */
	struct addr local;  /* else: a Unix socket */
};

enum qgs_result {
	QGS_OK,
	QGS_CLOSED,    /* the connection ended before the answer did */
	QGS_TIMEOUT,
	QGS_LENGTH,    /* the message is shorter than a header, or longer than QGS_MESSAGE_MAX */
	QGS_VERSION,   /* not 1.0 or 1.1 */
	QGS_TYPE,      /* not the answer to what was asked */
	QGS_SIZE,      /* the header's size is not the message's */
	QGS_ERROR,     /* the service says no: the error's number */
	QGS_LENGTHS,   /* those inside do not fit exactly, or the quote is empty or too long */
	QGS_SYSTEM     /* errno */
};

/* What a result means, for a message. */
const char *qgs_strerror(enum qgs_result result);

/* vsock:cid:port, or unix:path. */
bool qgs_place_parse(struct qgs_place *place, struct span text);

/* A port from the text of tdx-attest.conf: its line "port = N". False when there is none. */
bool qgs_conf_port(struct span text, uint32_t *port);

/* Connects. False: errno, ETIMEDOUT at the deadline. */
bool qgs_connect(const struct qgs_place *place, int64_t deadline, int *fd);

/* Appends the message that asks for a quote. */
void qgs_write_request(struct builder *out, const unsigned char report[QGS_REPORT_LEN]);

/* Reads an answer without its length. `*error` is the number of QGS_ERROR. */
enum qgs_result qgs_read_answer(struct span message, struct span *quote, uint32_t *error);

/*
 * Asks at a connected socket, and gives the quote, which is in `room` (QGS_MESSAGE_MAX
 * bytes).
 */
enum qgs_result qgs_ask(int fd, const unsigned char report[QGS_REPORT_LEN], unsigned char *room,
                        struct span *quote, uint32_t *error, int64_t deadline);

#endif
