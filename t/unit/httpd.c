/*
 * The server's side of HTTP as a machine: bytes in, bytes out, no sockets. Each
 * case is run whole and cut in every place, and must say the same.
 */
#include "net/httpd.h"

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "tap.h"

static unsigned char out_text[4 * STREAM_OUT_MIN];
static struct builder out;
static int woken, cancelled, n_done, last_status;
static struct httpd *waiter;

static bool answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	static unsigned char big[HTTPD_BODY_MAX];

	reply->status = 200;
	if (span_is(request->path, "/later") && !h->resumed) {
		waiter = h;
		h->waiting = h;
		return false;
	}
	if (span_is(request->path, "/later"))
		reply->body = span_str(h->waiting);
	else if (span_is(request->path, "/location"))
		*reply = (struct httpd_reply){ .status = 307, .location = span_str("https://a.test/b?c") };
	else if (span_is(request->path, "/bad"))
		*reply = (struct httpd_reply){ .status = 307, .location = span_str("https://a.test/\r\nX: y") };
	else if (span_is(request->path, "/long"))
		reply->body = span_of(big, sizeof big);
	else if (span_is(request->path, "/503"))
		*reply = (struct httpd_reply){ .status = 503, .retry_after_s = 7, .no_store = true,
		                               .allow = "GET", .body = span_str("no\n") };
	else
		reply->body = request->path;
	return true;
}

static void done(struct httpd *h, const struct http_request *request,
                 const struct httpd_reply *reply, int64_t us)
{
	(void)h;
	(void)request;
	if (us < 0)
		abort();
	n_done++;
	last_status = reply->status;
}

static void cancel(struct httpd *h)
{
	cancelled += h == waiter;
}

static void wake(struct stream *s)
{
	(void)s;
	woken++;
}

static struct httpd_app app = { .answer = answer, .done = done, .cancel = cancel };

static void begin(struct httpd *h)
{
	*h = (struct httpd){ .stream = { .kind = &httpd_kind, .wake = wake } };
	httpd_kind.start(&h->stream, &app, 0);
	builder_init(&out, out_text, sizeof out_text);
}

/* Steps until nothing moves, as a connection does. Returns how much of `in` was used. */
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

/* The output without Date fields, which are the only thing that may differ. */
static const char *undated(void)
{
	static char text[sizeof out_text];
	size_t n = 0;

	for (size_t i = 0; i < out.len;) {
		const unsigned char *nl = memchr(out.p + i, '\n', out.len - i);
		size_t len = nl ? (size_t)(nl - (out.p + i)) + 1 : out.len - i;

		if (len < 6 || memcmp(out.p + i, "Date: ", 6) != 0) {
			memcpy(text + n, out.p + i, len);
			n += len;
		}
		i += len;
	}
	text[n] = 0;
	return text;
}

#define OK_(text, len) "HTTP/1.1 200 OK\r\nContent-Length: " len "\r\nContent-Type: text/plain; charset=utf-8\r\n"
#define OK(text, len) OK_(text, len) "\r\n" text
#define OK_CLOSE(text, len) OK_(text, len) "Connection: close\r\n\r\n" text
#define REFUSED(line, len, text) "HTTP/1.1 " line "\r\nContent-Length: " len \
	"\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" text "\n"

