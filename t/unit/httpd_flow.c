/*
 * Streamed requests and answers as a machine: an application that sends a request's
 * body back as it comes. Each case is run whole and cut in every place, and must say the
 * same; and with an application that takes a few bytes at a time.
 */
#include "net/httpd.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "tap.h"

static unsigned char out_text[8 * STREAM_OUT_MIN];
static struct builder out;
static int cancelled, woken;

/* What is between `take` and `give`. */
static struct echo {
	unsigned char text[4096];
	size_t len, given;
	size_t grain;      /* taken at a time, and never more than this waits; 0: no limit */
	bool over, begun, late, late_seen;
	bool whole;        /* the answer has a length, so it begins at the body's end */
	bool patient;      /* nothing is given before the body's end */
	bool short_of;     /* it promises a byte too much */
	bool small;        /* a small reply instead */
	int status;
} echo;

static bool answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	size_t grain = echo.grain;

	if (span_is(request->path, "/plain")) {
		reply->status = 200;
		reply->body = span_str("plain");
		return true;
	}
	echo = (struct echo){ .grain = grain, .status = 200 };
	echo.whole = span_starts(request->path, "/whole");
	echo.patient = echo.whole || span_starts(request->path, "/patient");
	echo.short_of = span_starts(request->path, "/whole/short");
	echo.small = span_starts(request->path, "/small");
	if (span_starts(request->path, "/204"))
		echo.status = 204;
	h->by = 60000;
	h->go_ahead = !span_starts(request->path, "/small");
	h->waiting = &echo;
	reply->streamed = true;
	return true;
}

static size_t take(struct httpd *h, struct span data, bool last)
{
	(void)h;
	if (last) {
		echo.over = true;
		return 0;
	}
	if (echo.grain > 0) {
		size_t held = echo.patient ? 0 : echo.len - echo.given;

		data = span_head(data, held < echo.grain ? echo.grain - held : 0);
	}
	if (data.len > sizeof echo.text - echo.len)
		abort();
	memcpy(echo.text + echo.len, data.p, data.len);
	echo.len += data.len;
	return data.len;
}

static enum httpd_progress over(struct httpd *h, enum httpd_progress p)
{
	h->waiting = NULL;
	return p;
}

static enum httpd_progress give(struct httpd *h, struct builder *b)
{
	uint64_t length = echo.len + echo.short_of;

	if (echo.small || echo.late) {
		struct httpd_reply reply = { .status = echo.late ? 504 : 404, .body = span_str("no\n") };

		return over(h, httpd_reply(h, b, &reply));
	}
	if (echo.patient && !echo.over)
		return HTTPD_PENDING;
	if (!httpd_begun(h)) {
		httpd_begin(h, b, echo.status, echo.whole ? &length : NULL);
		builder_str(b, "\r\n");
	}
	if (echo.given < echo.len)
		httpd_body(h, b, span_of(echo.text + echo.given, echo.len - echo.given));
	echo.given = echo.len;
	if (!echo.over)
		return HTTPD_PENDING;
	return over(h, httpd_end(h, b));
}

static void late(struct httpd *h)
{
	h->by = DEADLINE_NEVER;
	echo.late = true;
}

static void cancel(struct httpd *h)
{
	cancelled += h->waiting == &echo;
}

static void wake(struct stream *s)
{
	(void)s;
	woken++;
}

static struct httpd_app app = { .answer = answer, .cancel = cancel, .take = take, .give = give, .late = late };

static void begin(struct httpd *h)
{
	*h = (struct httpd){ .stream = { .kind = &httpd_kind, .wake = wake } };
	cancelled = 0;
	httpd_kind.start(&h->stream, &app, 0);
	builder_init(&out, out_text, sizeof out_text);
}

/* Steps until nothing moves, as a connection does, which reads no more for one that waits. */
static size_t feed(struct httpd *h, struct span in, bool ended)
{
	size_t used = 0;

	for (;;) {
		size_t before = out.len;
		size_t n = httpd_kind.step(&h->stream, span_from(in, used), ended, &out, 0);

		used += n;
		if (n == 0 && out.len == before)
			return used;
	}
}

