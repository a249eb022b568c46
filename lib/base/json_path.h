/*
 * json_path: the way from a JSON value to one inside it, as text.
 *
 *   .                the value itself
 *   .a.b             members by name: letters, digits, '_' and '-'
 *   ."a b" ["a b"]   members by any name, spelled as a JSON string
 *   [0] [-1]         elements of an array, from the front and from the end
 *
 * Steps follow each other without space. The first is `.name`, or has brackets,
 * before which a dot may stand: `.[0]` is `[0]`.
 */
#ifndef BASE_JSON_PATH_H
#define BASE_JSON_PATH_H

#include <stdbool.h>

#include "base/json.h"
#include "base/span.h"

enum { JSON_PATH_MAX = 4096 }; /* bytes of one */

/* The text is a path. */
bool json_path_ok(struct span path);

/*
 * The value at the end of `path`, which is good; absent where there is none: no
 * such name or element, or a value on the way that has none.
 */
struct json_value json_path_find(struct json_value root, struct span path);

#endif
