/* What an upstream hears of a request's head, and what it never hears; which paths it is asked for. */
#include "net/forward_head.h"

#include "net/forward_path.h"
#include "tap.h"

static struct http_request request;
static unsigned char text[FORWARD_HEAD_ROOM];

static bool parse(const char *head)
{
	size_t scanned = 0, used;

	return http_request_parse(span_str(head), &scanned, &request, &used) == 200;
}

/* The head that goes on for the fields of `head`, with whatever `r` says. */
static struct span written(const char *head, struct forward_request r)
{
	static unsigned char asked[64];
	struct builder out, upgrade;

	builder_init(&out, text, sizeof text);
	if (!parse(head))
		return span_str("not a request");
	builder_init(&upgrade, asked, sizeof asked);
	if (forward_upgrade(&upgrade, &request))
		r.upgrade = builder_span(&upgrade);
	r.request = &request;
	r.target = request.path;
	r.otherwise = span_str("up:81");
	r.name = span_str("postern-1");
	forward_write_request(&out, &r);
	return builder_ok(&out) ? builder_span(&out) : span_str("too long");
}

#define FORWARDED(host) "Forwarded: for=\"192.0.2.7\";host=\"" host "\";proto=http\r\n" \
	"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: " host "\r\nVia: 1.1 postern-1\r\n"

static const struct {
	const char *about, *fields, *kept, *framing;
} cases[] = {
	{ "nothing", "", "", "" },
	{ "end-to-end fields stay, in their order", "B: 2\r\nA: 1\r\nB: 3\r\nCookie: c\r\n", "B: 2\r\nA: 1\r\nB: 3\r\nCookie: c\r\n", "" },
	{ "an empty value stays", "A:\r\n", "A: \r\n", "" },
	{ "what Connection names goes", "Connection: A, b ,,keep-alive\r\na: 1\r\nB: 2\r\nC: 3\r\n", "C: 3\r\n", "" },
	{ "so it does with several of them", "Connection: a\r\nA: 1\r\nC: 3\r\nConnection: c\r\n", "", "" },
	{ "what is between neighbours goes", "Keep-Alive: 5\r\nProxy-Connection: x\r\nTE: trailers\r\nTrailer: a\r\nProxy-Authorization: b\r\nHTTP2-Settings: c\r\n", "", "" },
	{ "whose request it is is not the client's to say",
	  "Forwarded: for=1\r\nX-Forwarded-For: 1\r\nX-Forwarded-Host: 1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Anything: 1\r\nX-Real-IP: 1\r\nProxy: http://evil\r\n", "", "" },
	{ "nor what path it asked a front for", "X-Original-URL: /admin\r\nX-Rewrite-Url: /admin\r\nX_Original_URL: /admin\r\n", "", "" },
	{ "nor with underscores", "X_Forwarded_For: 1\r\nx-forwarded_for: 1\r\nX_Real_IP: 1\r\nHost_: x\r\nContent_Length: 5\r\nTransfer_Encoding: chunked\r\n", "Host_: x\r\n", "" },
	{ "a body's length", "Content-Length: 5\r\nContent-Length: 05\r\n", "", "Content-Length: 5\r\n" },
	{ "a length of nothing", "Content-Length: 0\r\n", "", "Content-Length: 0\r\n" },
	{ "chunks", "transfer-encoding: Chunked\r\nTrailer: a\r\n", "", "Transfer-Encoding: chunked\r\n" },
	{ "a length that Connection names is one all the same", "Connection: content-length\r\nContent-Length: 5\r\n", "", "Content-Length: 5\r\n" },
	{ "100 is expected for a body alone", "Expect: 100-continue\r\n", "", "" },
	{ "and then so", "Expect: 100-continue\r\nContent-Length: 5\r\n", "", "Content-Length: 5\r\nExpect: 100-continue\r\n" },
	{ "an upgrade", "Connection: Upgrade\r\nUpgrade: websocket\r\n", "", "Connection: upgrade\r\nUpgrade: websocket\r\n" },
	{ "several", "Connection: upgrade\r\nUpgrade: a/1\r\nUpgrade: b\r\n", "", "Connection: upgrade\r\nUpgrade: a/1, b\r\n" },
	{ "one that Connection does not name", "Upgrade: websocket\r\n", "", "" },
	{ "one with a body", "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n", "", "Content-Length: 1\r\n" },
	{ "h2c leads past the rules", "Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n", "", "" },
	{ "so it does among others", "Connection: upgrade\r\nUpgrade: websocket, H2C\r\n", "", "" },
	{ "so do HTTP and TLS", "Connection: upgrade\r\nUpgrade: TLS/1.3, HTTP/2\r\n", "", "" },
};

