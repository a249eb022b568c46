/* fetch_conn: the connection of a fetch, plain or TLS. For lib/tls/fetch.c alone. */
#ifndef TLS_FETCH_CONN_H
#define TLS_FETCH_CONN_H

#include "net/addr.h"
#include "net/url.h"
#include "tls/client.h"
#include "tls/fetch.h"

enum { FETCH_REASON_MAX = 256 };

struct fetch_conn {
	int fd; /* -1: none; all that follows is of the last one then */
	bool https;
	uint16_t port;
	size_t host_len;
	unsigned char host[HTTP_HOST_MAX];
	bool has_peer;
	struct addr peer;
	struct pump pump;
	struct tls_client tls;
	struct builder reason; /* of the last failure, when it is more than its result says */
	unsigned char reason_text[FETCH_REASON_MAX];
};

/* There is one, it goes where `url` is, and the server neither ended it nor said anything unasked. */
bool fetch_conn_fits(const struct fetch_conn *c, const struct url *url);

/* Opens one; there must be none. */
enum fetch_result fetch_conn_open(struct fetch_conn *c, const struct fetch_setting *setting,
                                  const struct url *url, int64_t deadline);

/* Sends all of it; with `flush`, now. */
enum fetch_result fetch_conn_write(struct fetch_conn *c, struct span bytes, bool flush,
                                   int64_t deadline);

/* Reads at most `cap` bytes; FETCH_OK with `*len` 0 is the proper end. */
enum fetch_result fetch_conn_read(struct fetch_conn *c, void *buf, size_t cap, size_t *len,
                                  int64_t deadline);

/* Closes, with a goodbye where TLS has one; a connection that failed just ends. */
void fetch_conn_close(struct fetch_conn *c, bool failed);

#endif
