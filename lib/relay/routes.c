/* Routes from a directory or a file. */
#include "relay/routes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* The next word of a line; empty at its end. */
static struct span next_word(struct span *line)
{
	struct span word;
	size_t len = 0;

	*line = span_trim(*line);
	while (len < line->len && line->p[len] != ' ' && line->p[len] != '\t')
		len++;
	word = span_head(*line, len);
	*line = span_from(*line, len);
	return word;
}

static bool parse_host(struct route *route, struct span host, bool brackets)
{
	if (addr_parse_ip(&route->addr, host, route->port)) {
		route->literal = true;
		return (addr_family(&route->addr) == AF_INET6) == brackets;
	}
	return !brackets && hostname_fold(route->host, host).len > 0;
}

static bool parse_target(struct route *route, struct span text)
{
	bool brackets = text.len > 0 && text.p[0] == '[';
	struct span host = text;

	if (span_starts(text, "unix:")) {
		route->literal = true;
		return addr_parse(&route->addr, text) && route->addr.mode < 0;
	}
	if (brackets && text.p[text.len - 1] == ']')
		host = span_head(span_from(text, 1), text.len - 2);
	else if ((brackets || span_find(text, ':') < text.len) &&
	         (!addr_split(text, &host, &route->port) || route->port == 0))
		return false;
	return parse_host(route, host, brackets);
}

bool route_parse(struct route *route, struct span text)
{
	struct span target = next_word(&text), option = next_word(&text);

	memset(route, 0, sizeof *route);
	if (target.len == 0 || !parse_target(route, target))
		return false;
	route->proxy = span_is(option, "proxy");
	return (option.len == 0 || route->proxy) && span_trim(text).len == 0;
}

/* A name as it stands in the file: folded in place. False when it is none. */
static bool name_ok(struct span name)
{
	char text[HOSTNAME_MAX + 1];
	struct span host = name, folded;

	if (span_starts(name, "*."))
		host = span_from(name, 2);
	folded = hostname_fold(text, host);
	if (folded.len == 0 || folded.len != host.len)
		return false;
	/* The text is the routes' own, and what changes is the case of letters. */
	memcpy((unsigned char *)(uintptr_t)host.p, text, folded.len);
	return true;
}

static int compare_spans(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.p, b.p, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *a, const void *b)
{
	return compare_spans(((const struct routes_line *)a)->name, ((const struct routes_line *)b)->name);
}

/* Reads the lines of `text` into `list`, which has room for all of them. NULL, or what is wrong. */
static const char *read_lines(struct span text, struct routes_line *list, size_t *n, size_t *number)
{
	struct span line;
	struct route route;

	for (*number = 1; span_split(&text, '\n', &line); ++*number) {
		struct routes_line *l = &list[*n];

		if (line.len > ROUTES_LINE_MAX)
			return "too long";
		line = span_trim(line);
		if (line.len == 0 || line.p[0] == '#')
			continue;
		l->name = next_word(&line);
		l->value = line;
		if (!name_ok(l->name))
			return "not a name";
		if (!route_parse(&route, line))
			return "not a route";
		++*n;
	}
	*number = 0;
	qsort(list, *n, sizeof *list, compare);
	for (size_t i = 1; i < *n; i++)
		if (compare(&list[i - 1], &list[i]) == 0)
			return "a name is there twice";
	return NULL;
}

/* Takes the place of what was read before, or leaves it. */
static const char *load(struct routes *r, size_t *number)
{
	size_t cap = (size_t)r->file.seen.size + 1, len, n = 1;
	struct routes_line *list = NULL;
	unsigned char *text;
	const char *why = "";

	*number = 0;
	if (r->file.seen.size > ROUTES_FILE_MAX)
		return "too large";
	text = malloc(cap);
	if (text && file_read(r->file.dir, r->file.name, text, cap, &len) == FILE_OK) {
		for (size_t i = 0; i < len; i++)
			n += text[i] == '\n';
		list = reallocarray(NULL, n, sizeof *list);
		n = 0;
		if (list)
			why = read_lines(span_of(text, len), list, &n, number);
	}
	if (why) {
		free(text);
		free(list);
		return why;
	}
	free(r->text);
	free(r->line);
	r->text = text;
	r->line = list;
	r->n_lines = n;
	return NULL;
}

/* The file again, when it has changed. */
static void look_again(struct routes *r, int64_t now)
{
	const char *why;
	size_t line;

	if (now < r->look)
		return;
	r->look = now + ROUTES_LOOK_MS;
	if (!watched_changed(&r->file))
		return;
	why = load(r, &line);
	if (why && r->refused)
		r->refused(r, *why ? why : strerror(errno), line);
}

static const char *open_file(struct routes *r, const char *path, size_t *line)
{
	if (!watched_open(&r->file, path))
		return "";
	r->dir = r->file.dir;
	return load(r, line);
}

const char *routes_open(struct routes *r, const char *path, size_t *line)
{
	*line = 0;
	r->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->dir >= 0)
		return NULL;
	return errno == ENOTDIR ? open_file(r, path, line) : "";
}

static enum routes_answer find_line(struct routes *r, struct span name, struct route *route)
{
	struct routes_line key = { .name = name };
	const struct routes_line *l = r->n_lines == 0 ? NULL
	        : bsearch(&key, r->line, r->n_lines, sizeof key, compare);

	if (!l)
		return ROUTES_NONE;
	return route_parse(route, l->value) ? ROUTES_FOUND : ROUTES_BROKEN;
}

/* `name` has nothing in it but what a host name has, and _. in front. */
static enum routes_answer find_file(struct routes *r, const char *name, struct route *route)
{
	char text[ROUTES_LINE_MAX];
	size_t len;
	struct span line;

	switch (file_read(r->dir, name, text, sizeof text, &len)) {
	case FILE_OK:
		break;
	case FILE_MISSING:
		return ROUTES_NONE;
	case FILE_EXISTS:
	case FILE_TOO_LARGE:
	case FILE_WRONG_KIND:
	case FILE_ERROR:
		return ROUTES_BROKEN;
	}
	line = span_head(span_of(text, len), span_find(span_of(text, len), '\n'));
	return route_parse(route, line) ? ROUTES_FOUND : ROUTES_BROKEN;
}

static enum routes_answer find(struct routes *r, const char *prefix, struct span name, int64_t now,
                               struct route *route)
{
	char text[HOSTNAME_MAX + sizeof "*."];
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_str(&b, prefix);
	builder_add(&b, name);
	if (!builder_cstr(&b))
		return ROUTES_NONE;
	if (!r->file.name)
		return find_file(r, text, route);
	look_again(r, now);
	return find_line(r, builder_span(&b), route);
}

enum routes_answer routes_exact(struct routes *r, struct span name, int64_t now,
                                struct route *route)
{
	return find(r, "", name, now, route);
}

enum routes_answer routes_wildcard(struct routes *r, struct span name, int64_t now,
                                   struct route *route)
{
	struct span parent = hostname_parent(name);

	if (parent.len == 0)
		return ROUTES_NONE;
	return find(r, r->file.name ? "*." : "_.", parent, now, route);
}
