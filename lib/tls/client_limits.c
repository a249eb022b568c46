/*
 * Purposes and names a certificate is limited to. BearSSL passes over both where they
 * are not critical, as they mostly are not: an authority for mail, or for one company's
 * names, could speak for any server.
 */
#include "tls/client_limits.h"

#include "base/ascii.h"
#include "base/reader.h"
#include "tls/der.h"
#include "tls/purpose.h"

static const unsigned char oid_constraints[] = { 0x55, 0x1d, 0x1e };

enum { DNS_NAME = DER_CONTEXT | 2, IP_ADDRESS = DER_CONTEXT | 7 };

/* The domain itself or what is below it; with a dot in front what is below it alone. */
static bool in_domain(struct span host, struct span domain)
{
	size_t front;

	if (domain.len > host.len)
		return false;
	front = host.len - domain.len;
	for (size_t i = 0; i < domain.len; i++)
		if (ascii_lower(host.p[front + i]) != ascii_lower(domain.p[i]))
			return false;
	return front == 0 || domain.len == 0 || domain.p[0] == '.' || host.p[front - 1] == '.';
}

/* An address and its mask. */
static bool in_network(const struct client_check *check, struct span network)
{
	if (network.len != 2 * check->ip_len)
		return false;
	for (size_t i = 0; i < check->ip_len; i++)
		if ((check->ip[i] ^ network.p[i]) & network.p[check->ip_len + i])
			return false;
	return true;
}

/* What a list of subtrees says about the host: how many are of its kind, and whether it is in one. */
struct subtrees {
	size_t n;
	bool has_host;
};

static void read_subtrees(const struct client_check *check, struct reader *list, struct subtrees *found)
{
	*found = (struct subtrees){ 0 };
	while (reader_left(list) > 0) {
		struct reader subtree = der_enter(list, DER_SEQUENCE);
		struct span base;
		uint8_t tag = 0;

		der_read_any(&subtree, &tag, &base);
		if (!reader_ok(&subtree)) {
			reader_fail(list);
		} else if (tag == (check->is_address ? IP_ADDRESS : DNS_NAME)) {
			found->n++;
			if (check->is_address ? in_network(check, base) :
			                        in_domain(span_str(check->name), base))
				found->has_host = true;
		}
	}
}

static bool host_allowed(const struct client_check *check, struct span value)
{
	struct subtrees permitted = { 0 }, excluded = { 0 };
	struct reader all, in, list;

	reader_init(&all, value);
	in = der_enter(&all, DER_SEQUENCE);
	if (der_next_is(&in, DER_CONTEXT_CONSTRUCTED | 0)) {
		list = der_enter(&in, DER_CONTEXT_CONSTRUCTED | 0);
		read_subtrees(check, &list, &permitted);
		if (!reader_done(&list))
			return false;
	}
	if (der_next_is(&in, DER_CONTEXT_CONSTRUCTED | 1)) {
		list = der_enter(&in, DER_CONTEXT_CONSTRUCTED | 1);
		read_subtrees(check, &list, &excluded);
		if (!reader_done(&list))
			return false;
	}
	return reader_done(&in) && reader_done(&all) && !excluded.has_host &&
	       (permitted.n == 0 || permitted.has_host);
}

unsigned int client_limits(const struct client_check *check, struct span der)
{
	struct span value;
	struct cert cert;
	bool critical;

	if (!cert_read(&cert, der))
		return BR_ERR_X509_INVALID_VALUE;
	if (!purpose_allows(&cert, PURPOSE_SERVER))
		return BR_ERR_X509_FORBIDDEN_KEY_USAGE;
	if (cert_extension(&cert, span_of(oid_constraints, sizeof oid_constraints), &critical, &value) &&
	    !host_allowed(check, value))
		return BR_ERR_X509_NOT_TRUSTED;
	return 0;
}
