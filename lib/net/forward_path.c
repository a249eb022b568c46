/* Paths held against prefixes. */
#include "net/forward_path.h"

#include "base/ascii.h"
#include "base/hex.h"

/* The byte that "%XX" at the front of `text` stands for; -1 when it is malformed. */
static int decoded(struct span text)
{
	unsigned char byte;
	struct builder b;

	builder_init(&b, &byte, 1);
	return text.len >= 3 && hex_decode(&b, span_head(span_from(text, 1), 2)) ? byte : -1;
}

/* A segment that stays what it is, whoever reads it. */
static bool plain(struct span segment)
{
	size_t dots = 0, others = 0;
	bool parameters = false;

	for (size_t i = 0; i < segment.len; i++) {
		int c = segment.p[i];

		if (c == '%') {
			c = decoded(span_from(segment, i));
			i += 2;
		}
		if (c < 0 || c == '/' || c == '\\' || ascii_control((unsigned char)c))
			return false;
		parameters = parameters || c == ';';
		dots += c == '.' && !parameters;
		others += c != '.' && !parameters;
	}
	return others > 0 || dots == 0 || dots > 2;
}

static bool all_plain(struct span path)
{
	struct span segment;

	while (span_split(&path, '/', &segment))
		if (!plain(segment))
			return false;
	return true;
}

bool forward_path_prefix_ok(struct span prefix)
{
	return span_starts(prefix, "/") && all_plain(prefix) && span_find(prefix, '?') == prefix.len &&
	       span_find(prefix, '#') == prefix.len && span_find(prefix, ' ') == prefix.len;
}

/* Without a slash at its end, so that "/" is below everything. */
static struct span bare(struct span prefix)
{
	while (prefix.len > 0 && prefix.p[prefix.len - 1] == '/')
		prefix.len--;
	return prefix;
}

static bool below(struct span path, struct span prefix)
{
	prefix = bare(prefix);
	return span_eq(span_head(path, prefix.len), prefix) &&
	       (path.len == prefix.len || path.p[prefix.len] == '/');
}

static bool is_allowed(const struct forward_path *rules, struct span path)
{
	for (size_t i = 0; i < rules->n_allowed; i++)
		if (below(path, rules->allowed[i]))
			return true;
	return rules->n_allowed == 0;
}

int forward_path_target(struct builder *out, const struct forward_path *rules,
                        const struct http_request *request)
{
	struct span path = request->path;
	bool any = rules->n_allowed > 0 || rules->strip.len > 0 || rules->add.len > 0;

	/* OPTIONS *: about the server as a whole, which may be more than is let through. */
	if (!span_starts(path, "/")) {
		builder_add(out, path);
		return any ? 404 : 200;
	}
	if (any && !all_plain(path))
		return 400;
	if (!is_allowed(rules, path) || !below(path, rules->strip))
		return 404;
	path = span_from(path, bare(rules->strip).len);
	builder_add(out, bare(rules->add));
	if (path.len == 0)
		builder_byte(out, '/');
	builder_add(out, path);
	builder_add(out, request->query);
	return 200;
}