static const struct {
	const char *what, *in, *out;
	enum stream_want want; /* when more could come */
} cases[] = {
	{ "one request", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", OK("/a", "2"), STREAM_READ },
	{ "requests are answered in order",
	  "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /bc HTTP/1.1\r\nHost: x\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n",
	  OK("/a", "2") OK("/bc", "3") OK("/d", "2"), STREAM_READ },
	{ "Connection: close ends it", "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	  OK_CLOSE("/a", "2"), STREAM_CLOSE },
	{ "HTTP/1.0 ends it", "GET /a HTTP/1.0\r\n\r\n", OK_CLOSE("/a", "2"), STREAM_CLOSE },
	{ "HTTP/1.0 may ask to stay", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	  OK_("/a", "2") "Connection: keep-alive\r\n\r\n/a", STREAM_READ },
	{ "HEAD has no body", "HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n",
	  OK_("", "4") "\r\n" OK("/a", "2"), STREAM_READ },
	{ "a body of known length is passed over",
	  "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /GET /b HTTP/1.1\r\nHost: x\r\n\r\n",
	  OK("/a", "2") OK("/b", "2"), STREAM_READ },
	{ "a body in chunks is passed over",
	  "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
	  OK("/a", "2") OK("/b", "2"), STREAM_READ },
	{ "a broken chunk ends it after the answer",
	  "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
	  OK("/a", "2"), STREAM_LINGER },
	{ "a body too long ends it after the answer",
	  "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\nxx", OK_CLOSE("/a", "2"), STREAM_LINGER },
	{ "a body of the greatest length does not",
	  "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\nxx", OK("/a", "2"), STREAM_READ },
	{ "who expects 100 is answered and ended",
	  "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
	  OK_CLOSE("/a", "2"), STREAM_LINGER },
	{ "a redirect", "GET /location HTTP/1.1\r\nHost: x\r\n\r\n",
	  "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\nLocation: https://a.test/b?c\r\n\r\n", STREAM_READ },
	{ "every field a reply can have", "GET /503 HTTP/1.1\r\nHost: x\r\n\r\n",
	  "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\nContent-Type: text/plain; charset=utf-8\r\n"
	  "Allow: GET\r\nCache-Control: no-store\r\nRetry-After: 7\r\n\r\nno\n", STREAM_READ },
	{ "a Location with a line end never leaves", "GET /bad HTTP/1.1\r\nHost: x\r\n\r\n",
	  "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 15\r\n"
	  "Content-Type: text/plain; charset=utf-8\r\n\r\ninternal error\n", STREAM_READ },
	{ "no Host is refused", "GET / HTTP/1.1\r\n\r\n",
	  REFUSED("400 Bad Request", "12", "Bad Request"), STREAM_LINGER },
	{ "nothing is answered after a refusal",
	  "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost : x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
	  OK("/a", "2") REFUSED("400 Bad Request", "12", "Bad Request"), STREAM_LINGER },
	{ "another version is refused", "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
	  REFUSED("505 HTTP Version Not Supported", "27", "HTTP Version Not Supported"), STREAM_LINGER },
	{ "binary garbage is refused", "\x16\x03\x01\x02\r\n", REFUSED("400 Bad Request", "12", "Bad Request"), STREAM_LINGER },
	{ "half a head waits", "GET /a HTTP/1.1\r\nHo", "", STREAM_READ },
};

/* The same bytes in two pieces; what the first left unused comes again, as it does from a connection. */
static bool same_when_cut(size_t i, size_t at)
{
	struct span in = span_str(cases[i].in);
	struct httpd h;
	size_t used;

	begin(&h);
	used = feed(&h, span_head(in, at), false);
	feed(&h, span_from(in, used), false);
	return strcmp(undated(), cases[i].out) == 0 && h.stream.want == cases[i].want;
}

static void test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct span in = span_str(cases[i].in);
		size_t bad = 0;
		struct httpd h;

		begin(&h);
		feed(&h, in, false);
		if (!check(strcmp(undated(), cases[i].out) == 0, "%s", cases[i].what))
			printf("# got: %s\n", undated());
		check(h.stream.want == cases[i].want, "%s: then it waits for the right thing", cases[i].what);
		for (size_t at = 0; at <= in.len; at++)
			bad += !same_when_cut(i, at);
		check(bad == 0, "%s: the same wherever it is cut", cases[i].what);
	}
}

static void test_later(void)
{
	static char now[] = "now";
	static const char in[] = "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n";
	struct httpd h;
	size_t used;

	begin(&h);
	used = feed(&h, span_str(in), false);
	check(used == 0 && out.len == 0 && h.stream.want == STREAM_WAIT, "an answer that is not known is waited for");
	check(feed(&h, span_str(in), false) == 0 && out.len == 0, "and nothing overtakes it");
	h.waiting = now;
	httpd_resume(&h);
	check(woken == 1, "the connection is woken when it is known");
	feed(&h, span_str(in), false);
	check(strcmp(undated(), OK("now", "3") OK("/b", "2")) == 0, "both are answered in order");
	begin(&h);
	feed(&h, span_str(in), false);
	httpd_kind.gone(&h.stream);
	check(cancelled == 1, "a connection that goes away while waiting is taken back");
}

