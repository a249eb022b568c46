/*
 * A reverse proxy as a machine: what the client gets of what an upstream says, in one piece
 * and byte by byte, over both kinds of framing; and what never gets through.
 */
#include "forward_fake.h"
#include "tap.h"

#define OK "HTTP/1.1 200 OK\r\n"
#define DATE "Date: then\r\n"
#define GET "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

struct answer {
	const char *about;
	const char *request; /* NULL: GET */
	const char *says;
	bool lingers;
	const char *gets;    /* all the client gets; NULL: 502 */
	int closed;          /* connections of the upstream's that are not kept */
};

#define CHUNKED OK DATE "Transfer-Encoding: chunked\r\n"

static const struct answer answers[] = {
	{ "a length", NULL, OK DATE "Content-Length: 2\r\n\r\nhi", true, OK "Content-Length: 2\r\n" DATE "\r\nhi", 0 },
	{ "no body", NULL, OK DATE "Content-Length: 0\r\n\r\n", true, OK "Content-Length: 0\r\n" DATE "\r\n", 0 },
	{ "equal lengths", NULL, OK DATE "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", true, OK "Content-Length: 2\r\n" DATE "\r\nhi", 0 },
	{ "bytes behind a body", NULL, OK DATE "Content-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n", true, OK "Content-Length: 2\r\n" DATE "\r\nhi", 1 },
	{ "bytes behind no body", NULL, OK DATE "Content-Length: 0\r\n\r\nx", true, OK "Content-Length: 0\r\n" DATE "\r\n", 1 },
	{ "a body for HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", OK DATE "Content-Length: 2\r\n\r\nhi", true, OK "Content-Length: 2\r\n" DATE "\r\n", 1 },
	{ "HEAD without a length", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", OK DATE "\r\n", true, OK DATE "\r\n", 0 },
	{ "no content", NULL, "HTTP/1.1 204 No Content\r\n" DATE "\r\n", true, "HTTP/1.1 204 No Content\r\n" DATE "\r\n", 0 },
	{ "a body where there is none", NULL, "HTTP/1.1 204 No Content\r\n" DATE "Content-Length: 3\r\n\r\nabc", true, "HTTP/1.1 204 No Content\r\n" DATE "\r\n", 1 },
	{ "not modified", NULL, "HTTP/1.1 304 Not Modified\r\n" DATE "ETag: \"a\"\r\n\r\n", true, "HTTP/1.1 304 Not Modified\r\n" DATE "ETag: \"a\"\r\n\r\n", 0 },
	{ "until the end", NULL, OK DATE "\r\nhi", false, NULL, 1 },
	{ "a server that wants to end", NULL, OK DATE "Connection: close\r\nContent-Length: 2\r\n\r\nhi", true, OK "Content-Length: 2\r\n" DATE "\r\nhi", 1 },
	{ "HTTP/1.0", NULL, "HTTP/1.0 200 OK\r\n" DATE "Content-Length: 2\r\n\r\nhi", true, OK "Content-Length: 2\r\n" DATE "\r\nhi", 1 },
	{ "what is between neighbours", NULL,
	  OK DATE "Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTrailer: a\r\nUpgrade: h2c\r\nX-End: 2\r\nContent-Length: 0\r\n\r\n",
	  true, OK "Content-Length: 0\r\n" DATE "X-End: 2\r\n\r\n", 0 },
	{ "early hints", NULL, "HTTP/1.1 103 Early Hints\r\nLink: a\r\nConnection: b\r\nB: c\r\n\r\n" OK DATE "Content-Length: 0\r\n\r\n", true,
	  "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" OK "Content-Length: 0\r\n" DATE "\r\n", 0 },
	{ "early hints for HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" OK DATE "Content-Length: 0\r\n\r\n", true,
	  OK "Content-Length: 0\r\nConnection: close\r\n" DATE "\r\n", 0 },
	{ "100 that nobody asked for", NULL, "HTTP/1.1 100 Continue\r\n\r\n" OK DATE "Content-Length: 0\r\n\r\n", true, OK "Content-Length: 0\r\n" DATE "\r\n", 0 },
	{ "another protocol", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x/1\r\n\r\n",
	  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: X/1\r\n\r\nraw", false,
	  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: X/1\r\n\r\nraw", 1 },

	{ "nothing", NULL, "", false, NULL, 1 },
	{ "another length", NULL, OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", true, NULL, 1 },
	{ "a list of lengths", NULL, OK "Content-Length: 2, 2\r\n\r\nhi", true, NULL, 1 },
	{ "a length with a sign", NULL, OK "Content-Length: +2\r\n\r\nhi", true, NULL, 1 },
	{ "length and chunks", NULL, OK "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", true, NULL, 1 },
	{ "another coding", NULL, OK "Transfer-Encoding: gzip, chunked\r\n\r\n", true, NULL, 1 },
	{ "chunks of HTTP/1.0", NULL, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true, NULL, 1 },
	{ "a folded field", NULL, OK "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", true, NULL, 1 },
	{ "a bare LF", NULL, OK "A: b\nContent-Length: 0\r\n\r\n", true, NULL, 1 },
	{ "a bare CR", NULL, OK "A: b\rSet-Cookie: c\r\nContent-Length: 0\r\n\r\n", true, NULL, 1 },
	{ "space before the colon", NULL, OK "Content-Length : 0\r\n\r\n", true, NULL, 1 },
	{ "no HTTP", NULL, "SSH-2.0-x\r\n", true, NULL, 1 },
	{ "HTTP/2", NULL, "HTTP/2.0 200 OK\r\n\r\n", true, NULL, 1 },
	{ "101 unasked", NULL, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nraw", true, NULL, 1 },
	{ "another protocol than asked for", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
	  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\nraw", true, NULL, 1 },
	{ "101 without saying what", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
	  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\nraw", true, NULL, 1 },
	{ "half a head", NULL, OK "A: b\r\n", false, NULL, 1 },
};

/* Without our own date, which is the only field of ours that changes. */
static bool same(struct span got, const char *wanted)
{
	return span_is(got, wanted);
}

static bool is_502(struct span got)
{
	return span_starts(got, "HTTP/1.1 502 Bad Gateway\r\n") && got.len > 12 &&
	       memcmp(got.p + got.len - 12, "Bad Gateway\n", 12) == 0;
}

/* `got`, its chunks taken off, is a head and this body. */
static bool is_chunked(struct span got, const char *body, bool whole)
{
	static unsigned char text[FAKE_ROOM];
	static struct http_response head;
	struct http_chunks chunks = { 0 };
	size_t scanned = 0, used;
	struct builder b;
	enum http_chunk_result r;

	builder_init(&b, text, sizeof text);
	if (http_response_parse(got, false, &scanned, &head, &used) != 200 ||
	    head.body != HTTP_BODY_CHUNKED)
		return false;
	do {
		struct span data;

		got = span_from(got, used);
		r = http_chunks_next(&chunks, got, &used, &data);
		builder_add(&b, data);
	} while (r == HTTP_CHUNK_DATA);
	return span_is(builder_span(&b), body) && r == (whole ? HTTP_CHUNK_DONE : HTTP_CHUNK_MORE) &&
	       used == got.len;
}

static void run(const struct answer *a, size_t grain, size_t piece)
{
	const char *request = a->request ? a->request : GET;
	struct span got;

	fake.says = span_str(a->says);
	fake.lingers = a->lingers;
	fake.grain = grain;
	fake_reset();
	got = fake_run(span_str(request), piece, false);
	if (a->gets)
		check(same(got, a->gets) && (grain > 0 || fake.closed == a->closed), "%s, in pieces of %zu and %zu", a->about, grain, piece);
	else if (strcmp(a->about, "until the end") == 0)
		check(is_chunked(got, "hi", true) && fake.closed == 1, "%s, in pieces of %zu and %zu", a->about, grain, piece);
	else
		check(is_502(got) && fake.closed == 1, "%s is 502, in pieces of %zu and %zu", a->about, grain, piece);
	if (!(a->gets ? same(got, a->gets) : true))
		printf("# %.*s\n", (int)got.len, (const char *)got.p);
	fake_gone();
}

static const struct {
	const char *about, *body, *gets;
	bool whole, kept;
} chunked[] = {
	{ "chunks", "2\r\nhi\r\n3\r\nyou\r\n0\r\n\r\n", "hiyou", true, true },
	{ "extensions and trailers", "2;a=b\r\nhi\r\n0;c\r\nX-Smuggled: yes\r\n\r\n", "hi", true, true },
	{ "no chunk", "0\r\n\r\n", "", true, true },
	{ "bytes behind the chunks", "2\r\nhi\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "hi", true, false },
	{ "the end within a chunk", "5\r\nhi", "hi", false, false },
	{ "the end before the last chunk", "2\r\nhi\r\n", "hi", false, false },
	{ "a size that is none", "2\r\nhi\r\n-1\r\n\r\n", "hi", false, false },
	{ "a size too large", "2\r\nhi\r\n11111111111111111\r\n\r\n", "hi", false, false },
	{ "a bare LF behind a size", "2\r\nhi\r\n1\nx\r\n0\r\n\r\n", "hi", false, false },
	{ "no CRLF behind a chunk", "2\r\nhiX\r\n0\r\n\r\n", "hi", false, false },
};

static void run_chunked(size_t i, size_t grain)
{
	static unsigned char text[1024];
	struct builder says;

	builder_init(&says, text, sizeof text);
	builder_str(&says, CHUNKED "\r\n");
	builder_str(&says, chunked[i].body);
	fake.says = builder_span(&says);
	fake.lingers = chunked[i].kept;
	fake.grain = grain;
	fake_reset();
	fake_run(span_str(GET), 0, false);
	check(is_chunked(builder_span(&client_got), chunked[i].gets, chunked[i].whole) &&
	      (grain > 0 || fake.closed == !chunked[i].kept) && (client.h.stream.want == STREAM_READ) == chunked[i].whole,
	      "%s, in pieces of %zu", chunked[i].about, grain);
	fake_gone();
}

/* What the upstream hears of a request. */
static struct span hears(const char *request, const char *end, size_t piece, size_t takes)
{
	fake.until = end;
	fake.says = span_str(OK "Content-Length: 0\r\n\r\n");
	fake.lingers = true;
	fake.grain = 0;
	fake.takes = takes;
	fake_reset();
	fake_run(span_str(request), piece, false);
	fake_gone();
	fake.until = NULL;
	fake.takes = 0;
	return builder_span(&fake.heard);
}

static bool ends_with(struct span text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len && memcmp(text.p + text.len - len, end, len) == 0;
}

static size_t count(struct span text, const char *what)
{
	size_t n = 0, len = strlen(what);

	for (size_t i = 0; i + len <= text.len; i++)
		n += memcmp(text.p + i, what, len) == 0;
	return n;
}

static void requests(void)
{
	static const char post[] = "POST / HTTP/1.1\r\nHost: a\r\n";
	char text[512];
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_str(&b, post);
	builder_str(&b, "Content-Length: 5\r\n\r\nhello");
	for (size_t piece = 0; piece < 4; piece++)
		for (size_t takes = 0; takes < 4; takes += 3)
			check(ends_with(hears(builder_cstr(&b), "hello", piece, takes), "Content-Length: 5\r\n\r\nhello"),
			      "a body with a length, in pieces of %zu, taken %zu at a time", piece, takes);
	builder_init(&b, text, sizeof text);
	builder_str(&b, post);
	builder_str(&b, "Transfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n0\r\nHost: evil\r\n\r\n");
	check(ends_with(hears(builder_cstr(&b), "\r\n0\r\n\r\n", 0, 0), "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
	      "a body in chunks goes on without extensions and trailers");
	check(ends_with(hears(builder_cstr(&b), "\r\n0\r\n\r\n", 1, 1), "\r\n0\r\n\r\n") && count(builder_span(&fake.heard), "evil") == 0,
	      "so it does byte by byte");
	check(count(hears(GET GET GET, NULL, 0, 0), "GET /x HTTP/1.1\r\n") == 3 && fake.opened == 1,
	      "three requests in a row go over one connection");
	check(count(builder_span(&client_got), "HTTP/1.1 200 OK\r\n") == 3, "and each has its answer");
	/* An answer before the request is all there: it counts, and the connection does not. */
	fake.says = span_str("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
	fake_reset();
	fake_run(span_str("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"), 0, false);
	check(span_starts(builder_span(&client_got), "HTTP/1.1 413 ") && fake.closed == 1,
	      "an answer that comes early is passed on, and the connection is not used again");
	fake_gone();
}

/* A connection that was kept turns out to be dead. */
static void again(void)
{
	static const struct {
		const char *about, *request;
		bool repeated;
	} cases[] = {
		{ "GET is sent again", GET, true },
		{ "PUT without a body is sent again", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true },
		{ "POST is not", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", false },
		{ "PUT with a body is not", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", false },
		{ "an unknown method is not", "PURGE / HTTP/1.1\r\nHost: a\r\n\r\n", false },
	};
	char text[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct builder b;

		builder_init(&b, text, sizeof text);
		builder_str(&b, GET);
		fake.says = span_str(OK "Content-Length: 0\r\n\r\n");
		fake.lingers = true;
		fake.dead_first = false;
		fake.takes = fake.grain = 0;
		fake_reset();
		fake_run(builder_span(&b), 0, false);
		fake.dead_first = true;
		/* It looks alive when it is taken, as one does whose end is still on its way. */
		fake.last->asked = false;
		builder_init(&client_got, client_text, sizeof client_text);
		fake_run(span_str(cases[i].request), 0, false);
		check(span_starts(builder_span(&client_got), cases[i].repeated ? OK : "HTTP/1.1 502 ") &&
		      fake.opened == 1 + cases[i].repeated, "over a connection that is dead %s", cases[i].about);
		fake_gone();
	}
	fake.dead_first = false;
}

/* Nor is one whose body nobody heard: what is there of it would be missing. */
static void unheard(void)
{
	fake.says = span_str(OK "Content-Length: 0\r\n\r\n");
	fake.lingers = true;
	fake_reset();
	fake_run(span_str(GET), 0, false);
	fake.dead_first = true;
	fake.last->asked = false;
	fake.until = "never";
	builder_init(&client_got, client_text, sizeof client_text);
	fake_run(span_str("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"), 0, false);
	check(client_got.len == 0, "a connection breaks under a head");
	fake_run(span_str("hi"), 0, false);
	fake.until = NULL;
	fake_run(span_str("hi"), 0, false);
	check(span_starts(builder_span(&client_got), "HTTP/1.1 502 ") && fake.opened == 1,
	      "and what came of the body since then is not left out");
	fake_gone();
	fake.dead_first = false;
}

/* Whose connection it is once the client said who it is. */
static void bound(void)
{
	static const char *const schemes[] = { "NTLM TlRM", "negotiate YII=", "Basic eDp5" };
	char text[256];

	fake.says = span_str(OK "Content-Length: 0\r\n\r\n");
	fake.lingers = true;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		struct builder b;

		builder_init(&b, text, sizeof text);
		builder_str(&b, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: ");
		builder_str(&b, schemes[i]);
		builder_str(&b, "\r\n\r\n");
		fake_reset();
		fake_run(builder_span(&b), 0, false);
		check(span_starts(builder_span(&client_got), OK) && fake.closed == (i < 2),
		      "a connection with %s is %s", schemes[i], i < 2 ? "nobody else's" : "anybody's");
		fake_gone();
	}
}

static void floods(void)
{
	static unsigned char text[FAKE_ROOM];
	struct builder says;

	builder_init(&says, text, sizeof text);
	for (int i = 0; i < FORWARD_INTERIM_MAX + 1; i++)
		builder_str(&says, "HTTP/1.1 102 Processing\r\n\r\n");
	builder_str(&says, OK "Content-Length: 0\r\n\r\n");
	fake.says = builder_span(&says);
	fake.lingers = true;
	fake_reset();
	check(ends_with(fake_run(span_str(GET), 0, false), "Bad Gateway\n"), "a flood of interim answers ends in 502");
	fake_gone();
	builder_init(&says, text, sizeof text);
	builder_str(&says, OK);
	while (says.len < HTTP_HEAD_MAX + 1)
		builder_str(&says, "A: b\r\n");
	fake.says = builder_span(&says);
	fake_reset();
	check(is_502(fake_run(span_str(GET), 0, false)), "a head without an end is 502");
	fake_gone();
	builder_init(&says, text, sizeof text);
	builder_str(&says, OK "Content-Length: 0\r\nConnection: ");
	for (int i = 0; i < FORWARD_OPTIONS_MAX + 1; i++)
		builder_str(&says, "a,");
	builder_str(&says, "\r\n\r\n");
	fake.says = builder_span(&says);
	fake_reset();
	check(is_502(fake_run(span_str(GET), 0, false)), "more options than anybody needs are 502");
	fake_gone();
	fake.refuses = true;
	fake_reset();
	check(is_502(fake_run(span_str(GET), 0, false)) && fake.closed == 1, "no connection is 502");
	fake.refuses = false;
	fake_gone();
}

static void waits(void)
{
	static unsigned char text[2 * STREAM_OUT_MIN];
	struct builder out;

	fake.says = span_str("");
	fake.lingers = true;
	fake_reset();
	fake_run(span_str(GET), 0, false);
	check(client_got.len == 0 && client.h.stream.deadline < DEADLINE_NEVER, "a silent upstream is waited for");
	builder_init(&out, text, sizeof text);
	httpd_kind.expired(&client.h.stream, span_of("", 0), &out, client.h.stream.deadline);
	check(span_starts(builder_span(&out), "HTTP/1.1 504 Gateway Timeout\r\n") && fake.closed == 1,
	      "and that is 504 after a while");
	fake_gone();
	fake_reset();
	fake_run(span_str("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"), 0, false);
	builder_init(&out, text, sizeof text);
	httpd_kind.expired(&client.h.stream, span_of("", 0), &out, client.h.stream.deadline);
	check(span_starts(builder_span(&out), "HTTP/1.1 408 Request Timeout\r\n") && fake.closed == 1,
	      "a body that does not come is 408");
	fake_gone();
	fake_reset();
	fake_run(span_str(GET), 0, false);
	fake_gone();
	check(fake.closed == 1, "a client that goes away takes its connection with it");
	fake_reset();
	fake.says = span_str("HTTP/1.1 100 Continue\r\n\r\n");
	check(span_is(fake_run(span_str("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"), 0, false),
	              "HTTP/1.1 100 Continue\r\n\r\n") && count(builder_span(&fake.heard), "Expect: 100-continue\r\n") == 1,
	      "who expects 100 gets the upstream's");
	fake_gone();
}

int main(void)
{
	fake_init();
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		for (size_t grain = 0; grain < 3; grain++)
			run(&answers[i], grain, grain);
	for (size_t i = 0; i < sizeof chunked / sizeof *chunked; i++)
		for (size_t grain = 0; grain < 3; grain++)
			run_chunked(i, grain);
	requests();
	again();
	unheard();
	bound();
	floods();
	waits();
	check(fake_forward.pool.n == fake_forward.pool.n_idle, "all connections are counted");
	forward_end(&fake_forward);
	loop_free(&fake_loop);
	return tap_end();
}
