/* What the RDATA of the record types we use says. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/ascii.h"
#include "base/reader.h"
#include "net/dns.h"
#include "net/dns_wire.h"

bool dns_txt(struct builder *out, struct span rdata)
{
	struct reader r;

	if (!dns_wire_strings(rdata))
		return false;
	reader_init(&r, rdata);
	while (reader_left(&r) > 0)
		builder_add(out, reader_bytes(&r, reader_u8(&r)));
	return builder_ok(out);
}

static void add_escaped(struct builder *out, unsigned char c)
{
	if (ascii_alnum(c) || c == '-' || c == '_') {
		builder_byte(out, c);
		return;
	}
	builder_byte(out, '\\');
	builder_byte(out, (unsigned char)('0' + c / 100));
	builder_byte(out, (unsigned char)('0' + c / 10 % 10));
	builder_byte(out, (unsigned char)('0' + c % 10));
}

static void add_name(struct builder *out, const unsigned char *wire)
{
	if (wire[0] == 0)
		builder_byte(out, '.');
	for (size_t i = 0; wire[i] > 0; i += 1 + (size_t)wire[i]) {
		if (i > 0)
			builder_byte(out, '.');
		for (size_t k = 1; k <= wire[i]; k++)
			add_escaped(out, wire[i + k]);
	}
}

bool dns_target(struct builder *out, const struct dns_answer *a, struct span rdata)
{
	struct dns_wire_name name;
	size_t at = (size_t)(rdata.p - a->message.p);

	if (rdata.len == 0 || dns_wire_name(&name, a->message, at) != rdata.len)
		return false;
	add_name(out, name.p);
	return builder_ok(out);
}

bool dns_primary(struct builder *out, const struct dns_answer *a, struct span rdata)
{
	struct dns_wire_name name;
	size_t at = (size_t)(rdata.p - a->message.p);
	size_t len = rdata.len > 0 ? dns_wire_name(&name, a->message, at) : 0;

	if (len == 0 || len > rdata.len)
		return false;
	add_name(out, name.p);
	return builder_ok(out);
}

void dns_owner(struct builder *out, const struct dns_answer *a)
{
	add_name(out, a->owner);
}

bool dns_caa(struct span rdata, uint8_t *flags, struct span *tag, struct span *value)
{
	struct reader r;

	reader_init(&r, rdata);
	*flags = reader_u8(&r);
	*tag = reader_bytes(&r, reader_u8(&r));
	*value = reader_bytes(&r, reader_left(&r));
	for (size_t i = 0; i < tag->len; i++)
		if (!ascii_alnum(tag->p[i]))
			return false;
	return reader_done(&r) && tag->len > 0;
}

bool dns_address(struct addr *a, const struct dns_record *record, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (record->type == DNS_A && record->data.len == sizeof v4.sin_addr) {
		memcpy(&v4.sin_addr, record->data.p, sizeof v4.sin_addr);
		addr_set(a, (const struct sockaddr *)&v4, sizeof v4);
	} else if (record->type == DNS_AAAA && record->data.len == sizeof v6.sin6_addr) {
		memcpy(&v6.sin6_addr, record->data.p, sizeof v6.sin6_addr);
		addr_set(a, (const struct sockaddr *)&v6, sizeof v6);
	} else {
		return false;
	}
	return true;
}