static void test_ends(void)
{
	struct httpd h;

	begin(&h);
	feed(&h, span_str("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), true);
	check(strcmp(undated(), OK("/a", "2")) == 0 && h.stream.want == STREAM_CLOSE,
	      "a client that sent its end is answered");
	begin(&h);
	feed(&h, span_str("GET /a HT"), true);
	check(out.len == 0 && h.stream.want == STREAM_CLOSE, "half a head and the end is the end");
	begin(&h);
	h.stream.draining = true;
	feed(&h, span_str("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), false);
	check(strcmp(undated(), OK_CLOSE("/a", "2")) == 0 && h.stream.want == STREAM_CLOSE,
	      "when draining, a request that is there is answered and ends the connection");
	begin(&h);
	h.stream.draining = true;
	feed(&h, span_str(""), false);
	check(h.stream.want == STREAM_READ && h.stream.deadline == HTTPD_FIRST_MS,
	      "when draining, a connection's first request has a moment to come");
	begin(&h);
	feed(&h, span_str("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), false);
	h.stream.draining = true;
	feed(&h, span_str(""), false);
	check(h.stream.want == STREAM_CLOSE, "when draining, an idle connection ends");
	begin(&h);
	h.stream.draining = true;
	feed(&h, span_str("GET"), false);
	check(h.stream.want == STREAM_READ, "when draining, a head that has begun may still come");
}

static void test_deadlines(void)
{
	struct httpd h;

	begin(&h);
	check(h.stream.deadline == HTTPD_HEAD_MS, "the first head has its time from the start");
	httpd_kind.step(&h.stream, span_str("GET"), false, &out, 5000);
	check(h.stream.deadline == HTTPD_HEAD_MS, "and no more when it begins late");
	httpd_kind.expired(&h.stream, span_str("GET"), &out, HTTPD_HEAD_MS);
	check(strcmp(undated(), REFUSED("408 Request Timeout", "16", "Request Timeout")) == 0 && h.stream.want == STREAM_LINGER,
	      "half a head in all that time is told so");
	httpd_kind.expired(&h.stream, span_str(""), &out, 2 * HTTPD_HEAD_MS);
	check(h.stream.want == STREAM_CLOSE, "who does not go then is left");
	begin(&h);
	httpd_kind.expired(&h.stream, span_str(""), &out, HTTPD_HEAD_MS);
	check(out.len == 0 && h.stream.want == STREAM_CLOSE, "nothing at all is closed without a word");
	begin(&h);
	feed(&h, span_str("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), false);
	check(h.stream.deadline == HTTPD_IDLE_MS, "idle after an answer");
	httpd_kind.step(&h.stream, span_str("G"), false, &out, 14000);
	check(h.stream.deadline == 14000 + HTTPD_HEAD_MS, "the next head has its own time");
}

static void test_room(void)
{
	static char many[200 * 40];
	size_t len = 0, used = 0, answers = 0;
	struct httpd h;

	begin(&h);
	feed(&h, span_str("GET /long HTTP/1.1\r\nHost: x\r\n\r\n"), false);
	check(last_status == 200, "the longest body a reply may have is sent");
	for (int i = 0; i < 200; i++, len += 28)
		memcpy(many + len, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 28);
	begin(&h);
	n_done = 0;
	/* Room for only some of the answers: the machine stops, and goes on when it is emptied. */
	for (int turns = 0; used < len && turns < 100; turns++) {
		builder_init(&out, out_text, STREAM_OUT_MIN + 1000);
		used += httpd_kind.step(&h.stream, span_of(many + used, len - used), false, &out, 0);
		answers += !out.overflow;
	}
	check(used == len && n_done == 200 && answers > 10, "no more is answered than there is room for");
}

int main(void)
{
	test_cases();
	test_later();
	test_ends();
	test_deadlines();
	test_room();
	return tap_end();
}
