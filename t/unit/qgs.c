/* The quote generation service's messages, and a service that lies about every field. */
#include "tee/qgs.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "base/child.h"
#include "base/deadline.h"
#include "base/io.h"
#include "tap.h"

enum { QUOTE_LEN = 5000, HEAD = 16 + 8 };

static unsigned char report[QGS_REPORT_LEN], quote_bytes[QUOTE_MAX], room[QGS_MESSAGE_MAX];

/* What an answer says, in its order. */
struct says {
	uint16_t major, minor;
	uint32_t type, size, error, id_size, quote_size;
	size_t id, quote; /* how much is there */
};

static const struct says truth = { 1, 1, 1, HEAD + QUOTE_LEN, 0, 0, QUOTE_LEN, 0, QUOTE_LEN };

static void u32le(struct builder *b, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		builder_byte(b, (unsigned char)(value >> (8 * i)));
}

static struct span make(const struct says *s)
{
	static unsigned char bytes[2 * QGS_MESSAGE_MAX];
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	u32le(&b, s->major | (uint32_t)s->minor << 16);
	u32le(&b, s->type);
	u32le(&b, s->size);
	u32le(&b, s->error);
	u32le(&b, s->id_size);
	u32le(&b, s->quote_size);
	for (size_t i = 0; i < s->id; i++)
		builder_byte(&b, 'i');
	builder_add(&b, span_of(quote_bytes, s->quote));
	return builder_span(&b);
}

static enum qgs_result read_it(const struct says *s, struct span *quote)
{
	uint32_t error;

	return qgs_read_answer(make(s), quote, &error);
}

static void good_answers(void)
{
	static const size_t ids[] = { 0, 1, 16, QGS_ID_MAX }, quotes[] = { 1, QUOTE_LEN, QUOTE_MAX };
	struct span quote;

	for (size_t i = 0; i < 4; i++)
		for (size_t q = 0; q < 3; q++) {
			struct says s = truth;

			s.minor = i % 2;
			s.id = ids[i];
			s.id_size = (uint32_t)ids[i];
			s.quote = quotes[q];
			s.quote_size = (uint32_t)quotes[q];
			s.size = (uint32_t)(HEAD + ids[i] + quotes[q]);
			check(read_it(&s, &quote) == QGS_OK && span_eq(quote, span_of(quote_bytes, s.quote)),
			      "an id of %zu, a quote of %zu", ids[i], quotes[q]);
		}
}

static void lies(void)
{
	static const uint32_t sizes[] = { 0, 1, HEAD, HEAD + QUOTE_LEN - 1, HEAD + QUOTE_LEN + 1, 0x7fffffff,
		                          0x80000000, 0xffffffff };
	struct span quote;
	struct says s;

	for (uint32_t v = 0; v < 5; v++) {
		s = truth;
		s.major = (uint16_t)(v == 1 ? 0x100 : v);
		check(read_it(&s, &quote) == QGS_VERSION, "major version %u", s.major);
	}
	s = truth;
	s.minor = 2;
	check(read_it(&s, &quote) == QGS_VERSION, "minor version 2");
	for (uint32_t type = 0; type < 6; type++) {
		s = truth;
		s.type = type;
		check((read_it(&s, &quote) == QGS_OK) == (type == 1), "type %u", type);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		s = truth;
		s.size = sizes[i];
		check(read_it(&s, &quote) == QGS_SIZE, "a header that says %u bytes", sizes[i]);
		s = truth;
		s.quote_size = sizes[i];
		check(read_it(&s, &quote) == QGS_LENGTHS, "a quote that shall have %u bytes", sizes[i]);
		s = truth;
		s.id_size = sizes[i] == 0 ? 2 : sizes[i];
		check(read_it(&s, &quote) == QGS_LENGTHS, "an id that shall have %u bytes", s.id_size);
		/* Two that are wrong, with the right sum modulo 2^32. */
		s = truth;
		s.id_size = 0U - sizes[i];
		s.quote_size = QUOTE_LEN + sizes[i];
		check(sizes[i] == 0 || sizes[i] == UINT32_MAX || read_it(&s, &quote) == QGS_LENGTHS,
		      "the sum runs over: %u", sizes[i]);
	}
	s = truth;
	s.quote = s.quote_size = 0;
	s.size = HEAD;
	check(read_it(&s, &quote) == QGS_LENGTHS, "an empty quote");
	s = truth;
	s.id = s.id_size = QGS_ID_MAX + 1;
	s.size = HEAD + QGS_ID_MAX + 1 + QUOTE_LEN;
	check(read_it(&s, &quote) == QGS_LENGTHS, "an id that is too long");
}