static void heads(void)
{
	static char head[1024], wanted[1024];
	struct addr peer;

	addr_parse(&peer, span_str("192.0.2.7:1000"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct builder h, w;
		struct span got;

		builder_init(&h, head, sizeof head);
		builder_str(&h, "GET /a HTTP/1.1\r\nHost: Host.test:8080\r\n");
		builder_str(&h, cases[i].fields);
		builder_str(&h, "\r\n");
		builder_init(&w, wanted, sizeof wanted);
		builder_str(&w, "GET /a HTTP/1.1\r\nHost: Host.test:8080\r\n");
		builder_str(&w, cases[i].kept);
		builder_str(&w, FORWARDED("Host.test:8080"));
		builder_str(&w, cases[i].framing);
		builder_str(&w, "\r\n");
		got = written(builder_cstr(&h), (struct forward_request){ .peer = &peer });
		if (!check(span_eq(got, builder_span(&w)), "%s", cases[i].about))
			printf("# %.*s\n", (int)got.len, (const char *)got.p);
	}
}

static bool has(struct span got, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= got.len; i++)
		if (memcmp(got.p + i, what, len) == 0)
			return true;
	return false;
}

static void origins(void)
{
	static const char front[] = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.8\r\n"
		"Forwarded: for=203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: real.test\r\nVia: 1.0 front\r\n\r\n";
	struct addr peer;
	struct span got;

	addr_parse(&peer, span_str("[2001:db8::7]:1"));
	got = written(front, (struct forward_request){ .peer = &peer, .trusted = true });
	check(has(got, "\r\nX-Forwarded-For: 203.0.113.9, 203.0.113.8, 2001:db8::7\r\n") &&
	      has(got, "\r\nForwarded: for=203.0.113.9, for=\"[2001:db8::7]\";host=\"a\";proto=http\r\n") &&
	      has(got, "\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: real.test\r\n") &&
	      has(got, "\r\nVia: 1.0 front, 1.1 postern-1\r\n"), "a trusted front is believed, and added to");
	got = written(front, (struct forward_request){ .peer = &peer, .secure = true });
	check(!has(got, "203.0.113") && !has(got, "real.test") && has(got, ";proto=https\r\n") &&
	      has(got, "\r\nX-Forwarded-Proto: https\r\n"), "anybody else is not");
	got = written(front, (struct forward_request){ .peer = NULL });
	check(has(got, "\r\nForwarded: for=unknown;") && !has(got, "X-Forwarded-For"), "who is not known is unknown");
	got = written("GET / HTTP/1.0\r\n\r\n", (struct forward_request){ .peer = &peer });
	check(has(got, "GET / HTTP/1.1\r\nHost: up:81\r\n") && !has(got, "X-Forwarded-Host") && has(got, "Via: 1.0 postern-1"),
	      "a request without a host gets the upstream's");
	got = written("GET http://[2001:db8::1]:82/x HTTP/1.1\r\nHost: other\r\n\r\n", (struct forward_request){ .peer = &peer });
	check(has(got, "GET /x HTTP/1.1\r\nHost: [2001:db8::1]:82\r\n"), "an absolute target's host is the one");
	got = written("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic x\r\n\r\n",
	              (struct forward_request){ .bearer = span_str("t0k"), .host = span_str("there") });
	check(has(got, "Host: there\r\n") && has(got, "\r\nAuthorization: Bearer t0k\r\n") && !has(got, "Basic"),
	      "host and token in place of the client's");
	got = written("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic x\r\n\r\n", (struct forward_request){ .peer = NULL });
	check(has(got, "\r\nAuthorization: Basic x\r\n"), "without a token the client's stays");
}

static int checked(const char *head)
{
	return parse(head) ? forward_check(&request, span_str("postern-1")) : -1;
}

