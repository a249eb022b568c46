/* Names of certificates, encoded and as text. */
#include "tls/names.h"

#include "base/ascii.h"
#include "base/hex.h"
#include "base/log.h"
#include "net/addr.h"
#include "net/hostname.h"
#include "tls/der.h"

/* Choices of GeneralName. */
enum { DNS_NAME = DER_CONTEXT | 2, IP_ADDRESS = DER_CONTEXT | 7 };

static const char wildcard[] = "*.";

bool cert_next_name(struct span *rest, struct cert_name *name, bool *bad)
{
	struct span whole, contents;
	struct reader r;
	uint8_t tag;

	*bad = false;
	if (rest->len == 0)
		return false;
	reader_init(&r, *rest);
	whole = der_read_any(&r, &tag, &contents);
	if (tag == IP_ADDRESS && contents.len != 4 && contents.len != 16)
		reader_fail(&r);
	*bad = !reader_ok(&r);
	if (*bad)
		return false;
	*rest = span_from(*rest, whole.len);
	if (tag == DNS_NAME)
		*name = (struct cert_name){ CERT_DNS, contents };
	else if (tag == IP_ADDRESS)
		*name = (struct cert_name){ CERT_IP, contents };
	else
		*name = (struct cert_name){ CERT_OTHER, whole };
	return true;
}

static void print_ip(struct builder *out, struct span ip)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct addr a;

	if (ip.len == 4) {
		memcpy(&four.sin_addr, ip.p, ip.len);
		addr_set(&a, (struct sockaddr *)&four, sizeof four);
	} else {
		memcpy(&six.sin6_addr, ip.p, ip.len);
		addr_set(&a, (struct sockaddr *)&six, sizeof six);
	}
	addr_print_ip(out, &a);
}

void cert_name_print(struct builder *out, const struct cert_name *name)
{
	switch (name->kind) {
	case CERT_DNS:
		log_field(out, name->value, HOSTNAME_MAX);
		break;
	case CERT_IP:
		print_ip(out, name->value);
		break;
	case CERT_OTHER:
		hex_encode(out, name->value);
		break;
	}
}

const char *name_strerror(enum name_result result)
{
	switch (result) {
	case NAME_OK:
		return "success";
	case NAME_MALFORMED:
		return "neither a host name nor an address";
	case NAME_TWICE:
		return "given twice";
	case NAME_TOO_MANY:
		return "too many names";
	}
	return "unknown";
}

/* Fills the next entry from an address; false when it is none. */
static bool take_ip(struct name_set *set, struct span text)
{
	unsigned char *ip = set->name[set->n].ip;
	struct builder printed;
	struct addr a;

	if (span_find(text, '%') < text.len || !addr_parse_ip(&a, text, 0))
		return false;
	builder_init(&printed, set->name[set->n].text, sizeof set->name[set->n].text);
	addr_print_ip(&printed, &a);
	if (!builder_cstr(&printed))
		return false;
	set->name[set->n].kind = CERT_IP;
	if (addr_family(&a) == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)&a.u.any;

		set->name[set->n].ip_len = 4;
		memcpy(ip, &v4->sin_addr, 4);
	} else {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a.u.any;

		if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
			return false;
		set->name[set->n].ip_len = 16;
		memcpy(ip, &v6->sin6_addr, 16);
	}
	return true;
}

/* The same from a DNS name: what is behind the wildcard is a host name. */
static bool take_dns(struct name_set *set, struct span text)
{
	char *to = set->name[set->n].text;
	char folded[HOSTNAME_MAX + 1];
	size_t star = span_starts(text, wildcard) ? strlen(wildcard) : 0;
	struct span host = hostname_fold(folded, span_from(text, star));

	if (host.len == 0 || star + host.len > HOSTNAME_MAX)
		return false;
	memcpy(to, wildcard, star);
	memcpy(to + star, folded, host.len + 1);
	set->name[set->n].kind = CERT_DNS;
	set->name[set->n].ip_len = 0;
	return true;
}

enum name_result name_set_add(struct name_set *set, struct span text)
{
	if (set->n == CERT_NAMES_MAX)
		return NAME_TOO_MANY;
	if (!take_ip(set, text) && !take_dns(set, text))
		return NAME_MALFORMED;
	for (size_t i = 0; i < set->n; i++)
		if (span_eq(span_str(set->name[i].text), span_str(set->name[set->n].text)))
			return NAME_TWICE;
	set->n++;
	return NAME_OK;
}

/* Which of the set it is; `set->n` when none. */
static size_t find(const struct name_set *set, const struct cert_name *name)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		if (set->name[i].kind != name->kind)
			continue;
		if (name->kind == CERT_DNS && span_is_nocase(name->value, set->name[i].text))
			break;
		if (name->kind == CERT_IP &&
		    span_eq(name->value, span_of(set->name[i].ip, set->name[i].ip_len)))
			break;
	}
	return i;
}

bool name_set_is(const struct name_set *set, struct span general_names)
{
	bool seen[CERT_NAMES_MAX] = { false };
	struct cert_name name;
	size_t n = 0;
	bool bad;

	while (cert_next_name(&general_names, &name, &bad)) {
		size_t i = find(set, &name);

		if (i == set->n)
			return false;
		n += !seen[i];
		seen[i] = true;
	}
	return !bad && n == set->n;
}

void name_set_write(struct builder *out, const struct name_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		if (set->name[i].kind == CERT_IP)
			der_write(out, IP_ADDRESS, span_of(set->name[i].ip, set->name[i].ip_len));
		else
			der_write(out, DNS_NAME, span_str(set->name[i].text));
	}
}
