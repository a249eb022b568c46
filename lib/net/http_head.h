/*
 * http_head: the lines of a message's head, request or response. For the files
 * of net/http.h alone.
 */
#ifndef NET_HTTP_HEAD_H
#define NET_HTTP_HEAD_H

#include "net/http.h"

/* What the head is kept in. */
struct http_head {
	/*
	 * Reads the first line into `message`: the line with its CR and without its LF, or as
	 * much of it as there is. Faults are found in the order of the bytes, so a part never
	 * tells what the whole does not. `looked` bytes were here before. Returns 0 when more
	 * must come, 200, or the refusal.
	 */
	int (*first_line)(void *message, struct span line, bool whole, size_t looked);
	void *message;
	struct http_field *field; /* room for HTTP_FIELDS_MAX */
	size_t *n_fields;         /* those above the limit are counted and not kept */
};

/*
 * Looks for a head in `bytes`, of which the first `skip` lie before it. Returns 0
 * (not all there yet), 200 with `*used`, 431 when it is over HTTP_HEAD_MAX, or the
 * refusal; `*scanned` is as http_request_parse() has it.
 */
int http_head_parse(const struct http_head *head, struct span bytes, size_t skip,
                    size_t *scanned, size_t *used);

/* A field line without its end. A folded line begins with a space: no token, false. */
bool http_field_parse(struct span line, struct http_field *field);

/* "HTTP/1.1" and nothing else: 200 with `*minor` 0 or 1; 505 for another major version; 400. */
int http_version_parse(struct span text, int *minor);

#endif
