/*
 * json: reading and writing JSON (RFC 8259) in storage of the caller's.
 *
 * jsmn only cuts the text into tokens; the grammar is checked here: one root
 * value, commas and colons where they belong, literals and numbers spelled as
 * the RFC wants them, escapes well formed, no control bytes in strings, no
 * member name twice in one object, UTF-8 throughout, nothing nested deeper
 * than JSON_DEPTH_MAX. A document that is not all of that is no document.
 *
 * Values are small handles into the document; an absent value may be handed
 * to every function below and is of no type, so a path is walked without
 * looking and checked once at its end.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

enum { JSON_DEPTH_MAX = 32 };

/*
 * One value or member name: where it stands in the text, a string without its
 * quotes. Once json_read() is done, `type` is an enum json_type, `size` is how
 * many values an array or object has, and `next` is the token of the value
 * behind this one in the same array or object, or -1.
 */
struct json_token {
	int type, start, end, size, next;
} __attribute__((may_alias)); /* jsmn's own token has the same layout */

struct json {
	struct span text;
	const struct json_token *tokens;
	int n;
};

struct json_value {
	const struct json *in;
	int at; /* the token; negative: absent */
};

enum json_type {
	JSON_ABSENT,
	JSON_NULL,
	JSON_BOOLEAN,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/*
 * Reads `text` into `doc` with room for `n` tokens (one a value and one a
 * member name). Text, tokens and `doc` must outlive every value of it. False
 * when the text is no JSON document or needs more tokens. The time it takes
 * grows with the length of the text, and no more than by a logarithm faster
 * where one object has many members.
 */
bool json_read(struct json *doc, struct span text, struct json_token *tokens, size_t n);

/* The one value the document is. */
struct json_value json_root(const struct json *doc);

enum json_type json_type(struct json_value v);

/* The member of this name; absent when `v` is no object or has none. */
struct json_value json_member(struct json_value v, const char *name);

/*
 * The first value of an array or object, and the one behind `v` among its
 * `parent`'s; absent after the last. json_name() is the name of the member
 * whose value `v` is (a JSON_STRING), absent for others.
 */
struct json_value json_first(struct json_value parent);
struct json_value json_next(struct json_value parent, struct json_value v);
struct json_value json_name(struct json_value parent, struct json_value v);

/* How many values an array or object has; 0 for the rest. */
size_t json_count(struct json_value v);

/*
 * A string's value as UTF-8. `text` points into the document, or into
 * `scratch` when there were escapes (appended there). False when it is no
 * string, holds a NUL or half a surrogate pair, or `scratch` overflowed.
 */
bool json_text(struct json_value v, struct builder *scratch, struct span *text);

/* The value is this string. */
bool json_is(struct json_value v, const char *text);

/* A number without sign, fraction and exponent, at most `max`. */
bool json_number(struct json_value v, uint64_t max, uint64_t *number);

/* true or false; anything else is false and leaves `*truth` alone. */
bool json_boolean(struct json_value v, bool *truth);

/* A value's own spelling in the document: a string with its quotes. Empty when absent. */
struct span json_source(struct json_value v);

/*
 * Appends `text` as a JSON string with its quotes: `"`, `\` and control bytes
 * escaped. Each byte that is no UTF-8 becomes U+FFFD, so the outcome is always
 * JSON.
 */
void json_write_string(struct builder *out, struct span text);

#endif