static void loops(void)
{
	static char head[2048];
	struct builder h;

	check(checked("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n") == 501 && checked("trace / HTTP/1.1\r\nHost: a\r\n\r\n") == 501,
	      "TRACE would tell the client what the upstream was told");
	check(checked("GET / HTTP/1.1\r\nHost: a-b_c.D1~:80\r\n\r\n") == 200 &&
	      checked("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n") == 200 && checked("GET / HTTP/1.0\r\n\r\n") == 200 &&
	      checked("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n") == 400 && checked("GET / HTTP/1.1\r\nHost: a;for=b\r\n\r\n") == 400 &&
	      checked("GET http://a=b/ HTTP/1.1\r\nHost: a\r\n\r\n") == 400, "a host is one word");
	check(checked("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 x, 1.1 postern-2\r\n\r\n") == 200, "another has been there");
	check(checked("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 x (c), HTTP/1.1 postern-1 (we), 1.1 y\r\n\r\n") == 508, "it has been here");
	check(checked("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 x\r\nVia:1.1 postern-1\r\n\r\n") == 508, "in another field");
	check(checked("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 postern-2, 1.1 postern-3, 1.1 postern-2, 1.1 postern-4,"
	              "1.1 postern-5, 1.1 postern-6, 1.1 postern-7, 1.1 postern-8\r\n\r\n") == 508, "or goes round elsewhere");
	builder_init(&h, head, sizeof head);
	builder_str(&h, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close");
	for (int i = 1; i < FORWARD_OPTIONS_MAX; i++)
		builder_str(&h, ", x");
	builder_str(&h, "\r\n\r\n");
	check(checked(builder_cstr(&h)) == 200, "as many options as may be");
	h.len -= 4;
	builder_str(&h, ",x\r\n\r\n");
	check(checked(builder_cstr(&h)) == 400, "one more");
}

static const struct {
	const char *path, *strip, *add, *allowed, *target;
	int status;
} paths[] = {
	{ "/a?b", "", "", "", "/a?b", 200 },
	{ "/../a/./%2e%2e/b%2Fc", "", "", "", "/../a/./%2e%2e/b%2Fc", 200 },
	{ "/api/x?y=/../z", "/api", "", "", "/x?y=/../z", 200 },
	{ "/api", "/api", "", "", "/", 200 },
	{ "/api?x", "/api/", "", "", "/?x", 200 },
	{ "/apis", "/api", "", "", NULL, 404 },
	{ "/", "/api", "", "", NULL, 404 },
	{ "/API/x", "/api", "", "", NULL, 404 },
	{ "/x", "", "/v1", "", "/v1/x", 200 },
	{ "/api/x", "/api", "/v1/", "", "/v1/x", 200 },
	{ "/", "", "/v1", "", "/v1/", 200 },
	{ "/b/c", "", "", "/b", "/b/c", 200 },
	{ "/c", "", "", "/b", NULL, 404 },
	{ "/b/../c", "", "", "/b", NULL, 400 },
	{ "/b/%2e%2E/c", "", "", "/b", NULL, 400 },
	{ "/b/.%2e;x=y/c", "", "", "/b", NULL, 400 },
	{ "/b/..;/c", "", "", "/b", NULL, 400 },
	{ "/b/./c", "", "", "/b", NULL, 400 },
	{ "/b/%2fc", "", "", "/b", NULL, 400 },
	{ "/b/\\..\\c", "", "", "/b", NULL, 400 },
	{ "/b/%5cc", "", "", "/b", NULL, 400 },
	{ "/b/%00", "", "", "/b", NULL, 400 },
	{ "/b/%0a", "", "", "/b", NULL, 400 },
	{ "/b/%", "", "", "/b", NULL, 400 },
	{ "/b/%2", "", "", "/b", NULL, 400 },
	{ "/b/%zz", "", "", "/b", NULL, 400 },
	{ "/b/.../x.y/.well-known/..a", "", "", "/b", "/b/.../x.y/.well-known/..a", 200 },
	{ "/b//c", "", "", "/b", "/b//c", 200 },
	{ "//b/c", "", "", "/b", NULL, 404 },
	{ "/%62/c", "", "", "/b", NULL, 404 },
};

static void targets(void)
{
	static unsigned char storage[256];

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct forward_path rules = { .strip = span_str(paths[i].strip), .add = span_str(paths[i].add),
			                      .n_allowed = paths[i].allowed[0] != 0,
			                      .allowed = { span_str(paths[i].allowed) } };
		struct span whole = span_str(paths[i].path);
		struct builder out;
		int status;

		request.path = span_head(whole, span_find(whole, '?'));
		request.query = span_from(whole, request.path.len);
		builder_init(&out, storage, sizeof storage);
		status = forward_path_target(&out, &rules, &request);
		check(status == paths[i].status && (status != 200 || span_is(builder_span(&out), paths[i].target)),
		      "%s: -%s +%s only %s: %d", paths[i].path, paths[i].strip, paths[i].add, paths[i].allowed, status);
	}
	check(forward_path_prefix_ok(span_str("/")) && forward_path_prefix_ok(span_str("/a/b/")), "prefixes");
	check(!forward_path_prefix_ok(span_str("a")) && !forward_path_prefix_ok(span_str("")) &&
	      !forward_path_prefix_ok(span_str("/a/..")) && !forward_path_prefix_ok(span_str("/a?b")) &&
	      !forward_path_prefix_ok(span_str("/a b")) && !forward_path_prefix_ok(span_str("/a#b")) &&
	      !forward_path_prefix_ok(span_str("/a\r\nX: y")), "no prefixes");
}

int main(void)
{
	heads();
	origins();
	loops();
	targets();
	return tap_end();
}
