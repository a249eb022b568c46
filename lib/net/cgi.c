/* Paths and environments of CGI programs. */
#include "net/cgi.h"

#include "base/ascii.h"
#include "base/hex.h"
#include "net/http_class.h"

/* A byte that may be in a decoded path, or -1. */
static int decoded(struct span digits)
{
	unsigned char byte;
	struct builder b;

	builder_init(&b, &byte, 1);
	if (digits.len != 2 || !hex_decode(&b, digits))
		return -1;
	return byte;
}

/* "." and "..", whoever may take them for a way up. */
static bool dots(struct span segment)
{
	return span_is(segment, ".") || span_is(segment, "..");
}

static bool has_dots(struct span path)
{
	struct span segment;

	while (span_split(&path, '/', &segment))
		if (dots(segment))
			return true;
	return false;
}

int cgi_path(struct span path, struct builder *out)
{
	size_t start = out->len;
	bool slash = false;

	if (path.len == 0 || path.p[0] != '/')
		return 404;
	for (size_t i = 0; i < path.len; i++) {
		int c = path.p[i];

		if (c == '%') {
			c = decoded(span_head(span_from(path, i + 1), 2));
			slash = slash || c == '/';
			i += 2;
		}
		if (c < 0 || ascii_control((unsigned char)c))
			return 400;
		builder_byte(out, (unsigned char)c);
	}
	if (!builder_ok(out) || has_dots(span_from(builder_span(out), start)))
		return 400;
	return slash ? 404 : 200;
}

bool cgi_segment(struct span path, size_t at, size_t *end)
{
	struct span rest = span_from(path, at + 1);
	size_t n = span_find(rest, '/');

	*end = at + 1 + n;
	return n > 0 && !span_starts(rest, ".");
}

static void variable(struct builder *out, const char *name, struct span value)
{
	builder_str(out, name);
	builder_byte(out, '=');
	builder_add(out, value);
	builder_byte(out, 0);
}

static void number(struct builder *out, const char *name, uint64_t value)
{
	builder_str(out, name);
	builder_byte(out, '=');
	builder_number(out, value);
	builder_byte(out, 0);
}

/* Fields that do not become HTTP_*. */
static const char *const withheld[] = {
	"Proxy", "Content-Length", "Content-Type", "Connection", "Keep-Alive", "Transfer-Encoding",
	"TE", "Trailer", "Upgrade", "Expect", "Proxy-Connection", "Proxy-Authorization",
	"Proxy-Authenticate",
};

static bool is_withheld(struct span name)
{
	for (size_t i = 0; i < sizeof withheld / sizeof *withheld; i++)
		if (span_is_nocase(name, withheld[i]))
			return true;
	return false;
}

static bool same_name(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

/* A Connection field names it: it was for the last hop. */
static bool is_hop(const struct http_request *request, struct span name)
{
	for (size_t i = 0; i < request->n_fields; i++) {
		struct span list = request->field[i].value, member;

		if (!span_is_nocase(request->field[i].name, "Connection"))
			continue;
		while (span_split(&list, ',', &member))
			if (same_name(span_trim(member), name))
				return true;
	}
	return false;
}

static bool plain(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_alnum(name.p[i]) && name.p[i] != '-')
			return false;
	return true;
}

static void variable_name(struct builder *out, struct span name)
{
	builder_str(out, "HTTP_");
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = name.p[i];

		builder_byte(out, c == '-' ? '_' : c >= 'a' && c <= 'z' ? (unsigned char)(c - 'a' + 'A') : c);
	}
	builder_byte(out, '=');
}

/* Field number `at` and those behind it that have its name, unless one before it had. */
static void field(struct builder *out, const struct http_request *request, size_t at)
{
	const struct http_field *all = request->field;
	struct span name = all[at].name;
	const char *between = span_is_nocase(name, "Cookie") ? "; " : ", ";

	for (size_t i = 0; i < at; i++)
		if (same_name(all[i].name, name))
			return;
	variable_name(out, name);
	builder_add(out, all[at].value);
	for (size_t i = at + 1; i < request->n_fields; i++)
		if (same_name(all[i].name, name)) {
			builder_str(out, between);
			builder_add(out, all[i].value);
		}
	builder_byte(out, 0);
}

