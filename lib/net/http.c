/* Heads of requests: the request line, and the forms of a target. */
#include "net/http.h"

#include <string.h>

#include "net/http_class.h"
#include "net/http_fields.h"
#include "net/http_head.h"
#include "net/url.h"

enum { METHOD_MAX = 32, EMPTY_LINES_MAX = 2 };

/* `scheme://authority[path][?query]`, of which only http: is ours. */
static bool absolute_form(struct http_request *request, struct span target)
{
	struct url_parts parts;

	url_split(&parts, target);
	if (!span_is_nocase(parts.scheme, "http") || !parts.authority.p)
		return false;
	request->path = parts.path.len > 0 ? parts.path : url_root;
	request->query = parts.query;
	return http_host_parse(parts.authority, &request->host, &request->host_is_address,
	                       &request->port);
}

/* Sets path and query, and of an absolute-form target the host. */
static bool target_parse(struct http_request *request)
{
	struct span target = request->target;
	size_t n = span_find(target, '?');

	request->host = request->query = (struct span){ NULL, 0 };
	request->host_is_address = false;
	request->port = 0;
	if (target.p[0] == '/') {
		request->path = span_head(target, n);
		request->query = span_from(target, n);
		return true;
	}
	if (span_is(target, "*")) {
		request->path = target;
		return span_is(request->method, "OPTIONS");
	}
	return absolute_form(request, target);
}

/* The target's length is not checked twice. */
static int request_line(void *message, struct span line, bool whole, size_t looked)
{
	struct http_request *request = message;
	size_t n = http_class_span(span_head(line, METHOD_MAX + 1), HTTP_CLASS_TOKEN);
	struct span rest = span_from(line, n + 1);
	int status;

	if (n > METHOD_MAX)
		return 501;
	if (!whole && (n == line.len || span_is(line, "\r")))
		return 0;
	if (n == 0 || n == line.len || line.p[n] != ' ')
		return 400;
	if (!whole && (rest.len <= HTTP_TARGET_MAX || looked > n + 1 + HTTP_TARGET_MAX))
		return 0;
	request->method = span_head(line, n);
	n = http_class_span(span_head(rest, HTTP_TARGET_MAX + 1), HTTP_CLASS_TARGET);
	if (n > HTTP_TARGET_MAX)
		return 414;
	if (n == 0 || n == rest.len || rest.p[n] != ' ')
		return 400;
	if (!whole)
		return 0;
	request->target = span_head(rest, n);
	rest = span_from(rest, n + 1);
	if (rest.len == 0 || rest.p[--rest.len] != '\r')
		return 400;
	status = http_version_parse(rest, &request->minor);
	if (status != 200)
		return status;
	if (span_is(request->method, "CONNECT"))
		return 501;
	return target_parse(request) ? 200 : 400;
}

/* Length of the empty lines in front, of which one above the limit is counted too. */
static size_t empty_lines(struct span bytes)
{
	size_t n = 0;

	while (n <= 2 * EMPTY_LINES_MAX && bytes.len - n >= 2 && bytes.p[n] == '\r' &&
	       bytes.p[n + 1] == '\n')
		n += 2;
	return n;
}

int http_request_parse(struct span bytes, size_t *scanned, struct http_request *request,
                       size_t *used)
{
	struct http_head head = { request_line, request, request->field, &request->n_fields };
	size_t skip = empty_lines(bytes);
	int status;

	if (skip > 2 * EMPTY_LINES_MAX)
		return 400;
	status = http_head_parse(&head, bytes, skip, scanned, used);
	return status == 200 ? http_fields_judge(request) : status;
}
