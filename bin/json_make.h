/*
 * json_make: an object from arguments, for json-get.
 *
 *   name=value    a string
 *   name:=value   JSON
 *   name@=file    a string, read from a file ("-": standard input)
 *
 * What is wrong with one ends the program with a message, which does not repeat a value.
 */
#ifndef BIN_JSON_MAKE_H
#define BIN_JSON_MAKE_H

#include <fcntl.h>
#include <stdbool.h>

#include "base/builder.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/io.h"
#include "base/json.h"
#include "base/json_compact.h"
#include "base/prog.h"
#include "base/utf8.h"

struct json_make {
	struct builder *out;
	struct json_token *tokens;
	size_t n_tokens;
	size_t cap; /* of a file, and of the whole */
};

/* Into `buf`, which has `cap` bytes; a line's end at the end is the editor's. */
static struct span json_make_file(const char *path, unsigned char *buf, size_t cap)
{
	size_t len = 0;

	if (strcmp(path, "-") == 0) {
		enum io_result r = io_read_end(0, buf, cap, &len, DEADLINE_NEVER);

		if (r == IO_TOO_LONG)
			prog_perm("standard input: longer than %zu bytes", cap);
		if (r != IO_OK)
			prog_temp("standard input: %s", io_strerror(r));
	} else {
		enum file_result r = file_read(AT_FDCWD, path, buf, cap, &len);

		if (r != FILE_OK)
			prog_perm("%s: %s", prog_text(span_str(path)), file_strerror(r));
	}
	return span_of(buf, len - (len > 0 && buf[len - 1] == '\n'));
}

/* What is no UTF-8 is not quietly made into something else. */
static void json_make_string(struct builder *out, struct span name, struct span text)
{
	if (!utf8_ok(text))
		prog_perm("%s: not UTF-8", prog_text(name));
	json_write_string(out, text);
}

static void json_make_json(const struct json_make *m, struct span name, struct span text)
{
	struct json doc;

	if (!json_read(&doc, text, m->tokens, m->n_tokens))
		prog_perm("%s: not JSON, or too much of it", prog_text(name));
	json_compact(m->out, json_root(&doc));
}

static void json_make_member(const struct json_make *m, const char *argument, unsigned char *buf)
{
	struct span text = span_str(argument);
	size_t n = span_find(text, '=');
	struct span name = span_head(text, n), value = span_from(text, n + 1);
	unsigned char kind = n > 0 ? text.p[n - 1] : 0;

	if (n == text.len)
		prog_perm("not name=value, name:=json or name@=file: %s", prog_text(text));
	if (kind == ':' || kind == '@')
		name.len--;
	json_make_string(m->out, name, name);
	builder_byte(m->out, ':');
	if (kind == ':')
		json_make_json(m, name, value);
	else if (kind == '@')
		json_make_string(m->out, name, json_make_file(argument + n + 1, buf, m->cap));
	else
		json_make_string(m->out, name, value);
}

/* The whole is read again: that is where a name that is there twice is found. */
static void json_make(const struct json_make *m, char *const arguments[], unsigned char *buf)
{
	struct json doc;

	builder_byte(m->out, '{');
	for (size_t i = 0; arguments[i]; i++) {
		if (i > 0)
			builder_byte(m->out, ',');
		json_make_member(m, arguments[i], buf);
	}
	builder_byte(m->out, '}');
	if (!builder_ok(m->out) || m->out->len > m->cap)
		prog_perm("longer than %zu bytes", m->cap);
	if (!json_read(&doc, builder_span(m->out), m->tokens, m->n_tokens))
		prog_perm("a name that is there twice, or too much JSON in it");
	builder_byte(m->out, '\n');
}

#endif
