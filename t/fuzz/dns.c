/*
 * DNS answers: any bytes, read as an answer to the question in them. What is
 * given out lies inside the message, and its text is printable.
 * -max_len=1024
 */
#include <stdlib.h>

#include "net/dns.h"
#include "net/dns_text.h"
#include "net/dns_wire.h"

enum { HEAD = 12 };

static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_TXT, DNS_AAAA, DNS_CAA };

/* The name in the question, as text; the name the answer is read for. */
static struct span asked_name(char *text, size_t cap, struct span message)
{
	struct dns_wire_name name;
	struct builder b;

	builder_init(&b, text, cap);
	if (dns_wire_name(&name, message, HEAD) == 0)
		return span_str("www.example.com");
	for (size_t i = 0; name.p[i] > 0; i += 1 + (size_t)name.p[i]) {
		if (i > 0)
			builder_byte(&b, '.');
		builder_add(&b, span_of(name.p + i + 1, name.p[i]));
	}
	return dns_name_ok(builder_span(&b)) ? builder_span(&b) : span_str("www.example.com");
}

static void walk(struct span message, struct span name, enum dns_type type)
{
	static unsigned char line[DNS_TEXT_LINE_MAX];
	struct dns_answer a;
	struct dns_record record;
	struct builder out;
	size_t n = 0;

	enum dns_status status = dns_answer_parse(&a, message, name, type);
	while (dns_next(&a, &record)) {
		builder_init(&out, line, sizeof line);
		if (record.data.p < message.p ||
		    record.data.p + record.data.len > message.p + message.len)
			abort();
		if (!dns_text(&out, &a, &record) && type != DNS_SOA)
			abort();
		for (size_t i = 0; i < out.len; i++)
			if (line[i] < ' ' || line[i] > '~')
				abort();
		n++;
	}
	if ((status == DNS_FOUND) != (n > 0) || status == DNS_SYSTEM || status == DNS_BAD_NAME)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_of(data, size);
	char text[DNS_WIRE_NAME_MAX];
	struct dns_servers servers;
	struct span name = asked_name(text, sizeof text, message);

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		walk(message, name, types[i]);
	dns_servers_parse(&servers, message);
	return 0;
}
