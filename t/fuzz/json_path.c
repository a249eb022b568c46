/*
 * Paths into JSON: what stands before the first newline is a path, the rest a
 * document. A path that is found leads to a value of the document; the path that is
 * written for a value leads to that very value; a value on one line means the same.
 */
#include "base/json_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_compact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TOKENS = 512 }; /* max_len=2048 */

static struct json_token tokens[TOKENS], again_tokens[TOKENS];
static unsigned char path_room[4 * JSON_PATH_MAX], compact_room[JSON_COMPACT_GROWTH * 2048];

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* All values below `v`, which the first `len` bytes of the room lead to. */
static void walk(struct json_value root, struct json_value v, struct builder *path, size_t number)
{
	struct builder own = *path;
	struct json_value at;

	must(builder_ok(path));
	if (path->len <= JSON_PATH_MAX && path->len > 0) {
		must(json_path_ok(builder_span(path)));
		at = json_path_find(root, builder_span(path));
		must(at.in == v.in && at.at == v.at);
	}
	for (struct json_value c = json_first(v); c.at >= 0; c = json_next(v, c)) {
		*path = own;
		builder_byte(path, '[');
		if (json_type(v) == JSON_ARRAY)
			builder_number(path, number++);
		else
			builder_add(path, json_source(json_name(v, c)));
		builder_byte(path, ']');
		walk(root, c, path, 0);
	}
	*path = own;
}

static void same(struct json_value a, struct json_value b)
{
	must(json_type(a) == json_type(b) && json_count(a) == json_count(b));
	b = json_first(b);
	for (struct json_value c = json_first(a); c.at >= 0; c = json_next(a, c)) {
		must(b.at >= 0);
		same(c, b);
		b = (struct json_value){ b.in, b.in->tokens[b.at].next };
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size), path;
	size_t n = span_find(text, '\n');
	struct json doc, again;
	struct json_value v;
	struct builder b;

	if (size > 2048)
		return 0;
	path = span_head(text, n);
	if (!json_read(&doc, span_from(text, n + 1), tokens, TOKENS)) {
		json_path_ok(path);
		return 0;
	}
	v = json_path_ok(path) ? json_path_find(json_root(&doc), path) : json_root(&doc);
	must(v.at < doc.n);
	builder_init(&b, path_room, sizeof path_room);
	walk(json_root(&doc), json_root(&doc), &b, 0);
	if (json_type(v) == JSON_ABSENT)
		return 0;
	builder_init(&b, compact_room, sizeof compact_room);
	json_compact(&b, v);
	must(builder_ok(&b) && span_find(builder_span(&b), '\n') == b.len &&
	     json_read(&again, builder_span(&b), again_tokens, TOKENS));
	same(v, json_root(&again));
	return 0;
}
