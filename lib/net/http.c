/*
 * Request heads: lines and their syntax. What the fields mean together is
 * judged in http_fields.c, and only of a head that is whole, so a head gives
 * the same answer in however many pieces it came.
 */
#include "net/http.h"

#include <string.h>

#include "base/ascii.h"
#include "net/http_class.h"
#include "net/http_fields.h"

enum { METHOD_MAX = 32, EMPTY_LINES_MAX = 2 };

/* `scheme://authority[path][?query]`, of which only http: is ours. */
static bool absolute_form(struct http_request *request, struct span target)
{
	static const unsigned char root = '/';
	struct span rest = span_from(target, strlen("http://")), authority;
	size_t n = 0;

	if (!span_is_nocase(span_head(target, strlen("http://")), "http://"))
		return false;
	while (n < rest.len && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	authority = span_head(rest, n);
	rest = span_from(rest, n);
	n = span_find(rest, '?');
	request->path = n > 0 ? span_head(rest, n) : span_of(&root, 1);
	request->query = span_from(rest, n);
	return http_host_parse(authority, &request->host, &request->host_is_address,
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

/* "HTTP/1.1" and the CR that ends the line. */
static int version_parse(struct http_request *request, struct span text)
{
	if (text.len != strlen("HTTP/1.1\r") || !span_starts(text, "HTTP/") ||
	    !ascii_digit(text.p[5]) || text.p[6] != '.' || !ascii_digit(text.p[7]) ||
	    text.p[8] != '\r')
		return 400;
	request->minor = text.p[7] > '0';
	return text.p[5] == '1' ? 200 : 505;
}

/*
 * The request line without its LF, or as much of it as there is. Faults are
 * found in the order of the bytes, so a part never tells what the whole does
 * not. `looked` bytes were here before: the target's length is not checked
 * twice. Returns 0 when more must come, 200, or the refusal.
 */
static int request_line(struct http_request *request, struct span line, bool whole, size_t looked)
{
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
	status = version_parse(request, span_from(rest, n + 1));
	if (status != 200)
		return status;
	if (span_is(request->method, "CONNECT"))
		return 501;
	return target_parse(request) ? 200 : 400;
}

/* A field line without its CRLF. A folded line begins with a space: no token. */
static bool field_parse(struct span line, struct http_field *field)
{
	size_t n = http_class_span(line, HTTP_CLASS_TOKEN);

	if (n == 0 || n == line.len || line.p[n] != ':')
		return false;
	field->name = span_head(line, n);
	field->value = span_trim(span_from(line, n + 1));
	return http_class_span(span_from(line, n + 1), HTTP_CLASS_VALUE) == line.len - n - 1;
}

/*
 * The lines from `*at`, which begins one, up to the empty line. The bytes
 * before `looked` hold no LF from there on. With `request`, they are kept in
 * it; fields above the limit are only counted. Returns 0 when the empty line
 * is still to come, 200 with `*at` behind it, or 400.
 */
static int field_lines(struct span head, size_t *at, size_t looked, struct http_request *request)
{
	for (;;) {
		size_t from = *at > looked ? *at : looked;
		size_t end = from + span_find(span_from(head, from), '\n');
		struct span line = span_head(span_from(head, *at), end - *at);
		struct http_field field;

		if (end == head.len)
			return 0;
		if (line.len == 0 || line.p[--line.len] != '\r')
			return 400;
		*at = end + 1;
		if (line.len == 0)
			return 200;
		if (!field_parse(line, &field))
			return 400;
		if (request && request->n_fields++ < HTTP_FIELDS_MAX)
			request->field[request->n_fields - 1] = field;
	}
}

/* The head from its request line at `*at` on, kept in `request`. */
static int lines(struct span head, size_t *at, size_t looked, struct http_request *request)
{
	size_t from = *at > looked ? *at : looked;
	size_t end = from + span_find(span_from(head, from), '\n');
	struct span line = span_head(span_from(head, *at), end - *at);
	int status = request_line(request, line, end < head.len, looked > *at ? looked - *at : 0);

	if (status != 200)
		return status;
	*at = end + 1;
	request->n_fields = 0;
	return field_lines(head, at, looked, request);
}

/* Length of the empty lines in front, of which one above the limit is counted too. */
static size_t empty_lines(struct span head)
{
	size_t n = 0;

	while (n <= 2 * EMPTY_LINES_MAX && head.len - n >= 2 && head.p[n] == '\r' &&
	       head.p[n + 1] == '\n')
		n += 2;
	return n;
}

/* Where the line begins in which `looked` lies. */
static size_t line_start(struct span head, size_t looked)
{
	const unsigned char *newline = looked > 0 ? memrchr(head.p, '\n', looked) : NULL;

	return newline ? (size_t)(newline - head.p) + 1 : 0;
}

int http_request_parse(struct span bytes, size_t *scanned, struct http_request *request,
                       size_t *used)
{
	struct span head = span_head(bytes, HTTP_HEAD_MAX);
	size_t looked = *scanned < head.len ? *scanned : head.len;
	size_t first = empty_lines(head), at = line_start(head, looked);
	int status;

	if (first > 2 * EMPTY_LINES_MAX)
		return 400;
	if (at <= first) {
		at = first;
		status = lines(head, &at, looked, request);
	} else {
		/* The request line passed before: what is new first, the whole once it is there. */
		status = field_lines(head, &at, looked, NULL);
		if (status == 200) {
			at = first;
			status = lines(head, &at, 0, request);
		}
	}
	if (status == 0 && head.len == HTTP_HEAD_MAX)
		return 431;
	*scanned = status == 0 ? head.len : 0;
	if (status != 200)
		return status;
	*used = at;
	return http_fields_judge(request);
}
