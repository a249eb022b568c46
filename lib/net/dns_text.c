/* DNS records as lines of text. */
#include "net/dns_text.h"

#include "base/log.h"

static bool txt(struct builder *out, const struct dns_record *record)
{
	static unsigned char text[DNS_TEXT_MAX];
	struct builder joined;

	builder_init(&joined, text, sizeof text);
	if (!dns_txt(&joined, record->data))
		return false;
	log_hostile(out, builder_span(&joined), SIZE_MAX);
	return true;
}

static bool caa(struct builder *out, const struct dns_record *record)
{
	struct span tag, value;
	uint8_t flags;

	if (!dns_caa(record->data, &flags, &tag, &value))
		return false;
	builder_number(out, flags);
	builder_byte(out, ' ');
	builder_add(out, tag);
	builder_byte(out, ' ');
	log_hostile(out, value, SIZE_MAX);
	return true;
}

static bool address(struct builder *out, const struct dns_record *record)
{
	struct addr a;

	if (!dns_address(&a, record, 0))
		return false;
	addr_print_ip(out, &a);
	return true;
}

static bool by_type(struct builder *out, const struct dns_answer *a,
                    const struct dns_record *record)
{
	switch (record->type) {
	case DNS_TXT:
		return txt(out, record);
	case DNS_CNAME:
	case DNS_NS:
		return dns_target(out, a, record->data);
	case DNS_CAA:
		return caa(out, record);
	case DNS_A:
	case DNS_AAAA:
		return address(out, record);
	case DNS_SOA:
		break;
	}
	return false;
}

bool dns_text(struct builder *out, const struct dns_answer *a, const struct dns_record *record)
{
	return by_type(out, a, record) && builder_ok(out);
}
