/* http_fields: what a message's fields mean together. For the files of net/http.h alone. */
#ifndef NET_HTTP_FIELDS_H
#define NET_HTTP_FIELDS_H

#include "net/http.h"

/*
 * Fills in what the fields say of a request whose request line and fields
 * are there, and whose `host` is the target's or empty. `n_fields` may count
 * more than there is room for: 431. Returns 200 or the refusal.
 */
int http_fields_judge(struct http_request *request);

/* What fields say of a message's end and of the connection; zeroed before the first. */
struct http_framing {
	size_t lengths, codings;
	uint64_t body_len; /* when there are lengths */
	struct span coding;
	bool close, keep_alive;
};

/* One more field; false for one that is wrong by itself or beside those before. */
bool http_framing_add(struct http_framing *f, const struct http_field *field);

/*
 * How the body ends, HTTP_BODY_NONE when no field says so: 200; 400 when it is not
 * clear, 501 for another coding.
 */
int http_framing_body(const struct http_framing *f, int minor, enum http_body *body);

/* The connection may stay. */
static inline bool http_framing_stays(const struct http_framing *f, int minor)
{
	return !f->close && (minor > 0 || f->keep_alive);
}

/* The value of field number `n` (from 0) of those with this name; false beyond the last. */
bool http_fields_find(const struct http_field *field, size_t n_fields, const char *name, size_t n,
                      struct span *value);

#endif
