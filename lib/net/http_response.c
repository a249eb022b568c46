/* Heads of answers. */
#include <string.h>

#include "net/http.h"
#include "net/http_class.h"
#include "net/http_fields.h"
#include "net/http_head.h"

/* "HTTP/1.1 200", then nothing, or a space and any reason. */
static int status_line(void *message, struct span line, bool whole, size_t looked)
{
	struct http_response *response = message;
	const size_t code = strlen("HTTP/1.1 "), end = code + 3;
	uint64_t status;

	(void)looked;
	if (!whole)
		return 0;
	if (line.len == 0 || line.p[--line.len] != '\r' || line.len < end)
		return 400;
	if (http_version_parse(span_head(line, code - 1), &response->minor) != 200 ||
	    line.p[code - 1] != ' ' ||
	    !span_number(span_head(span_from(line, code), 3), 599, &status) || status < 100)
		return 400;
	response->status = (int)status;
	line = span_from(line, end);
	return line.len == 0 ||
	       (line.p[0] == ' ' && http_class_span(line, HTTP_CLASS_VALUE) == line.len) ? 200 : 400;
}

static bool has_no_body(const struct http_response *response, bool to_head)
{
	return to_head || response->status < 200 || response->status == 204 ||
	       response->status == 304;
}

/* RFC 9112, section 6.3. */
static bool judge(struct http_response *response, bool to_head)
{
	struct http_framing f = { .lengths = 0 };

	if (response->n_fields > HTTP_FIELDS_MAX)
		return false;
	for (size_t i = 0; i < response->n_fields; i++)
		if (!http_framing_add(&f, &response->field[i]))
			return false;
	if (http_framing_body(&f, response->minor, &response->body) != 200)
		return false;
	if (has_no_body(response, to_head))
		response->body = HTTP_BODY_NONE;
	else if (response->body == HTTP_BODY_NONE)
		response->body = HTTP_BODY_CLOSE;
	response->body_len = response->body == HTTP_BODY_LENGTH ? f.body_len : 0;
	response->keep_alive = response->body != HTTP_BODY_CLOSE &&
	                       http_framing_stays(&f, response->minor);
	return true;
}

int http_response_parse(struct span bytes, bool to_head, size_t *scanned,
                        struct http_response *response, size_t *used)
{
	struct http_head head = { status_line, response, response->field, &response->n_fields };
	int status = http_head_parse(&head, bytes, 0, scanned, used);

	if (status == 200 && judge(response, to_head))
		return 200;
	return status == 0 ? 0 : 400;
}

bool http_response_field(const struct http_response *response, const char *name, size_t n,
                         struct span *value)
{
	return http_fields_find(response->field, response->n_fields, name, n, value);
}

bool http_retry_after(const struct http_response *response, int64_t unix_now, int64_t *seconds)
{
	struct span value;
	uint64_t number;
	int64_t then, now;

	if (!http_response_field(response, "Retry-After", 0, &value))
		return false;
	if (span_number(value, INT64_MAX, &number)) {
		*seconds = (int64_t)number;
		return true;
	}
	if (!http_date_parse(value, &then))
		return false;
	if (!http_response_field(response, "Date", 0, &value) || !http_date_parse(value, &now))
		now = unix_now;
	/* `then` is within the years 0 to 9999; the caller's clock may be anything. */
	if (then <= now)
		*seconds = 0;
	else if (__builtin_sub_overflow(then, now, seconds))
		*seconds = INT64_MAX;
	return true;
}
