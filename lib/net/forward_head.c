/* Heads, field by field: what stays, what goes, what is said anew. */
#include "net/forward_head.h"

#include "base/ascii.h"
#include "net/http_fields.h"

/* Between two neighbours (RFC 9110, 7.6.1), or written anew. In both directions. */
static const char *const between[] = {
	"connection", "content-length", "http2-settings", "keep-alive", "proxy-connection", "te",
	"trailer", "transfer-encoding", "upgrade",
};

/*
 * Of a request also what is said anew, what is for us, Proxy, which becomes a variable
 * of that name in CGI programs, and what servers take for the path a front was asked for.
 */
static const char *const ours[] = {
	"expect", "forwarded", "host", "proxy", "proxy-authorization", "via", "x-original-url",
	"x-real-ip", "x-rewrite-url",
};

/* Equal without case, '_' being as good as '-'. */
static bool is_name(struct span name, const char *text)
{
	if (name.len != strlen(text))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (ascii_lower(name.p[i] == '_' ? '-' : name.p[i]) != (unsigned char)text[i])
			return false;
	return true;
}

static bool is_one_of(struct span name, const char *const *list, size_t n)
{
	unsigned char first = name.len > 0 ? ascii_lower(name.p[0]) : 0;

	for (size_t i = 0; i < n; i++)
		if (first == (unsigned char)list[i][0] && is_name(name, list[i]))
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

/* The members of a message's Connection fields. */
struct options {
	size_t n;
	struct span name[FORWARD_OPTIONS_MAX];
};

/* False when there are too many. */
static bool read_options(struct options *o, const struct http_field *field, size_t n_fields)
{
	struct span value, member;

	o->n = 0;
	for (size_t i = 0; http_fields_find(field, n_fields, "Connection", i, &value); i++)
		while (value.p && span_split(&value, ',', &member)) {
			member = span_trim(member);
			if (member.len > 0 && o->n == FORWARD_OPTIONS_MAX)
				return false;
			if (member.len > 0)
				o->name[o->n++] = member;
		}
	return true;
}

static bool is_option(const struct options *o, struct span name)
{
	for (size_t i = 0; i < o->n; i++)
		if (same_name(o->name[i], name))
			return true;
	return false;
}

/* Members of Via that are ours; `*again`: this process's own is one of them. */
static size_t hops(const struct http_request *request, struct span name, bool *again)
{
	struct span value, member;
	size_t n = 0;

	*again = false;
	for (size_t i = 0; http_fields_find(request->field, request->n_fields, "Via", i, &value); i++)
		while (value.p && span_split(&value, ',', &member)) {
			member = span_trim(member);
			/* The protocol, then by whom, then perhaps a comment. */
			member = span_trim(span_from(member, span_find(member, ' ')));
			member = span_head(member, span_find(member, ' '));
			n += span_starts(member, FORWARD_NAME);
			*again = *again || span_eq(member, name);
		}
	return n;
}

/* A host that cannot be taken for more than one, or for further words of a list. */
static bool plain_host(struct span host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!ascii_alnum(host.p[i]) && !memchr(".-_~:", host.p[i], 5))
			return false;
	return true;
}

int forward_check(const struct http_request *request, struct span name)
{
	struct options o;
	bool again;

	if (span_is_nocase(request->method, "TRACE"))
		return 501;
	if (!plain_host(request->host) || !read_options(&o, request->field, request->n_fields))
		return 400;
	if (hops(request, name, &again) >= FORWARD_HOPS_MAX || again)
		return 508;
	return 200;
}

/* A protocol's name without its version. */
static struct span protocol_name(struct span protocol)
{
	return span_head(protocol, span_find(protocol, '/'));
}

static bool may_be_asked(struct span list)
{
	struct span member;

	while (list.p && span_split(&list, ',', &member)) {
		member = protocol_name(span_trim(member));
		if (member.len == 0 || span_is_nocase(member, "h2c") || span_is_nocase(member, "h2") ||
		    span_is_nocase(member, "http") || span_is_nocase(member, "tls"))
			return false;
	}
	return true;
}

