/*
 * What strangers and programs send through CGI: a path decodes to one that stays below its
 * directory; a request's variables are ones the keeper takes, each whole; the head of a
 * program's answer is the same in one piece and in many, its spans lie inside the bytes, and
 * nothing in it could end a line.
 */
#include <stdlib.h>
#include <string.h>

#include "net/cgi.h"
#include "net/http_class.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void path(struct span bytes)
{
	unsigned char room[256];
	struct span decoded, segment;
	struct builder b;
	size_t at = 0, end;

	builder_init(&b, room, sizeof room);
	if (cgi_path(bytes, &b) != 200)
		return;
	decoded = builder_span(&b);
	must(decoded.len <= bytes.len && decoded.p[0] == '/');
	must(!memchr(decoded.p, 0, decoded.len));
	while (at < decoded.len && cgi_segment(decoded, at, &end)) {
		must(end > at + 1 && end <= decoded.len && decoded.p[at] == '/');
		segment = span_from(span_head(decoded, end), at + 1);
		must(segment.p[0] != '.' && !memchr(segment.p, '/', segment.len));
		at = end;
	}
}

static void request(struct span bytes)
{
	static struct http_request r;
	static unsigned char room[CGI_ENV_MAX], again[CGI_ENV_MAX];
	struct cgi_facts facts = { .remote_addr = span_str("::1"), .server_addr = span_str("::1"),
		                       .server_port = 1, .id = span_str("1.1") };
	size_t scanned = 0, used, n = 0;
	struct builder b, c;
	struct span rest, v;

	if (http_request_parse(bytes, &scanned, &r, &used) != 200)
		return;
	builder_init(&b, room, sizeof room);
	cgi_environment(&b, &r, &facts);
	must(builder_ok(&b) && room[b.len - 1] == 0);
	rest = builder_span(&b);
	for (; rest.len > 0 && span_split(&rest, 0, &v); n++)
		must(cgi_variable_ok(v));
	must(n <= CGI_VARIABLES_MAX);
	builder_init(&c, again, sizeof again);
	cgi_environment_again(&c, builder_span(&b), span_str("/a?b"));
	rest = builder_span(&c);
	while (builder_ok(&c) && rest.len > 0 && span_split(&rest, 0, &v))
		must(cgi_variable_ok(v) && !span_starts(v, "CONTENT_LENGTH="));
}

static void inside(struct span a, struct span bytes)
{
	must(a.len == 0 || (a.p >= bytes.p && a.p + a.len <= bytes.p + bytes.len));
	must(http_class_span(a, HTTP_CLASS_VALUE) == a.len);
}

static void answer(struct span bytes, size_t step)
{
	static struct cgi_head whole, dripped;
	size_t scanned = 0, used = 0, used_dripped = 0, n = 0;
	int r = cgi_head_parse(bytes, &scanned, &whole, &used), r_dripped = 0;

	must(r == 0 || r == 200 || r == 502);
	scanned = 0;
	while (r_dripped == 0 && n < bytes.len) {
		n = n + step < bytes.len ? n + step : bytes.len;
		r_dripped = cgi_head_parse(span_head(bytes, n), &scanned, &dripped, &used_dripped);
	}
	must(r == r_dripped);
	if (r != 200)
		return;
	must(used <= bytes.len && used == used_dripped && whole.n_fields == dripped.n_fields);
	must(whole.status >= 200 && whole.status <= 599 && whole.n_fields <= HTTP_FIELDS_MAX);
	must(whole.kind != CGI_LOCAL || whole.location.p[0] == '/');
	inside(whole.location, bytes);
	for (size_t i = 0; i < whole.n_fields; i++) {
		inside(whole.field[i].name, bytes);
		inside(whole.field[i].value, bytes);
		must(!span_is_nocase(whole.field[i].name, "Transfer-Encoding") &&
		     !span_is_nocase(whole.field[i].name, "Content-Length") &&
		     !span_is_nocase(whole.field[i].name, "Connection"));
	}
}

/* The first byte says what the others are, and how large the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes;

	if (size == 0)
		return 0;
	bytes = span_of(data + 1, size - 1);
	switch (data[0] % 4) {
	case 0:
		path(bytes);
		break;
	case 1:
		request(bytes);
		break;
	default:
		answer(bytes, data[0] / 4 + 1U);
	}
	return 0;
}