static void fields(struct builder *out, const struct http_request *request, bool authorization)
{
	for (size_t i = 0; i < request->n_fields; i++) {
		struct span name = request->field[i].name;

		if (!plain(name) || is_withheld(name) || is_hop(request, name) ||
		    (!authorization && span_is_nocase(name, "Authorization")))
			continue;
		field(out, request, i);
	}
}

static void server_name(struct builder *out, struct span host)
{
	bool brackets = span_find(host, ':') < host.len;

	builder_str(out, brackets ? "SERVER_NAME=[" : "SERVER_NAME=");
	builder_add(out, host);
	builder_str(out, brackets ? "]" : "");
	builder_byte(out, 0);
}

void cgi_environment(struct builder *out, const struct http_request *request,
                     const struct cgi_facts *facts)
{
	struct span type;

	builder_str(out, "GATEWAY_INTERFACE=CGI/1.1");
	builder_byte(out, 0);
	builder_str(out, "SERVER_SOFTWARE=postern");
	builder_byte(out, 0);
	variable(out, "SERVER_PROTOCOL", span_str(request->minor > 0 ? "HTTP/1.1" : "HTTP/1.0"));
	server_name(out, request->host.len > 0 ? request->host : facts->server_addr);
	number(out, "SERVER_PORT", facts->server_port);
	variable(out, "REMOTE_ADDR", facts->remote_addr);
	if (facts->remote_port > 0)
		number(out, "REMOTE_PORT", facts->remote_port);
	variable(out, "UNIQUE_ID", facts->id);
	variable(out, "REQUEST_METHOD", request->method);
	variable(out, "REQUEST_URI", request->target);
	variable(out, "QUERY_STRING", span_from(request->query, 1));
	if (request->body == HTTP_BODY_LENGTH)
		number(out, "CONTENT_LENGTH", request->body_len);
	if (http_request_field(request, "Content-Type", &type))
		variable(out, "CONTENT_TYPE", type);
	fields(out, request, facts->authorization);
}

/* The variable's name is `name`, or begins with it where that ends in '_'. */
static bool is_named(struct span v, const char *name)
{
	size_t len = strlen(name);

	return span_starts(v, name) && v.len > len && (name[len - 1] == '_' || v.p[len] == '=');
}

/* What a local redirect does not keep. */
static bool is_replaced(struct span v)
{
	static const char *const names[] = {
		"REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING", "CONTENT_LENGTH", "CONTENT_TYPE",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_named(v, names[i]))
			return true;
	return false;
}

void cgi_environment_again(struct builder *out, struct span environment, struct span target)
{
	struct span v;

	while (environment.len > 0 && span_split(&environment, 0, &v))
		if (!is_replaced(v)) {
			builder_add(out, v);
			builder_byte(out, 0);
		}
	variable(out, "REQUEST_METHOD", span_str("GET"));
	variable(out, "REQUEST_URI", target);
	variable(out, "QUERY_STRING", span_from(target, span_find(target, '?') + 1));
}

bool cgi_variable_ok(struct span v)
{
	static const char *const names[] = {
		"CONTENT_", "GATEWAY_INTERFACE", "QUERY_STRING", "REMOTE_", "REQUEST_", "SERVER_",
		"UNIQUE_ID", "HTTP_",
	};
	size_t end = span_find(v, '=');

	if (end == v.len || span_find(v, 0) < v.len || is_named(v, "HTTP_PROXY"))
		return false;
	for (size_t i = 0; i < end; i++)
		if (v.p[i] != '_' && !ascii_digit(v.p[i]) && (v.p[i] < 'A' || v.p[i] > 'Z'))
			return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_named(v, names[i]))
			return true;
	return false;
}
