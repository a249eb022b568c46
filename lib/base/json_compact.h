/* json_compact: a JSON value without the white space that means nothing: one line, whatever is in it. */
#ifndef BASE_JSON_COMPACT_H
#define BASE_JSON_COMPACT_H

#include "base/builder.h"
#include "base/json.h"

/*
 * Appends `v`: numbers and strings stay spelled as they are in the document, only
 * DEL and the controls U+0080 to U+009F, which JSON allows in a string, become
 * escapes, lest they reach a terminal. Nothing is appended for an absent value.
 */
void json_compact(struct builder *out, struct json_value v);

/* How many times longer than the document it can get. */
enum { JSON_COMPACT_GROWTH = 6 };

#endif