/* The output without Date fields; chunks are joined, for where they were cut does not matter. */
static const char *said(void)
{
	static char text[sizeof out_text + 1];
	struct span rest = builder_span(&out);
	size_t n = 0;

	while (rest.len > 0) {
		size_t len = span_find(rest, '\n');
		struct span line = span_head(rest, len + 1);
		unsigned long size = 0;
		size_t digits = 0;

		rest = span_from(rest, line.len);
		if (span_starts(line, "Date: "))
			continue;
		while (digits < line.len && memchr("0123456789abcdef", line.p[digits], 16))
			size = size * 16 + (unsigned long)(memchr("0123456789", line.p[digits], 10) ? line.p[digits] - '0'
			                                                                           : line.p[digits] - 'a' + 10),
			digits++;
		if (digits > 0 && digits + 2 == line.len && line.p[digits] == '\r' && size <= rest.len) {
			memcpy(text + n, rest.p, size);
			n += size;
			rest = span_from(rest, size + 2);
			if (size == 0)
				text[n++] = '$';
			continue;
		}
		memcpy(text + n, line.p, line.len);
		n += line.len;
	}
	text[n] = 0;
	return text;
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
#define PLAIN "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain"
#define GET_PLAIN "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"
#define SMALL(status, more) "HTTP/1.1 " status "\r\nContent-Length: 3\r\n" \
	"Content-Type: text/plain; charset=utf-8\r\n" more "\r\nno\n"

static const struct {
	const char *what, *in, *out;
	enum stream_want want;
	bool cancels;
} cases[] = {
	{ "no body", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", CHUNKED "\r\n$", STREAM_READ, false },
	{ "a body of known length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", CHUNKED "\r\nhello$",
	  STREAM_READ, false },
	{ "a body in chunks", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	  "2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nT: x\r\n\r\n", CHUNKED "\r\nhello$", STREAM_READ, false },
	{ "requests behind it are answered in order",
	  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" GET_PLAIN
	  "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET_PLAIN,
	  CHUNKED "\r\nhello$" PLAIN CHUNKED "\r\nx$" PLAIN, STREAM_READ, false },
	{ "a body that looks like a request is none",
	  "POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 32\r\n\r\n" GET_PLAIN, CHUNKED "\r\n" GET_PLAIN "$",
	  STREAM_READ, false },
	{ "an answer of known length", "POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" GET_PLAIN,
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" PLAIN, STREAM_READ, false },
	{ "one that is too short ends the connection",
	  "POST /whole/short HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" GET_PLAIN,
	  "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", STREAM_CLOSE, false },
	{ "HTTP/1.0 gets no chunks", "POST /patient HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
	  "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", STREAM_CLOSE, false },
	{ "but may stay with a length", "POST /whole HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello" GET_PLAIN,
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello" PLAIN, STREAM_READ, false },
	{ "HEAD has no body", "HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" GET_PLAIN,
	  "HTTP/1.1 200 OK\r\n\r\n" PLAIN, STREAM_READ, false },
	{ "HEAD of one with a length says it", "HEAD /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" GET_PLAIN,
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" PLAIN, STREAM_READ, false },
	{ "204 has no body and no length", "POST /204 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" GET_PLAIN,
	  "HTTP/1.1 204 No Content\r\n\r\n" PLAIN, STREAM_READ, false },
	{ "Connection: close is said", "POST /patient HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
	  CHUNKED "Connection: close\r\n\r\nx$", STREAM_CLOSE, false },
	{ "a broken chunk is 400 while nothing was said",
	  "POST /patient HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n" GET_PLAIN,
	  "HTTP/1.1 400 Bad Request\r\nContent-Length: 12\r\nContent-Type: text/plain; charset=utf-8\r\n"
	  "Connection: close\r\n\r\nBad Request\n", STREAM_LINGER, true },
	{ "who expects 100 gets it", "POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
	  "HTTP/1.1 100 Continue\r\n\r\n", STREAM_READ, false },
	{ "or a refusal, which ends it",
	  "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
	  SMALL("404 Not Found", "Connection: close\r\n"), STREAM_LINGER, false },
	{ "a small reply passes over the body", "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nxx" GET_PLAIN,
	  SMALL("404 Not Found", "") PLAIN, STREAM_READ, false },
	{ "one in chunks too",
	  "POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n" GET_PLAIN,
	  SMALL("404 Not Found", "") PLAIN, STREAM_READ, false },
	{ "but none that is too long", "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\nxx",
	  SMALL("404 Not Found", "Connection: close\r\n"), STREAM_LINGER, false },
};

/* In two pieces; what the first left unused comes again. */
static bool same_when_cut(size_t i, size_t at, size_t grain)
{
	struct span in = span_str(cases[i].in);
	struct httpd h;
	size_t used;

	begin(&h);
	echo.grain = grain;
	used = feed(&h, span_head(in, at), false);
	feed(&h, span_from(in, used), false);
	return strcmp(said(), cases[i].out) == 0 && h.stream.want == cases[i].want && (cancelled > 0) == cases[i].cancels;
}

static void test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].in), bad = 0, bad_grain = 0;

		if (!check(same_when_cut(i, len, 0), "%s", cases[i].what))
			printf("# got %s\n", said());
		for (size_t at = 0; at <= len; at++) {
			bad += !same_when_cut(i, at, 0);
			bad_grain += !same_when_cut(i, at, 3);
		}
		check(bad == 0, "%s: the same wherever it is cut", cases[i].what);
		check(bad_grain == 0, "%s: and with an application that takes little", cases[i].what);
	}
	echo.grain = 0;
}

static void test_ends(void)
{
	struct httpd h;

	begin(&h);
	feed(&h, span_str("POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel"), true);
	check(out.len == 0 && h.stream.want == STREAM_CLOSE && cancelled == 1, "half a body and the end: nobody works on");
	begin(&h);
	feed(&h, span_str("POST /patient HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n"), true);
	check(out.len == 0 && h.stream.want == STREAM_CLOSE && cancelled == 1, "the same in chunks");
	begin(&h);
	feed(&h, span_str("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"), true);
	check(strcmp(said(), CHUNKED "\r\nhello$") == 0 && h.stream.want == STREAM_CLOSE, "a whole body and the end is answered");
	begin(&h);
	feed(&h, span_str("POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nh"), false);
	httpd_kind.gone(&h.stream);
	check(cancelled == 1 && h.stream.engaged, "a connection that breaks is told to the application");
	begin(&h);
	feed(&h, span_str("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"), false);
	check(cancelled == 0 && out.len > 0, "an answer has begun");
	feed(&h, span_str("zz\r\n"), false);
	check(cancelled == 1 && h.stream.want == STREAM_CLOSE, "and is cut when the body turns out malformed");
	begin(&h);
	h.stream.draining = true;
	feed(&h, span_str("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"), false);
	check(strcmp(said(), CHUNKED "Connection: close\r\n\r\nx$") == 0 && h.stream.want == STREAM_CLOSE,
	      "when draining, an answer is the last");
}

static void test_deadlines(void)
{
	struct httpd h;

	begin(&h);
	feed(&h, span_str("POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nh"), false);
	check(h.stream.deadline == 60000, "the application's deadline is the connection's");
	httpd_kind.expired(&h.stream, span_str(""), &out, 60000);
	check(strcmp(said(), SMALL("504 Gateway Timeout", "")) == 0 && h.stream.want == STREAM_READ,
	      "when it passes the application says so, and the rest of the body is passed over");
	begin(&h);
	feed(&h, span_str("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n"), false);
	begin(&h);
	feed(&h, span_str("POST /patient HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nh"), false);
	h.stream.half = true;
	feed(&h, span_str(""), false);
	check(h.stream.deadline == HTTPD_HALF_MS, "a client that sent its end has a moment");
	httpd_kind.expired(&h.stream, span_str(""), &out, HTTPD_HALF_MS);
	check(out.len == 0 && cancelled == 1 && h.stream.want == STREAM_CLOSE, "and is given up then");
	begin(&h);
	feed(&h, span_str("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nh"), false);
	h.stream.half = true;
	httpd_kind.step(&h.stream, span_str("e"), false, &out, 1000);
	check(h.stream.deadline == 1000 + HTTPD_HALF_MS, "what is sent to it gives it another");
}

static void test_wait(void)
{
	struct httpd h;
	size_t used;

	begin(&h);
	echo.grain = 2;
	used = httpd_kind.step(&h.stream, span_str("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabcdefghi"), false,
	                       &out, 0);
	check(h.stream.want == STREAM_WAIT && used == 49, "what the application does not take is not read on (%zu)", used);
	httpd_go_on(&h);
	check(woken == 1, "the connection is woken when it can go on");
	echo.grain = 0;
	begin(&h);
	used = feed(&h, span_str("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n" GET_PLAIN), false);
	check(used == strlen("GET /patient HTTP/1.1\r\nHost: x\r\n\r\n") + strlen(GET_PLAIN), "no body is over at once");
}

int main(void)
{
	test_cases();
	test_ends();
	test_deadlines();
	test_wait();
	return tap_end();
}
