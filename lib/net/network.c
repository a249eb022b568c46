/* Sets of addresses. */
#include "net/network.h"

#include <netinet/in.h>
#include <string.h>

enum { MAPPED_LEN = 12 };
static const unsigned char mapped[MAPPED_LEN] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* The family and the bytes of an address, IPv4-mapped ones as IPv4; how many, 0 for no IP address. */
static size_t bytes_of(const struct addr *a, int *family, unsigned char ip[16])
{
	*family = addr_family(a);
	if (*family == AF_INET) {
		memcpy(ip, &((const struct sockaddr_in *)(const void *)&a->u.any)->sin_addr, 4);
		return 4;
	}
	if (*family != AF_INET6)
		return 0;
	memcpy(ip, &((const struct sockaddr_in6 *)(const void *)&a->u.any)->sin6_addr, 16);
	if (memcmp(ip, mapped, MAPPED_LEN) != 0)
		return 16;
	memmove(ip, ip + MAPPED_LEN, 4);
	*family = AF_INET;
	return 4;
}

static unsigned char mask_of(unsigned int bits, size_t i)
{
	unsigned int before = (unsigned int)i * 8;

	if (bits <= before)
		return 0;
	if (bits >= before + 8)
		return 0xff;
	return (unsigned char)(0xff00U >> (bits - before) & 0xff);
}

bool networks_add(struct networks *set, struct span text)
{
	size_t slash = span_find(text, '/'), len;
	struct network *n = &set->list[set->n];
	struct addr a;
	uint64_t bits;

	if (set->n == NETWORKS_MAX)
		return false;
	*n = (struct network){ .family = AF_UNIX };
	if (span_is(text, "unix")) {
		set->n++;
		return true;
	}
	if (span_find(text, '%') < text.len || !addr_parse_ip(&a, span_head(text, slash), 0))
		return false;
	len = bytes_of(&a, &n->family, n->ip);
	bits = 8 * len;
	if (slash < text.len && !span_number(span_from(text, slash + 1), 8 * len, &bits))
		return false;
	n->bits = (unsigned int)bits;
	for (size_t i = 0; i < len; i++)
		if (n->ip[i] & (unsigned char)~mask_of(n->bits, i))
			return false;
	set->n++;
	return true;
}

static bool is_in(const struct network *n, const unsigned char *ip, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((n->ip[i] ^ ip[i]) & mask_of(n->bits, i))
			return false;
	return true;
}

bool networks_has(const struct networks *set, const struct addr *a)
{
	unsigned char ip[16];
	int family;
	size_t len;

	if (a->len == 0)
		return false;
	len = bytes_of(a, &family, ip);
	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].family == family && is_in(&set->list[i], ip, len))
			return true;
	return false;
}
