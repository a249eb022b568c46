/* The PROXY protocol's headers. */
#include "net/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/reader.h"

enum {
	VERSION_LOCAL = 0x20,
	VERSION_PROXY = 0x21,
	FAMILY_NONE = 0x00,
	FAMILY_TCP4 = 0x11,
	FAMILY_TCP6 = 0x21,
	LEN_4 = 12,
	LEN_6 = 36,
	TYPE_ALPN = 0x01,
	TYPE_AUTHORITY = 0x02,
	TLV_MAX = 255
};

static const unsigned char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* An IP address as IPv6 has it, an IPv4 one mapped; false when it is none. */
static bool to_bytes(const struct addr *a, unsigned char ip[16])
{
	if (addr_family(a) == AF_INET6) {
		memcpy(ip, &((const struct sockaddr_in6 *)(const void *)&a->u.any)->sin6_addr, 16);
		return true;
	}
	memcpy(ip, mapped, sizeof mapped);
	memcpy(ip + 12, &((const struct sockaddr_in *)(const void *)&a->u.any)->sin_addr, 4);
	return addr_family(a) == AF_INET;
}

static void write_more(struct builder *out, unsigned char type, struct span value)
{
	if (value.len == 0 || value.len > TLV_MAX)
		return;
	builder_byte(out, type);
	builder_u16be(out, (uint16_t)value.len);
	builder_add(out, value);
}

void proxy_write(struct builder *out, const struct addr *from, const struct addr *to,
                 const struct proxy_more *more)
{
	unsigned char from_ip[16], to_ip[16];
	bool ip = to_bytes(from, from_ip) && to_bytes(to, to_ip);
	bool v4 = ip && memcmp(from_ip, mapped, sizeof mapped) == 0 && memcmp(to_ip, mapped, sizeof mapped) == 0;
	size_t start, skip = v4 ? sizeof mapped : 0;

	builder_add(out, span_of(signature, sizeof signature));
	builder_byte(out, VERSION_PROXY);
	builder_byte(out, !ip ? FAMILY_NONE : v4 ? FAMILY_TCP4 : FAMILY_TCP6);
	builder_u16be(out, 0); /* the length, known in the end */
	start = out->len;
	if (ip) {
		builder_add(out, span_of(from_ip + skip, sizeof from_ip - skip));
		builder_add(out, span_of(to_ip + skip, sizeof to_ip - skip));
		builder_u16be(out, addr_port(from));
		builder_u16be(out, addr_port(to));
	}
	write_more(out, TYPE_ALPN, more->alpn);
	write_more(out, TYPE_AUTHORITY, more->authority);
	if (builder_ok(out)) {
		out->p[start - 2] = (unsigned char)((out->len - start) >> 8);
		out->p[start - 1] = (unsigned char)(out->len - start);
	}
}

/* In the family of the line: an IPv4 address beside an IPv6 one is a mapped one. */
static void write_ip(struct builder *out, const unsigned char ip[16], bool v4)
{
	char text[INET6_ADDRSTRLEN];

	builder_byte(out, ' ');
	if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ip + sizeof mapped : ip, text, sizeof text))
		builder_str(out, text);
}

void proxy_write_v1(struct builder *out, const struct addr *from, const struct addr *to)
{
	unsigned char from_ip[16], to_ip[16];
	bool v4;

	if (!to_bytes(from, from_ip) || !to_bytes(to, to_ip)) {
		builder_str(out, "PROXY UNKNOWN\r\n");
		return;
	}
	v4 = memcmp(from_ip, mapped, sizeof mapped) == 0 && memcmp(to_ip, mapped, sizeof mapped) == 0;
	builder_str(out, v4 ? "PROXY TCP4" : "PROXY TCP6");
	write_ip(out, from_ip, v4);
	write_ip(out, to_ip, v4);
	builder_byte(out, ' ');
	builder_number(out, addr_port(from));
	builder_byte(out, ' ');
	builder_number(out, addr_port(to));
	builder_str(out, "\r\n");
}

/* Addresses and ports of `len` bytes each, in network order. */
static void read_addresses(struct proxy *p, struct reader *r, int family)
{
	struct sockaddr_in v4[2] = { { .sin_family = AF_INET }, { .sin_family = AF_INET } };
	struct sockaddr_in6 v6[2] = { { .sin6_family = AF_INET6 }, { .sin6_family = AF_INET6 } };
	struct addr *to[2] = { &p->from, &p->to };

	for (int i = 0; i < 2; i++) {
		struct span ip = reader_bytes(r, family == AF_INET ? 4 : 16);

		if (!reader_ok(r))
			return;
		memcpy(family == AF_INET ? (void *)&v4[i].sin_addr : (void *)&v6[i].sin6_addr, ip.p, ip.len);
	}
	for (int i = 0; i < 2; i++) {
		if (family == AF_INET)
			addr_set(to[i], (struct sockaddr *)&v4[i], sizeof v4[i]);
		else
			addr_set(to[i], (struct sockaddr *)&v6[i], sizeof v6[i]);
		addr_set_port(to[i], reader_u16be(r));
	}
	p->known = reader_ok(r);
}