static void errors(void)
{
	static const uint32_t numbers[] = { 1, 0x12001, 0x12007, 0xffffffff };
	struct says s = truth;
	uint32_t error;
	struct span quote;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		s.error = numbers[i];
		check(qgs_read_answer(make(&s), &quote, &error) == QGS_ERROR && error == numbers[i],
		      "error %x", numbers[i]);
	}
	s.size = 16;
	check(qgs_read_answer(span_head(make(&s), 16), &quote, &error) == QGS_ERROR && error == 0xffffffff,
	      "an error with nothing behind the header");
}

static void truncations(void)
{
	struct span all = make(&truth), quote;
	uint32_t error;
	bool refused = true;

	for (size_t n = 0; n < all.len; n++) {
		enum qgs_result r = qgs_read_answer(span_head(all, n), &quote, &error);

		refused = refused && r == (n < 16 ? QGS_LENGTH : QGS_SIZE);
	}
	check(refused, "cut at every byte");
	/* The same when the header says what there is. */
	for (size_t n = 16; n < all.len; n += n < 64 ? 1 : 97) {
		struct says s = truth;

		s.size = (uint32_t)n;
		refused = refused && qgs_read_answer(span_head(make(&s), n), &quote, &error) == QGS_LENGTHS;
	}
	check(refused, "cut, and the header knows");
}

/* A service of one answer, in a process of its own. */
struct service {
	uint32_t frame;    /* the length it says */
	struct span bytes; /* and what it sends, in pieces of `piece` */
	size_t piece;
	bool stays;        /* with nothing more to say, until the client goes */
};

static int serve(void *context, int fd)
{
	const struct service *s = context;
	unsigned char request[QGS_REQUEST_LEN], expected[QGS_REQUEST_LEN], head[4];
	int64_t deadline = deadline_in(10000);
	struct builder b;
	size_t len;

	builder_init(&b, expected, sizeof expected);
	qgs_write_request(&b, report);
	if (io_read_all(fd, request, sizeof request, deadline) != IO_OK || b.len != sizeof request ||
	    memcmp(request, expected, sizeof request) != 0)
		return 1;
	builder_init(&b, head, sizeof head);
	builder_u32be(&b, s->frame);
	if (io_write_all(fd, builder_span(&b), deadline) != IO_OK)
		return 0;
	for (size_t at = 0; at < s->bytes.len; at += s->piece)
		if (io_write_all(fd, span_head(span_from(s->bytes, at), s->piece), deadline) != IO_OK)
			return 0;
	if (s->stays)
		io_read(fd, head, 1, &len, deadline);
	return 0;
}

static enum qgs_result ask(struct service *s, int64_t ms, struct span *quote)
{
	enum qgs_result r;
	struct child child;
	uint32_t error;
	int status;

	if (!child_start(&child, serve, s))
		return QGS_SYSTEM;
	r = qgs_ask(child.fd, report, room, quote, &error, deadline_in(ms));
	child_end(&child, deadline_in(10000), &status);
	check(status == 0, "the request is what the service wants");
	return r;
}

