/*
 * json_names: whether the members of an object all have names of their own.
 *
 * By sorting, as objects are strangers': the time grows with the number of members times its logarithm,
 * whatever they are called.
 */
#ifndef BASE_JSON_NAMES_H
#define BASE_JSON_NAMES_H

#include <stdbool.h>

#include "base/json.h"

/*
 * The names are tokens of `text`, each found good (base/json_string.h): `first`, and from there
 * on by `next`, to -1. `size` of each is used up, and `next` is -1 then.
 */
bool json_names_differ(struct span text, struct json_token *tokens, int first);

#endif