static bool read_more(struct proxy *p, struct reader *r)
{
	while (reader_left(r) > 0) {
		uint8_t type = reader_u8(r);
		struct span value = reader_bytes(r, reader_u16be(r));

		if (type == TYPE_ALPN && value.len <= TLV_MAX)
			p->more.alpn = value;
		if (type == TYPE_AUTHORITY && value.len <= TLV_MAX)
			p->more.authority = value;
	}
	return reader_ok(r);
}

static enum proxy_result read_v2(struct proxy *p, struct span bytes)
{
	struct reader r;
	uint8_t command, family;
	size_t len;

	if (bytes.len < PROXY_V2_HEAD)
		return PROXY_MORE;
	command = bytes.p[12];
	family = bytes.p[13];
	len = (size_t)bytes.p[14] << 8 | bytes.p[15];
	if ((command != VERSION_LOCAL && command != VERSION_PROXY) || PROXY_V2_HEAD + len > PROXY_READ_MAX)
		return PROXY_MALFORMED;
	if (bytes.len < PROXY_V2_HEAD + len)
		return PROXY_MORE;
	p->len = PROXY_V2_HEAD + len;
	/* Of a proxy's own connection nothing is looked at, nor of what is no TCP. */
	if (command == VERSION_LOCAL || (family != FAMILY_TCP4 && family != FAMILY_TCP6))
		return command == VERSION_LOCAL || family >> 4 <= 3 ? PROXY_OK : PROXY_MALFORMED;
	reader_init(&r, span_head(span_from(bytes, PROXY_V2_HEAD), len));
	read_addresses(p, &r, family == FAMILY_TCP4 ? AF_INET : AF_INET6);
	return read_more(p, &r) ? PROXY_OK : PROXY_MALFORMED;
}

/* The next word of a version 1 line, which a single space ends. */
static struct span next_word(struct span *line)
{
	struct span word = { NULL, 0 };

	return span_split(line, ' ', &word) ? word : span_of(NULL, 0);
}

/* As decimal digits without a zero in front. */
static bool read_port(struct span text, uint16_t *port)
{
	uint64_t number;

	if (text.len > 5 || (text.len > 1 && text.p[0] == '0') || !span_number(text, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

static enum proxy_result read_line(struct proxy *p, struct span line)
{
	struct span word[5];
	uint16_t port[2];
	int family;

	for (size_t i = 0; i < 5; i++) {
		word[i] = next_word(&line);
		if (i == 0 && span_is(word[0], "UNKNOWN"))
			return PROXY_OK;
	}
	family = span_is(word[0], "TCP4") ? AF_INET : AF_INET6;
	if ((family == AF_INET6 && !span_is(word[0], "TCP6")) || line.p ||
	    !read_port(word[3], &port[0]) || !read_port(word[4], &port[1]) ||
	    span_find(word[1], '%') < word[1].len || span_find(word[2], '%') < word[2].len ||
	    !addr_parse_ip(&p->from, word[1], port[0]) || !addr_parse_ip(&p->to, word[2], port[1]))
		return PROXY_MALFORMED;
	p->known = addr_family(&p->from) == family && addr_family(&p->to) == family;
	return p->known ? PROXY_OK : PROXY_MALFORMED;
}

static enum proxy_result read_v1(struct proxy *p, struct span bytes)
{
	static const char begin[] = "PROXY ";
	size_t end = span_find(span_head(bytes, PROXY_V1_MAX), '\n');

	if (end == PROXY_V1_MAX)
		return PROXY_MALFORMED;
	if (end == bytes.len)
		return PROXY_MORE;
	if (end < sizeof begin || bytes.p[end - 1] != '\r')
		return PROXY_MALFORMED;
	p->len = end + 1;
	return read_line(p, span_from(span_head(bytes, end - 1), sizeof begin - 1));
}

enum proxy_result proxy_read(struct proxy *p, struct span bytes)
{
	struct span v2 = span_of(signature, sizeof signature), v1 = span_str("PROXY ");

	*p = (struct proxy){ .from = { .mode = -1 }, .to = { .mode = -1 } };
	if (bytes.len >= v2.len && span_eq(span_head(bytes, v2.len), v2))
		return read_v2(p, bytes);
	if (bytes.len >= v1.len && span_eq(span_head(bytes, v1.len), v1))
		return read_v1(p, bytes);
	if (span_eq(bytes, span_head(v2, bytes.len)) || span_eq(bytes, span_head(v1, bytes.len)))
		return PROXY_MORE;
	return PROXY_NONE;
}
