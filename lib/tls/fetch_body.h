/* fetch_body: the body of an answer on its way in. For lib/tls/fetch.c alone. */
#ifndef TLS_FETCH_BODY_H
#define TLS_FETCH_BODY_H

#include "tls/fetch.h"

struct fetch_body {
	enum http_body kind;
	uint64_t left; /* of HTTP_BODY_LENGTH */
	struct http_chunks chunks;
	const struct fetch_sink *out;
	uint64_t taken; /* by `out`, of its limit */
	bool done;      /* never with HTTP_BODY_CLOSE */
};

/* Takes what belongs to the body off the front of what came: all of it, unless it is done. */
enum fetch_result fetch_body_take(struct fetch_body *in, struct span *bytes);

#endif
