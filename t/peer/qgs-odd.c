/*
 * qgs-odd: a quote generation service on descriptor 0, a listening socket, that can lie.
 *
 *   qgs-odd [field=number]...
 *
 * Without arguments it answers as the service does: a quote, signed by nobody, over the report data
 * of the TD report that it is given. A field sets what the answer says of itself, whatever
 * it is: frame (the length before the message), major, minor, type, size, error, id (size
 * of the selected id), quote (size of the quote). Others do something else:
 *
 *   cut=n     only the first n bytes, then the end
 *   silent=1  no answer, and no end
 *   drip=ms   a byte in so many milliseconds
 *   data=1    the quote is over other report data
 *   body=n    only the first n bytes of the quote, all lengths fitting
 *
 * Whoever asks in another way than the specification has it gets no answer, but the end.
 */
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../unit/quote_make.h"
#include "base/deadline.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/reader.h"

enum {
	REQUEST_LEN = 4 + 16 + 8 + 1024, REPORT_DATA_AT = 4 + 16 + 8 + 128, QUOTE_DATA_AT = 568,
	LIMIT_MS = 60000
};

enum lie { FRAME, MAJOR, MINOR, TYPE, SIZE, ERROR, ID, QUOTE, CUT, SILENT, DRIP, DATA, BODY, LIES };
static const char *const lie_name[] = { "frame", "major", "minor", "type",   "size", "error", "id",
	                                "quote", "cut",   "silent", "drip", "data",  "body" };
static uint64_t lie[LIES];
static bool told[LIES];

static uint32_t field(enum lie l, size_t truth)
{
	return told[l] ? (uint32_t)lie[l] : (uint32_t)truth;
}

static void add_lie(const char *text)
{
	struct span name = span_head(span_str(text), span_find(span_str(text), '='));

	for (size_t i = 0; i < LIES; i++)
		if (name.len < strlen(text) && span_is(name, lie_name[i])) {
			told[i] = true;
			lie[i] = prog_number(lie_name[i], text + name.len + 1, 0, UINT32_MAX);
			return;
		}
	prog_usage();
}

static bool good_request(const unsigned char *request)
{
	struct reader r;

	reader_init(&r, span_of(request, REQUEST_LEN));
	return reader_u32be(&r) == REQUEST_LEN - 4 && reader_u16le(&r) == 1 && reader_u16le(&r) == 1 &&
	       reader_u32le(&r) == 0 && reader_u32le(&r) == REQUEST_LEN - 4 && reader_u32le(&r) == 0 &&
	       reader_u32le(&r) == 1024 && reader_u32le(&r) == 0;
}

static void write_answer(struct builder *out, const unsigned char *request)
{
	static unsigned char room[QUOTE_MAX];
	struct quote_plan plan = { .version = 4, .tee = QUOTE_TEE_TDX, .body_len = QUOTE_TD10_LEN,
		                   .auth_len = 32, .cert_type = QUOTE_CERT_CHAIN, .cert_len = 3000 };
	struct builder quote;
	size_t len;

	builder_init(&quote, room, sizeof room);
	quote_make(&quote, &plan);
	memcpy(room + QUOTE_DATA_AT, request + REPORT_DATA_AT, QUOTE_REPORT_DATA_LEN);
	if (told[DATA])
		room[QUOTE_DATA_AT] ^= 1;
	len = told[BODY] && lie[BODY] < quote.len ? lie[BODY] : quote.len;
	builder_u32be(out, field(FRAME, 16 + 8 + len));
	quote_u16(out, (uint16_t)field(MAJOR, 1));
	quote_u16(out, (uint16_t)field(MINOR, 1));
	quote_u32(out, field(TYPE, 1));
	quote_u32(out, field(SIZE, 16 + 8 + len));
	quote_u32(out, field(ERROR, 0));
	quote_u32(out, field(ID, 0));
	quote_u32(out, field(QUOTE, len));
	builder_add(out, span_of(room, len));
}

static void send_slowly(int fd, struct span bytes)
{
	struct timespec pause = { (time_t)(lie[DRIP] / 1000), (long)(lie[DRIP] % 1000 * 1000000) };

	for (size_t i = 0; i < bytes.len; i++) {
		if (io_write_all(fd, span_of(bytes.p + i, 1), deadline_in(LIMIT_MS)) != IO_OK)
			return;
		nanosleep(&pause, NULL);
	}
}

static void serve(int fd)
{
	static unsigned char request[REQUEST_LEN], room[2 * QUOTE_MAX];
	int64_t deadline = deadline_in(LIMIT_MS);
	struct builder out;
	struct span bytes;
	size_t len;

	if (io_read_all(fd, request, sizeof request, deadline) != IO_OK || !good_request(request))
		return;
	builder_init(&out, room, sizeof room);
	write_answer(&out, request);
	bytes = span_head(builder_span(&out), told[CUT] ? lie[CUT] : SIZE_MAX);
	if (told[SILENT])
		io_read(fd, request, 1, &len, deadline);
	else if (told[DRIP])
		send_slowly(fd, bytes);
	else
		io_write_all(fd, bytes, deadline);
}

int main(int argc, char **argv)
{
	prog_init("qgs-odd", "[field=number] ...");
	for (int i = 1; i < argc; i++)
		add_lie(argv[i]);
	for (;;) {
		int fd = accept(0, NULL, NULL);

		if (fd < 0)
			prog_temp("accept: %s", strerror(errno));
		serve(fd);
		close(fd);
	}
}
