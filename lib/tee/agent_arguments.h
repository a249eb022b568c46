/*
 * agent_arguments: what a caller of the guest agent's interface asks for.
 *
 * Either an object of JSON, or a query, in which every value is text. A member
 * that is absent, or null, has its type's zero: empty, false. Bytes are hexadecimal, in either
 * case, "0x" before it allowed. Members that no method knows are passed over, as the original
 * does.
 */
#ifndef TEE_AGENT_ARGUMENTS_H
#define TEE_AGENT_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"

enum {
	AGENT_BODY_MAX = 10 << 20, /* bytes of a request's body */
	AGENT_ARGUMENTS = 1024     /* JSON values and names of one */
};

/* Large: best static. */
struct agent_arguments {
	struct json doc;
	bool from_query;
	struct json_token tokens[AGENT_ARGUMENTS];
	struct builder scratch; /* what was unpacked; the spans below point there, or into the request */
	unsigned char room[AGENT_BODY_MAX];
	const char *wrong;      /* the member that was not what it should be */
};

/*
 * Reads a request. An empty body or query has no arguments. False: it is malformed. `text` must
 * outlive what is read of it. Nothing is checked but the form.
 */
bool agent_arguments_json(struct agent_arguments *a, struct span text);
bool agent_arguments_query(struct agent_arguments *a, struct span query);

/*
 * A member's value. False when it is of another type, or too large (a number): `wrong` is its
 * name then, which is kept.
 */
bool agent_text(struct agent_arguments *a, const char *name, struct span *text);
bool agent_bytes(struct agent_arguments *a, const char *name, struct span *bytes);
bool agent_flag(struct agent_arguments *a, const char *name, bool *flag);

/* `*there` says whether it is; in JSON a number, or a string of its digits. */
bool agent_number(struct agent_arguments *a, const char *name, uint64_t max, bool *there,
                  uint64_t *number);

/*
 * The strings of an array, one after the other: false at its end; before the first `*v` is
 * absent. For a query, all values of that name (or of the name with "[]" behind it).
 * agent_list() says whether it is an array of strings.
 */
bool agent_list(struct agent_arguments *a, const char *name, struct json_value *list);
bool agent_list_next(struct agent_arguments *a, struct json_value list, struct json_value *v,
                     struct span *text);

#endif
