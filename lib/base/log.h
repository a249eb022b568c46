/*
 * log: text from outside made fit for a terminal and a log line.
 *
 * Remote bytes reach a line only through log_hostile(): printable ASCII
 * stays, everything else (control bytes, DEL, backslash, bytes above 126)
 * becomes \xNN, so the text cannot end a line, move a cursor or forge a
 * field, and can be read back without doubt.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/builder.h"
#include "base/span.h"

/*
 * Appends `bytes` escaped; of more than `cap` bytes only the first `cap`,
 * followed by "...". Spaces stay.
 */
void log_hostile(struct builder *out, struct span bytes, size_t cap);

/*
 * The same for one field of a line whose fields are separated by spaces: a
 * space becomes \x20, and nothing at all becomes "-".
 */
void log_field(struct builder *out, struct span bytes, size_t cap);

#endif
