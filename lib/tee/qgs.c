/* The quote generation service, asked. */
#include "tee/qgs.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/io.h"
#include "base/reader.h"
#include "net/sock.h"

enum { HEADER_LEN = 16, MAJOR = 1, MINOR = 1, GET_QUOTE = 0, QUOTE_ANSWER = 1 };

const char *qgs_strerror(enum qgs_result result)
{
	switch (result) {
	case QGS_OK:
		return "good";
	case QGS_CLOSED:
		return "closed the connection before its answer was whole";
	case QGS_TIMEOUT:
		return "no whole answer in time";
	case QGS_LENGTH:
		return "a message of a length that no answer has";
	case QGS_VERSION:
		return "a message of another version";
	case QGS_TYPE:
		return "a message of another type";
	case QGS_SIZE:
		return "a message whose header says another size";
	case QGS_ERROR:
		return "refused";
	case QGS_LENGTHS:
		return "an answer whose lengths do not fit";
	case QGS_SYSTEM:
		return strerror(errno);
	}
	return "unknown";
}

bool qgs_place_parse(struct qgs_place *place, struct span text)
{
	struct span rest, cid;
	uint64_t number[2];

	*place = (struct qgs_place){ .is_vsock = span_starts(text, "vsock:") };
	if (!place->is_vsock)
		return span_starts(text, "unix:") && addr_parse(&place->local, text) &&
		       place->local.mode < 0;
	rest = span_from(text, 6);
	if (!span_split(&rest, ':', &cid) || !span_number(cid, UINT32_MAX - 1, &number[0]) ||
	    !span_number(rest, UINT32_MAX - 1, &number[1]) || number[1] == 0)
		return false;
	place->cid = (uint32_t)number[0];
	place->port = (uint32_t)number[1];
	return true;
}

bool qgs_conf_port(struct span text, uint32_t *port)
{
	struct span rest = text, line;
	bool found = false;

	while (span_split(&rest, '\n', &line)) {
		struct span name = span_trim(span_head(line, span_find(line, '=')));
		struct span value = span_from(line, span_find(line, '=') + 1);
		uint64_t number;

		value.len -= value.len > 0 && value.p[value.len - 1] == '\r';
		if (!span_is(name, "port"))
			continue;
		if (found || !span_number(span_trim(value), UINT32_MAX - 1, &number) || number == 0)
			return false;
		found = true;
		*port = (uint32_t)number;
	}
	return found;
}

/* Waits for what a non-blocking connect(2) began. */
static bool connected(int fd, int64_t deadline)
{
	enum io_result r = io_wait(fd, POLLOUT, deadline);
	socklen_t len = sizeof errno;
	int error = 0;

	if (r == IO_OK && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
		return true;
	errno = r == IO_TIMEOUT ? ETIMEDOUT : error ? error : errno;
	return false;
}

static bool connect_vsock(const struct qgs_place *place, int64_t deadline, int *fd)
{
	struct sockaddr_vm to = { .svm_family = AF_VSOCK, .svm_cid = place->cid,
		                  .svm_port = place->port };
	int error;

	*fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return false;
	if (connect(*fd, (struct sockaddr *)&to, sizeof to) == 0 ||
	    (errno == EINPROGRESS && connected(*fd, deadline)))
		return true;
	error = errno;
	close(*fd);
	errno = error;
	return false;
}

bool qgs_connect(const struct qgs_place *place, int64_t deadline, int *fd)
{
	enum sock_result r;

	if (place->is_vsock)
		return connect_vsock(place, deadline, fd);
	r = sock_connect(&place->local, 1, 0, deadline, fd);
	if (r == SOCK_TIMEOUT)
		errno = ETIMEDOUT;
	return r == SOCK_DONE;
}

static void write_u16le(struct builder *out, unsigned int value)
{
	builder_byte(out, (unsigned char)value);
	builder_byte(out, (unsigned char)(value >> 8));
}

static void write_u32le(struct builder *out, uint32_t value)
{
	write_u16le(out, value & 0xffff);
	write_u16le(out, value >> 16);
}

void qgs_write_request(struct builder *out, const unsigned char report[QGS_REPORT_LEN])
{
	builder_u32be(out, QGS_REQUEST_LEN - 4);
	write_u16le(out, MAJOR);
	write_u16le(out, MINOR);
	write_u32le(out, GET_QUOTE);
	write_u32le(out, QGS_REQUEST_LEN - 4);
	write_u32le(out, 0);
	write_u32le(out, QGS_REPORT_LEN);
	write_u32le(out, 0);
	builder_add(out, span_of(report, QGS_REPORT_LEN));
}

enum qgs_result qgs_read_answer(struct span message, struct span *quote, uint32_t *error)
{
	uint32_t type, size, id_size, quote_size;
	uint16_t major, minor;
	struct reader r;

	reader_init(&r, message);
	major = reader_u16le(&r);
	minor = reader_u16le(&r);
	type = reader_u32le(&r);
	size = reader_u32le(&r);
	*error = reader_u32le(&r);
	if (!reader_ok(&r) || message.len > QGS_MESSAGE_MAX)
		return QGS_LENGTH;
	if (major != MAJOR || minor > MINOR)
		return QGS_VERSION;
	if (type != QUOTE_ANSWER)
		return QGS_TYPE;
	if (size != message.len)
		return QGS_SIZE;
	if (*error != 0)
		return QGS_ERROR;
	id_size = reader_u32le(&r);
	quote_size = reader_u32le(&r);
	if (id_size > QGS_ID_MAX || quote_size == 0 || quote_size > QUOTE_MAX)
		return QGS_LENGTHS;
	reader_bytes(&r, id_size);
	*quote = reader_bytes(&r, quote_size);
	return reader_done(&r) ? QGS_OK : QGS_LENGTHS;
}

static enum qgs_result of_io(enum io_result r)
{
	if (r == IO_ERROR && (errno == EPIPE || errno == ECONNRESET))
		return QGS_CLOSED;
	return r == IO_OK ? QGS_OK : r == IO_TIMEOUT ? QGS_TIMEOUT : r == IO_END ? QGS_CLOSED : QGS_SYSTEM;
}

enum qgs_result qgs_ask(int fd, const unsigned char report[QGS_REPORT_LEN], unsigned char *room,
                        struct span *quote, uint32_t *error, int64_t deadline)
{
	unsigned char request[QGS_REQUEST_LEN], head[4];
	struct builder b;
	struct reader r;
	enum io_result io;
	uint32_t len;

	builder_init(&b, request, sizeof request);
	qgs_write_request(&b, report);
	io = io_write_all(fd, builder_span(&b), deadline);
	if (io == IO_OK)
		io = io_read_all(fd, head, sizeof head, deadline);
	if (io != IO_OK)
		return of_io(io);
	reader_init(&r, span_of(head, sizeof head));
	len = reader_u32be(&r);
	if (len < HEADER_LEN || len > QGS_MESSAGE_MAX)
		return QGS_LENGTH;
	io = io_read_all(fd, room, len, deadline);
	return io == IO_OK ? qgs_read_answer(span_of(room, len), quote, error) : of_io(io);
}
