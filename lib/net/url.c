/* URLs: taken apart, and references made absolute. */
#include "net/url.h"

#include <string.h>

#include "base/ascii.h"
#include "net/http.h"

enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

const struct span url_root = { (const unsigned char *)"/", 1 };

/* Length of the scheme in front of a colon; 0 when there is none. */
static size_t scheme_len(struct span text)
{
	size_t n = 0;

	while (n < text.len && (ascii_alnum(text.p[n]) || text.p[n] == '+' || text.p[n] == '-' ||
	                        text.p[n] == '.'))
		n++;
	return n > 0 && n < text.len && text.p[n] == ':' && !ascii_digit(text.p[0]) &&
	               ascii_alnum(text.p[0]) ? n : 0;
}

void url_split(struct url_parts *parts, struct span text)
{
	size_t n;

	if (!text.p)
		text = span_str("");
	n = scheme_len(text);
	parts->scheme = span_head(text, n);
	if (n > 0)
		text = span_from(text, n + 1);
	n = span_find(text, '#');
	parts->fragment = span_from(text, n);
	text = span_head(text, n);
	n = span_find(text, '?');
	parts->query = span_from(text, n);
	text = span_head(text, n);
	parts->authority = (struct span){ NULL, 0 };
	if (span_starts(text, "//")) {
		text = span_from(text, 2);
		n = span_find(text, '/');
		parts->authority = span_head(text, n);
		text = span_from(text, n);
	}
	parts->path = text;
}

static bool visible(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f)
			return false;
	return true;
}

bool url_parse(struct url *u, struct span text)
{
	struct url_parts parts;

	if (text.len > URL_MAX || !visible(text))
		return false;
	url_split(&parts, text);
	u->https = span_is_nocase(parts.scheme, "https");
	if ((!u->https && !span_is_nocase(parts.scheme, "http")) || !parts.authority.p ||
	    !http_host_parse(parts.authority, &u->host, &u->host_is_address, &u->port))
		return false;
	if (u->port == 0)
		u->port = u->https ? HTTPS_PORT : HTTP_PORT;
	u->path = parts.path.len > 0 ? parts.path : url_root;
	u->query = parts.query;
	return true;
}

/* Appends a path that is empty or begins with '/', without its "." and ".." (5.2.4). */
static void add_without_dots(struct builder *out, struct span path)
{
	size_t mark = out->len;

	while (path.len > 0) {
		size_t n = 1 + span_find(span_from(path, 1), '/');
		struct span segment = span_head(path, n);
		bool last = n == path.len;

		path = span_from(path, n);
		if (span_is(segment, "/..")) {
			while (out->len > mark && out->p[--out->len] != '/')
				;
		} else if (!span_is(segment, "/.")) {
			builder_add(out, segment);
			continue;
		}
		if (last)
			builder_byte(out, '/');
	}
}

/* A relative path behind the base's up to its last slash (5.2.3). */
static void add_merged(struct builder *out, struct span base, struct span path)
{
	unsigned char storage[2 * URL_MAX];
	struct builder merged;

	while (base.len > 0 && base.p[base.len - 1] != '/')
		base.len--;
	builder_init(&merged, storage, sizeof storage);
	builder_add(&merged, base);
	builder_add(&merged, path);
	out->overflow = out->overflow || !builder_ok(&merged);
	add_without_dots(out, builder_span(&merged));
}

/* Path and query of the outcome; the reference has no authority of its own. */
static void add_target(struct builder *out, const struct url *base, const struct url_parts *r)
{
	if (r->path.len == 0)
		builder_add(out, base->path);
	else if (r->path.p[0] == '/')
		add_without_dots(out, r->path);
	else
		add_merged(out, base->path, r->path);
	builder_add(out, r->path.len > 0 || r->query.len > 0 ? r->query : base->query);
}

bool url_resolve(struct builder *out, struct span base, struct span reference)
{
	unsigned char storage[URL_MAX];
	struct builder text;
	struct url_parts from, r;
	struct url u;

	if (!url_parse(&u, base) || reference.len > URL_MAX)
		return false;
	url_split(&from, base);
	url_split(&r, reference);
	builder_init(&text, storage, sizeof storage);
	builder_add(&text, r.scheme.len > 0 ? r.scheme : from.scheme);
	builder_str(&text, "://");
	if (r.scheme.len > 0 || r.authority.p) {
		if (!r.authority.p)
			return false;
		builder_add(&text, r.authority);
		add_without_dots(&text, r.path);
		builder_add(&text, r.query);
	} else {
		builder_add(&text, from.authority);
		add_target(&text, &u, &r);
	}
	if (!builder_ok(&text) || !url_parse(&u, builder_span(&text)))
		return false;
	builder_add(out, builder_span(&text));
	return builder_ok(out);
}

void url_write_host(struct builder *out, const struct url *u)
{
	bool v6 = u->host_is_address && span_find(u->host, ':') < u->host.len;

	if (v6)
		builder_byte(out, '[');
	builder_add(out, u->host);
	if (v6)
		builder_byte(out, ']');
	if (u->port != (u->https ? HTTPS_PORT : HTTP_PORT)) {
		builder_byte(out, ':');
		builder_number(out, u->port);
	}
}
