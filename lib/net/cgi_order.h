/* cgi_order: what the two ends of net/cgi_keeper.h say to each other; for its files alone. */
#ifndef NET_CGI_ORDER_H
#define NET_CGI_ORDER_H

#include <stdint.h>

#include "net/cgi.h"
#include "net/cgi_keeper.h"

/* In front of each message to the keeper; of an order to start, path and environment follow. */
struct cgi_order {
	uint32_t slot;
	int32_t signal; /* 0: start */
	uint32_t path_len, environment_len;
	uint32_t input; /* 1: three descriptors come along, input first; 0: two, output and errors */
	uint32_t tell;
};

enum { CGI_ORDER_MAX = sizeof(struct cgi_order) + HTTP_TARGET_MAX + CGI_ENV_MAX, CGI_ORDER_FDS = 3 };

/* The keeper's life, from its fork to its exit status. */
int cgi_keeper_live(int fd, const struct cgi_place *place, unsigned int n);

#endif