bool forward_upgrade(struct builder *asked, const struct http_request *request)
{
	struct options o;
	struct span value;
	size_t i, start = asked->len;

	if (request->minor == 0 || request->body != HTTP_BODY_NONE ||
	    !read_options(&o, request->field, request->n_fields) || !is_option(&o, span_str("upgrade")))
		return false;
	for (i = 0; http_fields_find(request->field, request->n_fields, "Upgrade", i, &value); i++) {
		if (i > 0)
			builder_str(asked, ", ");
		builder_add(asked, value);
	}
	return i > 0 && builder_ok(asked) && may_be_asked(span_from(builder_span(asked), start));
}

bool forward_upgrade_fits(struct span asked, const struct http_response *response)
{
	struct span value, member, one, rest;
	size_t i;

	for (i = 0; http_response_field(response, "Upgrade", i, &value); i++)
		while (value.p && span_split(&value, ',', &member)) {
			bool found = false;

			rest = asked;
			while (rest.p && span_split(&rest, ',', &one))
				found = found || same_name(span_trim(one), span_trim(member));
			if (!found)
				return false;
		}
	return i > 0;
}

static void write_field(struct builder *out, const struct http_field *field)
{
	builder_add(out, field->name);
	builder_str(out, ": ");
	builder_add(out, field->value);
	builder_str(out, "\r\n");
}

/* An address among others, "[2001:db8::1]" or "192.0.2.1". */
static void write_node(struct builder *out, const struct addr *a, bool brackets)
{
	unsigned char text[64];
	struct builder ip;

	builder_init(&ip, text, sizeof text);
	addr_print_ip(&ip, a);
	brackets = brackets && span_find(builder_span(&ip), ':') < ip.len;
	builder_str(out, brackets ? "[" : "");
	builder_add(out, builder_span(&ip));
	builder_str(out, brackets ? "]" : "");
}

static bool has_ip(const struct addr *a)
{
	return a && (addr_family(a) == AF_INET || addr_family(a) == AF_INET6);
}

/* The host that the client means. */
static void write_host(struct builder *out, const struct http_request *request)
{
	bool brackets = span_find(request->host, ':') < request->host.len;

	builder_str(out, brackets ? "[" : "");
	builder_add(out, request->host);
	builder_str(out, brackets ? "]" : "");
	if (request->port) {
		builder_byte(out, ':');
		builder_number(out, request->port);
	}
}

/* "Name: ", and what a trusted front's fields of that name say; true when there was something. */
static bool write_front(struct builder *out, const struct forward_request *r, const char *name)
{
	const struct http_request *request = r->request;
	struct span value;
	size_t i = 0;

	builder_str(out, name);
	builder_str(out, ": ");
	while (r->trusted && http_fields_find(request->field, request->n_fields, name, i, &value)) {
		builder_str(out, i++ > 0 ? ", " : "");
		builder_add(out, value);
	}
	return i > 0;
}

/* A trusted front's word, or ours. */
static void write_word(struct builder *out, const struct forward_request *r, const char *name,
                       const char *word)
{
	if (!write_front(out, r, name))
		builder_str(out, word);
	builder_str(out, "\r\n");
}

static void write_forwarded(struct builder *out, const struct forward_request *r)
{
	builder_str(out, write_front(out, r, "Forwarded") ? ", for=" : "for=");
	if (has_ip(r->peer)) {
		builder_byte(out, '"');
		write_node(out, r->peer, true);
		builder_byte(out, '"');
	} else {
		builder_str(out, "unknown");
	}
	if (r->request->host.len > 0) {
		builder_str(out, ";host=\"");
		write_host(out, r->request);
		builder_byte(out, '"');
	}
	builder_str(out, r->secure ? ";proto=https\r\n" : ";proto=http\r\n");
}

