/*
 * Heads of messages: lines and their syntax. What the fields mean together is
 * judged in http_fields.c, and only of a head that is whole, so a head gives
 * the same answer in however many pieces it came.
 */
#include "net/http_head.h"

#include <string.h>

#include "base/ascii.h"
#include "net/http_class.h"

int http_version_parse(struct span text, int *minor)
{
	if (text.len != strlen("HTTP/1.1") || !span_starts(text, "HTTP/") ||
	    !ascii_digit(text.p[5]) || text.p[6] != '.' || !ascii_digit(text.p[7]))
		return 400;
	*minor = text.p[7] > '0';
	return text.p[5] == '1' ? 200 : 505;
}

bool http_field_parse(struct span line, struct http_field *field)
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
 * before `looked` hold no LF from there on. With `keep`, they are kept in its
 * place. Returns 0 when the empty line is still to come, 200 with `*at` behind
 * it, or 400.
 */
static int field_lines(struct span bytes, size_t *at, size_t looked, const struct http_head *keep)
{
	for (;;) {
		size_t from = *at > looked ? *at : looked;
		size_t end = from + span_find(span_from(bytes, from), '\n');
		struct span line = span_head(span_from(bytes, *at), end - *at);
		struct http_field field;

		if (end == bytes.len)
			return 0;
		if (line.len == 0 || line.p[--line.len] != '\r')
			return 400;
		*at = end + 1;
		if (line.len == 0)
			return 200;
		if (!http_field_parse(line, &field))
			return 400;
		if (keep && (*keep->n_fields)++ < HTTP_FIELDS_MAX)
			keep->field[*keep->n_fields - 1] = field;
	}
}

/* The head from its first line at `*at` on, kept. */
static int lines(const struct http_head *head, struct span bytes, size_t *at, size_t looked)
{
	size_t from = *at > looked ? *at : looked;
	size_t end = from + span_find(span_from(bytes, from), '\n');
	struct span line = span_head(span_from(bytes, *at), end - *at);
	int status = head->first_line(head->message, line, end < bytes.len,
	                              looked > *at ? looked - *at : 0);

	if (status != 200)
		return status;
	*at = end + 1;
	*head->n_fields = 0;
	return field_lines(bytes, at, looked, head);
}

/* Where the line begins in which `looked` lies. */
static size_t line_start(struct span bytes, size_t looked)
{
	const unsigned char *newline = looked > 0 ? memrchr(bytes.p, '\n', looked) : NULL;

	return newline ? (size_t)(newline - bytes.p) + 1 : 0;
}

int http_head_parse(const struct http_head *head, struct span bytes, size_t skip,
                    size_t *scanned, size_t *used)
{
	struct span part = span_head(bytes, HTTP_HEAD_MAX);
	size_t looked = *scanned < part.len ? *scanned : part.len;
	size_t at = line_start(part, looked);
	int status;

	if (at <= skip) {
		at = skip;
		status = lines(head, part, &at, looked);
	} else {
		/* The first line passed before: what is new first, the whole once it is there. */
		status = field_lines(part, &at, looked, NULL);
		if (status == 200) {
			at = skip;
			status = lines(head, part, &at, 0);
		}
	}
	if (status == 0 && part.len == HTTP_HEAD_MAX)
		return 431;
	*scanned = status == 0 ? part.len : 0;
	if (status == 200)
		*used = at;
	return status;
}
