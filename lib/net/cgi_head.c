/* Heads of CGI programs' answers. */
#include "net/cgi.h"
#include "net/http_class.h"
#include "net/http_head.h"

/*
 * The offset behind the head's empty line; 0 when it is not there yet. A line ends in LF; the
 * CR before it belongs to the end.
 */
static size_t head_end(struct span bytes, size_t from)
{
	for (size_t i = from; i < bytes.len; i++) {
		if (bytes.p[i] != '\n')
			continue;
		if (i == 0 || bytes.p[i - 1] == '\n' ||
		    (bytes.p[i - 1] == '\r' && (i == 1 || bytes.p[i - 2] == '\n')))
			return i + 1;
	}
	return 0;
}

static bool dropped(struct span name)
{
	static const char *const names[] = {
		"Status", "Content-Length", "Connection", "Keep-Alive", "Proxy-Connection", "TE",
		"Trailer", "Upgrade", "Date",
	};
	static const char extension[] = "X-CGI-";

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_is_nocase(name, names[i]))
			return true;
	return span_is_nocase(span_head(name, sizeof extension - 1), extension);
}

/* What is found so far. */
struct found {
	bool status, type, location, other;
};

/* Three digits of a final status, then nothing or a space and a reason. */
static bool status(struct span value, int *code)
{
	uint64_t n;

	if (value.len < 3 || (value.len > 3 && value.p[3] != ' ') ||
	    !span_number(span_head(value, 3), 599, &n) || n < 200)
		return false;
	*code = (int)n;
	return true;
}

static bool once(bool *seen)
{
	bool first = !*seen;

	*seen = true;
	return first;
}

/* One field; false for one that makes the answer none. */
static bool take(struct cgi_head *head, struct found *f, const struct http_field *field)
{
	struct span name = field->name, value = field->value;

	if (span_is_nocase(name, "Status"))
		return once(&f->status) && status(value, &head->status);
	if (span_is_nocase(name, "Content-Length"))
		return once(&head->has_length) && span_number(value, INT64_MAX, &head->length);
	if (span_is_nocase(name, "Transfer-Encoding"))
		return false;
	if (span_is_nocase(name, "Content-Type")) {
		if (!once(&f->type))
			return false;
	} else if (span_is_nocase(name, "Location")) {
		if (!once(&f->location) || value.len == 0 ||
		    http_class_span(value, HTTP_CLASS_VALUE) < value.len)
			return false;
		head->location = value;
	} else {
		f->other = true;
	}
	if (dropped(name))
		return true;
	if (head->n_fields == HTTP_FIELDS_MAX)
		return false;
	head->field[head->n_fields++] = *field;
	return true;
}

/* A path of ours with an optional query, of the bytes a target is made of; "//host" is none. */
static bool local(struct span location)
{
	return location.p[0] == '/' && !span_starts(location, "//") &&
	       location.len <= HTTP_TARGET_MAX &&
	       http_class_span(location, HTTP_CLASS_TARGET) == location.len;
}

/* What the fields mean together (RFC 3875, section 6.2). */
static int judge(struct cgi_head *head, const struct found *f)
{
	if (!f->status && !f->type && !f->location)
		return 502;
	head->kind = f->location ? CGI_CLIENT : CGI_DOCUMENT;
	if (!f->status)
		head->status = f->location ? 302 : 200;
	if (!f->location || f->status || head->location.p[0] != '/' ||
	    span_starts(head->location, "//"))
		return 200;
	head->kind = CGI_LOCAL;
	return local(head->location) && !f->other && !f->type ? 200 : 502;
}

int cgi_head_parse(struct span bytes, size_t *scanned, struct cgi_head *head, size_t *used)
{
	struct span part = span_head(bytes, HTTP_HEAD_MAX);
	size_t end = head_end(part, *scanned < part.len ? *scanned : part.len);
	struct found found = { .status = false };
	struct span rest, line;
	struct http_field field;

	if (end == 0) {
		*scanned = part.len;
		return part.len == HTTP_HEAD_MAX ? 502 : 0;
	}
	*scanned = 0;
	*used = end;
	head->n_fields = 0;
	head->has_length = false;
	head->length = 0;
	head->location = (struct span){ NULL, 0 };
	rest = span_head(part, end);
	while (span_split(&rest, '\n', &line) && line.len > 0) {
		if (line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0)
			break;
		if (!http_field_parse(line, &field) || !take(head, &found, &field))
			return 502;
	}
	return judge(head, &found);
}
