/* Names and questions in DNS messages. */
#include "net/dns_wire.h"

#include <resolv.h>
#include <string.h>

#include "base/ascii.h"
#include "base/reader.h"

enum { LABEL_MAX = 63, POINTER = 0xc0, OPT = 41 };

struct span dns_wire_span(const struct dns_wire_name *name)
{
	return span_of(name->p, name->len);
}

bool dns_name_ok(struct span name)
{
	size_t label = 0;

	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	if (name.len > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = name.p[i];

		if (c == '.' && label > 0)
			label = 0;
		else if ((ascii_alnum(c) || c == '-' || c == '_') && label < LABEL_MAX)
			label++;
		else
			return false;
	}
	return label > 0;
}

bool dns_wire_from_text(struct dns_wire_name *name, struct span text)
{
	char s[DNS_NAME_MAX + 2];
	struct builder b;
	int len;

	if (!dns_name_ok(text))
		return false;
	if (text.p[text.len - 1] == '.')
		text.len--;
	builder_init(&b, s, sizeof s);
	for (size_t i = 0; i < text.len; i++)
		builder_byte(&b, ascii_lower(text.p[i]));
	len = dn_comp(builder_cstr(&b), name->p, sizeof name->p, NULL, NULL);
	name->len = len > 0 ? (size_t)len : 0;
	return len > 0;
}

size_t dns_wire_name(struct dns_wire_name *name, struct span message, size_t at)
{
	size_t start = at, lowest = at, used = 0;

	name->len = 0;
	while (at < message.len) {
		size_t len = message.p[at];

		if ((len & POINTER) == POINTER) {
			size_t to;

			if (at + 1 >= message.len)
				return 0;
			to = (len & ~(size_t)POINTER) << 8 | message.p[at + 1];
			if (used == 0)
				used = at + 2 - start;
			if (to >= lowest)
				return 0;
			at = lowest = to;
			continue;
		}
		if (len > LABEL_MAX || len >= message.len - at || len >= sizeof name->p - name->len)
			return 0;
		name->p[name->len++] = (unsigned char)len;
		for (size_t i = 1; i <= len; i++)
			name->p[name->len++] = ascii_lower(message.p[at + i]);
		at += 1 + len;
		if (len == 0)
			return used > 0 ? used : at - start;
	}
	return 0;
}

bool dns_wire_take(struct span message, size_t *at, struct dns_wire_record *record)
{
	size_t len = dns_wire_name(&record->owner, message, *at);
	struct reader r;

	reader_init(&r, span_from(message, *at));
	reader_bytes(&r, len);
	record->type = reader_u16be(&r);
	record->class = reader_u16be(&r);
	record->ttl = reader_u32be(&r);
	record->data = reader_bytes(&r, reader_u16be(&r));
	*at += r.at;
	return len > 0 && reader_ok(&r);
}

bool dns_wire_strings(struct span rdata)
{
	struct reader r;

	reader_init(&r, rdata);
	do
		reader_bytes(&r, reader_u8(&r));
	while (reader_left(&r) > 0);
	return reader_done(&r);
}

void dns_wire_query(struct builder *out, uint16_t id, const struct dns_wire_name *name,
                    enum dns_type type, bool plain)
{
	builder_u16be(out, id);
	builder_u16be(out, DNS_WIRE_RD);
	builder_u16be(out, 1);
	builder_u16be(out, 0);
	builder_u16be(out, 0);
	builder_u16be(out, plain ? 0 : 1);
	builder_add(out, dns_wire_span(name));
	builder_u16be(out, (uint16_t)type);
	builder_u16be(out, ns_c_in);
	if (plain)
		return;
	builder_byte(out, 0); /* RFC 6891, section 6.1.2: owned by the root */
	builder_u16be(out, OPT);
	builder_u16be(out, DNS_WIRE_UDP_SIZE);
	builder_u32be(out, 0);
	builder_u16be(out, 0);
}

bool dns_wire_asked(struct span message, const struct dns_wire_name *name, enum dns_type type)
{
	struct dns_wire_name asked;
	struct reader r;
	bool one;

	reader_init(&r, message);
	reader_bytes(&r, 4);
	one = reader_u16be(&r) == 1;
	reader_bytes(&r, 6);
	if (!one || !reader_ok(&r))
		return false;
	reader_bytes(&r, dns_wire_name(&asked, message, r.at));
	return span_eq(dns_wire_span(&asked), dns_wire_span(name)) &&
	       reader_u16be(&r) == (uint16_t)type && reader_u16be(&r) == ns_c_in && reader_ok(&r);
}