static void conversations(void)
{
	static const uint32_t frames[] = { 0, 1, 15, QGS_MESSAGE_MAX + 1, 0x7fffffff, 0xffffffff };
	struct span all = make(&truth), quote;
	struct service s = { (uint32_t)all.len, all, 4096, true };

	check(ask(&s, 10000, &quote) == QGS_OK && span_eq(quote, span_of(quote_bytes, QUOTE_LEN)), "answered");
	s.piece = 7;
	check(ask(&s, 10000, &quote) == QGS_OK && span_eq(quote, span_of(quote_bytes, QUOTE_LEN)), "in drops");
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		s.frame = frames[i];
		check(ask(&s, 10000, &quote) == QGS_LENGTH, "a message that shall have %u bytes", frames[i]);
	}
	s.frame = (uint32_t)all.len + 1;
	check(ask(&s, 100, &quote) == QGS_TIMEOUT, "one byte more is waited for until the deadline");
	s.stays = false;
	check(ask(&s, 10000, &quote) == QGS_CLOSED, "or until the end");
	s.frame = (uint32_t)all.len - 1;
	check(ask(&s, 10000, &quote) == QGS_SIZE, "one byte fewer");
	s.bytes = span_of(NULL, 0);
	check(ask(&s, 10000, &quote) == QGS_CLOSED, "a length and no message");
	s.stays = true;
	check(ask(&s, 100, &quote) == QGS_TIMEOUT, "a length and silence");
}

static void places(void)
{
	static const char *const bad[] = { "", "vsock:", "vsock:2", "vsock:2:", "vsock:2:0", "vsock::4050",
		                           "vsock:2:4050:1", "vsock:2:-1", "vsock:4294967295:1", "unix:",
		                           "unix:relative", "unix:/a:660", "/run/qgs", "127.0.0.1:4050" };
	struct qgs_place place;

	check(qgs_place_parse(&place, span_str("vsock:2:4050")) && place.is_vsock && place.cid == 2 &&
	      place.port == 4050, "a vsock");
	check(qgs_place_parse(&place, span_str("unix:/run/qgs")) && !place.is_vsock, "a Unix socket");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!qgs_place_parse(&place, span_str(bad[i])), "no place: %s", bad[i]);
}

/* On a vsock of this machine, where the kernel has such. */
static void vsock(void)
{
	struct sockaddr_vm at = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL,
		                  .svm_port = VMADDR_PORT_ANY };
	struct qgs_place place = { .is_vsock = true, .cid = VMADDR_CID_LOCAL };
	socklen_t len = sizeof at;
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), connected;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
		check(true, "a vsock # skip this kernel has none for itself");
	} else {
		place.port = at.svm_port;
		check(qgs_connect(&place, deadline_in(10000), &connected), "a vsock");
		close(connected);
	}
	close(fd);
}

static void confs(void)
{
	static const struct {
		const char *text;
		uint32_t port; /* 0: none */
	} rows[] = {
		{ "port = 4050\n", 4050 },     { "port=4050", 4050 },
		{ "# port = 1\n\n  port\t=  4294967294 \r\nother = x\n", 4294967294U },
		{ "", 0 },                     { "#port = 4050\n", 0 },
		{ "port = \n", 0 },            { "port = 0\n", 0 },
		{ "port = 4050x\n", 0 },       { "port = 4050 # comment\n", 0 },
		{ "port = 4294967295\n", 0 },  { "port = 99999999999999999999\n", 0 },
		{ "port = 1\nport = 2\n", 0 }, { "ports = 4050\n", 0 },
		{ "port 4050\n", 0 },          { "port\n", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t port = 0;
		bool found = qgs_conf_port(span_str(rows[i].text), &port);

		check(found == (rows[i].port != 0) && (!found || port == rows[i].port), "the port in line %zu", i);
	}
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof report; i++)
		report[i] = (unsigned char)(i * 5 + i / 256);
	for (size_t i = 0; i < sizeof quote_bytes; i++)
		quote_bytes[i] = (unsigned char)(i * 3 + i / 256);
	good_answers();
	lies();
	errors();
	truncations();
	conversations();
	places();
	vsock();
	confs();
	return tap_end();
}
