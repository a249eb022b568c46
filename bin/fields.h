/*
 * fields: what a program has to say, field by field, as lines "name value" or
 * as members of a JSON object.
 */
#ifndef BIN_FIELDS_H
#define BIN_FIELDS_H

#include "base/builder.h"
#include "base/json.h"
#include "base/prog.h"

struct fields {
	struct builder *out;
	bool json, begun; /* begun: a member stands before the next one */
};

/* `before` is what stands before the first one, `after` behind the last; then all is written out. */
static inline struct fields fields_begin(bool json, const char *before)
{
	static unsigned char storage[1 << 19];
	static struct builder out;

	builder_init(&out, storage, sizeof storage);
	builder_str(&out, before);
	return (struct fields){ .out = &out, .json = json };
}

static inline void fields_end(struct fields *f, const char *after)
{
	builder_str(f->out, after);
	if (!builder_ok(f->out))
		prog_perm("more to say than fits");
	prog_write(builder_span(f->out));
}

static void fields_name(struct fields *f, const char *name)
{
	if (!f->json) {
		builder_str(f->out, name);
		builder_byte(f->out, ' ');
		return;
	}
	if (f->begun)
		builder_byte(f->out, ',');
	f->begun = true;
	json_write_string(f->out, span_str(name));
	builder_byte(f->out, ':');
}

/* A text that is one line; an empty one is "-" there. */
static void fields_text(struct fields *f, const char *name, struct span text)
{
	fields_name(f, name);
	if (f->json) {
		json_write_string(f->out, text);
		return;
	}
	builder_add(f->out, text.len > 0 ? text : span_str("-"));
	builder_byte(f->out, '\n');
}

/* yes or no, true or false. */
static void fields_truth(struct fields *f, const char *name, bool truth)
{
	fields_name(f, name);
	builder_str(f->out, f->json ? truth ? "true" : "false" : truth ? "yes\n" : "no\n");
}

#endif
