/* Addresses: text to socket addresses and back. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

enum { IP_TEXT_MAX = INET6_ADDRSTRLEN - 1, PORT_DIGITS = 5, GROUPS = 8 };

static struct sockaddr_in *v4(const struct addr *a)
{
	return (struct sockaddr_in *)&a->u;
}

static struct sockaddr_in6 *v6(const struct addr *a)
{
	return (struct sockaddr_in6 *)&a->u;
}

/* `text` as a C string in `out`; false when it has a NUL or does not fit. */
static bool terminate(char *out, size_t cap, struct span text)
{
	struct builder b;

	builder_init(&b, out, cap);
	builder_add(&b, text);
	return builder_cstr(&b) && span_find(text, 0) == text.len;
}

static bool parse_port(struct span text, uint16_t *port)
{
	uint64_t value;

	if (text.len > PORT_DIGITS || !span_number(text, UINT16_MAX, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool link_local(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_LINKLOCAL(ip) || IN6_IS_ADDR_MC_LINKLOCAL(ip);
}

static bool parse_scope(struct sockaddr_in6 *a, struct span text)
{
	char name[IF_NAMESIZE];
	uint64_t number;

	if (!link_local(&a->sin6_addr))
		return false;
	if (span_number(text, UINT32_MAX, &number))
		a->sin6_scope_id = (uint32_t)number;
	else if (text.len > 0 && terminate(name, sizeof name, text))
		a->sin6_scope_id = if_nametoindex(name);
	return a->sin6_scope_id != 0;
}

bool addr_parse_ip(struct addr *a, struct span text, uint16_t port)
{
	struct span ip = span_head(text, span_find(text, '%'));
	char s[IP_TEXT_MAX + 1];

	*a = (struct addr){ .mode = -1 };
	if (!terminate(s, sizeof s, ip))
		return false;
	if (ip.len == text.len && inet_pton(AF_INET, s, &v4(a)->sin_addr) == 1) {
		a->u.any.sa_family = AF_INET;
		a->len = sizeof(struct sockaddr_in);
	} else if (inet_pton(AF_INET6, s, &v6(a)->sin6_addr) == 1) {
		a->u.any.sa_family = AF_INET6;
		a->len = sizeof(struct sockaddr_in6);
		if (ip.len < text.len && !parse_scope(v6(a), span_from(text, ip.len + 1)))
			return false;
	} else {
		return false;
	}
	addr_set_port(a, port);
	return true;
}

static bool parse_mode(struct span text, int *mode)
{
	int sum = 0;

	if (text.len < 3 || text.len > 4)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '7')
			return false;
		sum = sum * 8 + (text.p[i] - '0');
	}
	*mode = sum;
	return sum <= 0777;
}

static bool parse_unix(struct addr *a, struct span text)
{
	struct span path = span_head(text, span_find(text, ':'));

	*a = (struct addr){ .mode = -1 };
	if (path.len < 2 || path.p[0] != '/' ||
	    !terminate(a->u.local.sun_path, sizeof a->u.local.sun_path, path))
		return false;
	a->u.local.sun_family = AF_UNIX;
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
	return path.len == text.len || parse_mode(span_from(text, path.len + 1), &a->mode);
}

bool addr_parse(struct addr *a, struct span text)
{
	struct span host;
	uint16_t port;

	if (span_starts(text, "unix:"))
		return parse_unix(a, span_from(text, strlen("unix:")));
	if (!addr_split(text, &host, &port))
		return false;
	if (host.len == 0) {
		addr_parse_ip(a, span_str("::"), port);
		a->dual = true;
		return true;
	}
	if (!addr_parse_ip(a, host, port))
		return false;
	return (addr_family(a) == AF_INET6) == (text.p[0] == '[');
}

bool addr_split(struct span text, struct span *host, uint16_t *port)
{
	size_t end;

	if (text.len > 0 && text.p[0] == '[') {
		end = span_find(text, ']');
		*host = span_head(span_from(text, 1), end - 1);
		end++;
		if (host->len == 0 || end >= text.len || text.p[end] != ':')
			return false;
	} else {
		end = span_find(text, ':');
		*host = span_head(text, end);
	}
	return parse_port(span_from(text, end + 1), port);
}

void addr_set(struct addr *a, const struct sockaddr *from, socklen_t len)
{
	*a = (struct addr){ .mode = -1 };
	a->len = len < sizeof a->u ? len : (socklen_t)sizeof a->u;
	memcpy(&a->u, from, a->len);
}

int addr_family(const struct addr *a)
{
	return a->u.any.sa_family;
}

uint16_t addr_port(const struct addr *a)
{
	switch (addr_family(a)) {
	case AF_INET:
		return ntohs(v4(a)->sin_port);
	case AF_INET6:
		return ntohs(v6(a)->sin6_port);
	default:
		return 0;
	}
}

void addr_set_port(struct addr *a, uint16_t port)
{
	if (addr_family(a) == AF_INET)
		v4(a)->sin_port = htons(port);
	else if (addr_family(a) == AF_INET6)
		v6(a)->sin6_port = htons(port);
}

static void print_v4(struct builder *out, const unsigned char *ip)
{
	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			builder_byte(out, '.');
		builder_number(out, ip[i]);
	}
}

