/* Link fields (RFC 8288). */
#include "net/http.h"
#include "net/http_class.h"

/* A link as it stands in a field. */
struct link {
	struct span target;
	struct span relations; /* separated by spaces */
	bool anchored;
};

static void skip_blanks(struct span *rest)
{
	while (rest->len > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = span_from(*rest, 1);
}

/* Takes this byte and the blanks around it; false when another comes. */
static bool take(struct span *rest, unsigned char c)
{
	skip_blanks(rest);
	if (rest->len == 0 || rest->p[0] != c)
		return false;
	*rest = span_from(*rest, 1);
	skip_blanks(rest);
	return true;
}

/* The inside of a quoted-string, its backslashes left in. False when it has no end. */
static bool take_quoted(struct span *rest, struct span *value)
{
	for (size_t i = 1; i < rest->len; i++) {
		if (rest->p[i] == '\\') {
			i++;
		} else if (rest->p[i] == '"') {
			*value = span_head(span_from(*rest, 1), i - 1);
			*rest = span_from(*rest, i + 1);
			return true;
		}
	}
	return false;
}

/* Laxer than a token: relations that are URLs are seen without quotes. */
static bool take_value(struct span *rest, struct span *value)
{
	size_t n = 0;

	if (rest->len > 0 && rest->p[0] == '"')
		return take_quoted(rest, value);
	while (n < rest->len && rest->p[n] > ' ' && rest->p[n] != ';' && rest->p[n] != ',' &&
	       rest->p[n] != '"')
		n++;
	*value = span_head(*rest, n);
	*rest = span_from(*rest, n);
	return n > 0;
}

/* One parameter, behind its semicolon. Of several relations the first counts (3.3). */
static bool take_parameter(struct span *rest, struct link *link)
{
	size_t n = http_class_span(*rest, HTTP_CLASS_TOKEN);
	struct span name = span_head(*rest, n), value = { NULL, 0 };

	*rest = span_from(*rest, n);
	if (n == 0 || (take(rest, '=') && !take_value(rest, &value)))
		return false;
	if (span_is_nocase(name, "rel") && !link->relations.p)
		link->relations = value;
	if (span_is_nocase(name, "anchor"))
		link->anchored = true;
	return true;
}

/* The next link of a field; false at its end, and when it is malformed from here on. */
static bool next(struct span *rest, struct link *link)
{
	size_t n;

	while (take(rest, ','))
		;
	if (rest->len == 0 || rest->p[0] != '<')
		return false;
	n = span_find(*rest, '>');
	if (n == rest->len)
		return false;
	*link = (struct link){ .target = span_head(span_from(*rest, 1), n - 1) };
	*rest = span_from(*rest, n + 1);
	while (take(rest, ';'))
		if (!take_parameter(rest, link))
			return false;
	return rest->len == 0 || rest->p[0] == ',';
}

static bool is_related(const struct link *link, const char *relation)
{
	struct span list = link->relations, one;

	while (span_split(&list, ' ', &one))
		if (span_is_nocase(one, relation))
			return true;
	return false;
}

bool http_link(const struct http_response *response, const char *relation, size_t n,
               struct span *target)
{
	struct span value;

	for (size_t i = 0; http_response_field(response, "Link", i, &value); i++) {
		struct link link;

		while (next(&value, &link))
			if (!link.anchored && is_related(&link, relation) && n-- == 0) {
				*target = link.target;
				return true;
			}
	}
	return false;
}
