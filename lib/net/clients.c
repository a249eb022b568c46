/* Connections counted by client: a hash table of those that have any. */
#include "net/clients.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct client {
	struct client *next;
	size_t bucket, n;
	unsigned char len, key[];
};

bool clients_init(struct clients *c)
{
	return hash_key_make(&c->key);
}

/* The bytes a client is known by; false for a family without clients to tell apart. */
static bool network(const struct addr *from, unsigned char bytes[8])
{
	const struct sockaddr_in6 *v6 = (const void *)&from->u.any;
	const struct sockaddr_in *v4 = (const void *)&from->u.any;

	memset(bytes, 0, 8);
	if (addr_family(from) == AF_INET)
		memcpy(bytes + 4, &v4->sin_addr, 4);
	else if (addr_family(from) != AF_INET6)
		return false;
	else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		memcpy(bytes + 4, v6->sin6_addr.s6_addr + 12, 4);
	else
		memcpy(bytes, v6->sin6_addr.s6_addr, 8);
	return true;
}

bool clients_enter_key(struct clients *c, struct span key, size_t max, struct client **client)
{
	size_t bucket = hash_bytes(&c->key, key) % CLIENTS_BUCKETS;
	struct client *p;

	*client = NULL;
	for (p = c->bucket[bucket]; p; p = p->next)
		if (span_eq(span_of(p->key, p->len), key))
			break;
	if (!p) {
		p = key.len <= CLIENTS_KEY_MAX ? calloc(1, sizeof *p + key.len) : NULL;
		if (!p)
			return false;
		p->len = (unsigned char)key.len;
		if (key.len > 0)
			memcpy(p->key, key.p, key.len);
		p->bucket = bucket;
		p->next = c->bucket[bucket];
		c->bucket[bucket] = p;
	}
	if (p->n >= max)
		return false;
	p->n++;
	*client = p;
	return true;
}

bool clients_enter(struct clients *c, const struct addr *from, size_t max, struct client **client)
{
	unsigned char bytes[8];

	*client = NULL;
	return !network(from, bytes) || clients_enter_key(c, span_of(bytes, sizeof bytes), max, client);
}

void clients_leave(struct clients *c, struct client *client)
{
	struct client **at;

	if (!client || --client->n > 0)
		return;
	for (at = &c->bucket[client->bucket]; *at != client;)
		at = &(*at)->next;
	*at = client->next;
	free(client);
}
