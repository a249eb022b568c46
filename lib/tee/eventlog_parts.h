/* eventlog_parts: what the readers of the forms of event logs share. */
#ifndef TEE_EVENTLOG_PARTS_H
#define TEE_EVENTLOG_PARTS_H

#include "tee/eventlog.h"

/* A string without escapes; empty when it is absent or null, as optional members are spelled. */
bool eventlog_plain(struct json_value v, struct span *text);

/* An event's name and version, and the storage its payload is unpacked into. */
enum eventlog_result eventlog_name(struct json_value v, struct span *name);
enum eventlog_result eventlog_version(struct json_value v, int *version);
void eventlog_payload_room(struct builder *b);

/* Extends a register that is there, and tells of it; false: `each` has seen enough. */
bool eventlog_extend(struct replay *replay, const struct event *e, event_fn each, void *context);

/* One event of a JSON log, extended and told. */
enum eventlog_result eventlog_event(struct json_value v, struct replay *replay, event_fn each,
                                    void *context, bool *more);

#endif