static void print_group(struct builder *out, unsigned int group)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = 12; shift >= 0; shift -= 4)
		if (group >> shift > 0 || shift == 0)
			builder_byte(out, (unsigned char)digits[group >> shift & 15]);
}

/*
 * RFC 5952, section 4: the first of the longest runs of two or more zero
 * groups is "::". (inet_ntop() differs between C libraries.)
 */
static void print_v6(struct builder *out, const unsigned char *ip)
{
	unsigned int group[GROUPS];
	size_t run = GROUPS, run_len = 1;

	for (size_t i = 0; i < GROUPS; i++)
		group[i] = (unsigned int)ip[2 * i] << 8 | ip[2 * i + 1];
	for (size_t i = 0; i < GROUPS; i++) {
		size_t len = 0;

		while (i + len < GROUPS && group[i + len] == 0)
			len++;
		if (len > run_len) {
			run = i;
			run_len = len;
		}
	}
	for (size_t i = 0; i < GROUPS; i++) {
		if (i == run) {
			builder_str(out, "::");
			i += run_len - 1;
			continue;
		}
		if (i > 0 && (run == GROUPS || i != run + run_len))
			builder_byte(out, ':');
		print_group(out, group[i]);
	}
}

void addr_print_ip(struct builder *out, const struct addr *a)
{
	if (addr_family(a) == AF_INET) {
		print_v4(out, (const unsigned char *)&v4(a)->sin_addr);
	} else if (addr_family(a) == AF_INET6) {
		const struct in6_addr *ip = &v6(a)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(ip)) {
			print_v4(out, ip->s6_addr + 12);
			return;
		}
		print_v6(out, ip->s6_addr);
		if (v6(a)->sin6_scope_id != 0 && link_local(ip)) {
			builder_byte(out, '%');
			builder_number(out, v6(a)->sin6_scope_id);
		}
	} else {
		builder_str(out, "unix");
	}
}

/* The path without what the system may have put behind its NUL; empty without a name. */
static struct span unix_path(const struct addr *a)
{
	size_t before = offsetof(struct sockaddr_un, sun_path);
	struct span all = span_of(a->u.local.sun_path, a->len > before ? a->len - before : 0);

	return span_head(all, span_find(all, 0));
}

static void print_mode(struct builder *out, int mode)
{
	builder_byte(out, ':');
	for (int shift = 6; shift >= 0; shift -= 3)
		builder_byte(out, (unsigned char)('0' + (mode >> shift & 7)));
}

void addr_print(struct builder *out, const struct addr *a)
{
	bool brackets = addr_family(a) == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&v6(a)->sin6_addr);

	if (addr_family(a) == AF_UNIX) {
		builder_str(out, "unix:");
		builder_add(out, unix_path(a));
		if (a->mode >= 0)
			print_mode(out, a->mode);
		return;
	}
	if (!a->dual) {
		if (brackets)
			builder_byte(out, '[');
		addr_print_ip(out, a);
		if (brackets)
			builder_byte(out, ']');
	}
	builder_byte(out, ':');
	builder_number(out, addr_port(a));
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	if (addr_family(a) != addr_family(b) || addr_port(a) != addr_port(b))
		return false;
	switch (addr_family(a)) {
	case AF_INET:
		return v4(a)->sin_addr.s_addr == v4(b)->sin_addr.s_addr;
	case AF_INET6:
		return memcmp(&v6(a)->sin6_addr, &v6(b)->sin6_addr, sizeof(struct in6_addr)) == 0 &&
		       v6(a)->sin6_scope_id == v6(b)->sin6_scope_id;
	default:
		return span_eq(unix_path(a), unix_path(b));
	}
}

bool addr_same(const struct addr *a, const struct addr *b)
{
	char text[2][sizeof a->u.local.sun_path + sizeof "unix:"];
	struct builder x, y;

	builder_init(&x, text[0], sizeof text[0]);
	builder_init(&y, text[1], sizeof text[1]);
	addr_print(&x, a);
	addr_print(&y, b);
	return builder_ok(&x) && span_eq(builder_span(&x), builder_span(&y));
}