/* Whose request it is, and by what host, as servers want to know it. */
static void write_origin(struct builder *out, const struct forward_request *r)
{
	struct builder before;
	bool some;

	write_forwarded(out, r);
	before = *out;
	some = write_front(out, r, "X-Forwarded-For");
	if (has_ip(r->peer)) {
		builder_str(out, some ? ", " : "");
		write_node(out, r->peer, false);
		some = true;
	}
	if (some)
		builder_str(out, "\r\n");
	else
		*out = before;
	write_word(out, r, "X-Forwarded-Proto", r->secure ? "https" : "http");
	before = *out;
	if (!write_front(out, r, "X-Forwarded-Host")) {
		if (r->request->host.len == 0) {
			*out = before;
			return;
		}
		write_host(out, r->request);
	}
	builder_str(out, "\r\n");
}

static void write_via(struct builder *out, const struct forward_request *r)
{
	const struct http_request *request = r->request;
	struct span value;

	builder_str(out, "Via: ");
	for (size_t i = 0; http_fields_find(request->field, request->n_fields, "Via", i, &value); i++) {
		builder_add(out, value);
		builder_str(out, ", ");
	}
	builder_str(out, request->minor > 0 ? "1.1 " : "1.0 ");
	builder_add(out, r->name);
	builder_str(out, "\r\n");
}

static void write_framing(struct builder *out, const struct forward_request *r)
{
	const struct http_request *request = r->request;

	if (request->body == HTTP_BODY_CHUNKED) {
		builder_str(out, "Transfer-Encoding: chunked\r\n");
	} else if (request->body == HTTP_BODY_LENGTH) {
		builder_str(out, "Content-Length: ");
		builder_number(out, request->body_len);
		builder_str(out, "\r\n");
	}
	if (request->expect_continue)
		builder_str(out, "Expect: 100-continue\r\n");
	if (r->upgrade.len > 0) {
		builder_str(out, "Connection: upgrade\r\n");
		http_field_line(out, "Upgrade", r->upgrade);
	}
}

/* A field of a request that goes on as it is. */
static bool goes_on(const struct forward_request *r, const struct options *o, struct span name)
{
	if (is_one_of(name, between, sizeof between / sizeof *between) ||
	    is_one_of(name, ours, sizeof ours / sizeof *ours) || is_option(o, name))
		return false;
	if (name.len >= 11 && is_name(span_head(name, 11), "x-forwarded"))
		return false;
	return r->bearer.len == 0 || !is_name(name, "authorization");
}

void forward_write_request(struct builder *out, const struct forward_request *r)
{
	const struct http_request *request = r->request;
	struct options o;

	read_options(&o, request->field, request->n_fields);
	builder_add(out, request->method);
	builder_byte(out, ' ');
	builder_add(out, r->target);
	builder_str(out, " HTTP/1.1\r\nHost: ");
	if (r->host.len > 0)
		builder_add(out, r->host);
	else if (request->host.len > 0)
		write_host(out, request);
	else
		builder_add(out, r->otherwise);
	builder_str(out, "\r\n");
	for (size_t i = 0; i < request->n_fields; i++)
		if (goes_on(r, &o, request->field[i].name))
			write_field(out, &request->field[i]);
	if (r->bearer.len > 0) {
		builder_str(out, "Authorization: Bearer ");
		builder_add(out, r->bearer);
		builder_str(out, "\r\n");
	}
	write_origin(out, r);
	write_via(out, r);
	write_framing(out, r);
	builder_str(out, "\r\n");
}

bool forward_answer_ok(const struct http_response *response)
{
	struct options o;

	return read_options(&o, response->field, response->n_fields);
}

void forward_write_fields(struct builder *out, const struct http_response *response, bool upgrade)
{
	struct options o;

	read_options(&o, response->field, response->n_fields);
	for (size_t i = 0; i < response->n_fields; i++) {
		struct span name = response->field[i].name;

		if (upgrade && span_is_nocase(name, "Upgrade"))
			write_field(out, &response->field[i]);
		else if (!is_one_of(name, between, sizeof between / sizeof *between) && !is_option(&o, name))
			write_field(out, &response->field[i]);
	}
}
