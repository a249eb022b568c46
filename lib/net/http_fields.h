/* http_fields: what a request's fields mean together. For net/http.c alone. */
#ifndef NET_HTTP_FIELDS_H
#define NET_HTTP_FIELDS_H

#include "net/http.h"

/*
 * Fills in what the fields say of a request whose request line and fields
 * are there, and whose `host` is the target's or empty. `n_fields` may count
 * more than there is room for: 431. Returns 200 or the refusal.
 */
int http_fields_judge(struct http_request *request);

#endif
