/* Host fields and authorities. */
#include <arpa/inet.h>
#include <string.h>

#include "base/ascii.h"
#include "net/http.h"
#include "net/http_class.h"

/* An IP address of this family, in text and without brackets. */
static bool is_ip(struct span text, int family)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];

	if (text.len == 0 || text.len >= sizeof copy || memchr(text.p, 0, text.len))
		return false;
	memcpy(copy, text.p, text.len);
	copy[text.len] = 0;
	return inet_pton(family, copy, address) == 1;
}

/* What follows a host: nothing, ":" or ":port" (RFC 3986, 3.2.3). */
static bool port_parse(struct span text, uint16_t *port)
{
	uint64_t value;

	*port = 0;
	if (text.len == 0 || span_is(text, ":"))
		return true;
	if (text.p[0] != ':' || !span_number(span_from(text, 1), UINT16_MAX, &value) || value == 0)
		return false;
	*port = (uint16_t)value;
	return true;
}

bool http_host_parse(struct span text, struct span *host, bool *is_address, uint16_t *port)
{
	size_t n;

	if (text.len > 0 && text.p[0] == '[') {
		n = span_find(text, ']');
		*host = span_head(span_from(text, 1), n - 1);
		*is_address = true;
		return n < text.len && is_ip(*host, AF_INET6) &&
		       port_parse(span_from(text, n + 1), port);
	}
	n = http_class_span(text, HTTP_CLASS_NAME);
	*host = span_head(text, n);
	*is_address = n > 0 && ascii_digit(text.p[0]) && is_ip(*host, AF_INET);
	return n > 0 && n <= HTTP_HOST_MAX && port_parse(span_from(text, n), port);
}
