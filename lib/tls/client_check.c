/*
 * The judgement over a server's certificate: BearSSL's over the chain, what each of its
 * certificates is limited to, and for an address as host a look at the certificate's
 * addresses.
 */
#include "tls/client_check.h"

#include <arpa/inet.h>
#include <string.h>

#include "tls/client_limits.h"
#include "tls/client_pin.h"
#include "tls/names.h"
#include "tls/verify.h"

/* BearSSL's context is the check's first member: what its calls hand back is the check. */
static struct client_check *check_of(const br_x509_class **context)
{
	return (struct client_check *)(void *)context;
}

static void start_chain(const br_x509_class **context, const char *name)
{
	struct client_check *check = check_of(context);

	check->n_certs = 0;
	check->leaf_len = 0;
	check->too_large = false;
	check->name = name;
	check->limited = 0;
	check->chain.vtable->start_chain(&check->chain.vtable, name);
}

static void start_cert(const br_x509_class **context, uint32_t len)
{
	struct client_check *check = check_of(context);

	check->n_certs++;
	check->issuer_len = 0;
	if (check->seen) {
		builder_byte(check->seen, (unsigned char)(len >> 16));
		builder_u16be(check->seen, (uint16_t)len);
	}
	check->chain.vtable->start_cert(&check->chain.vtable, len);
}

/* Into storage of CERT_MAX bytes. */
static bool keep(unsigned char *to, size_t *to_len, const unsigned char *bytes, size_t len)
{
	if (len > CERT_MAX - *to_len)
		return false;
	memcpy(to + *to_len, bytes, len);
	*to_len += len;
	return true;
}

static void append(const br_x509_class **context, const unsigned char *bytes, size_t len)
{
	struct client_check *check = check_of(context);

	if (check->n_certs > 1) {
		if (!keep(check->issuer, &check->issuer_len, bytes, len))
			check->limited = BR_ERR_X509_LIMIT_EXCEEDED;
	} else if (check->too_large || !keep(check->leaf, &check->leaf_len, bytes, len)) {
		check->too_large = true;
		check->limited = BR_ERR_X509_LIMIT_EXCEEDED;
	}
	if (check->seen)
		builder_add(check->seen, span_of(bytes, len));
	check->chain.vtable->append(&check->chain.vtable, bytes, len);
}

static void end_cert(const br_x509_class **context)
{
	struct client_check *check = check_of(context);
	bool leaf = check->n_certs == 1;

	if (check->limited == 0 && !check->pins_alone)
		check->limited = client_limits(check, span_of(leaf ? check->leaf : check->issuer,
		                                              leaf ? check->leaf_len : check->issuer_len));
	check->chain.vtable->end_cert(&check->chain.vtable);
}

/* The address is among the certificate's. */
static bool has_address(const struct client_check *check)
{
	struct span wanted = span_of(check->ip, check->ip_len), rest;
	struct cert_name name;
	struct cert cert;
	bool bad;

	if (check->too_large || !cert_read(&cert, span_of(check->leaf, check->leaf_len)))
		return false;
	rest = cert.names;
	while (cert_next_name(&rest, &name, &bad))
		if (name.kind == CERT_IP && span_eq(name.value, wanted))
			return true;
	return false;
}

/* Asked last, and only about what nothing else speaks against. */
static unsigned int judge(struct client_check *check)
{
	if (!check->judge)
		return 0;
	check->unjudged = check->too_large ? "the certificate is too large"
	                                   : check->judge(check->with, span_of(check->leaf, check->leaf_len));
	return check->unjudged ? BR_ERR_X509_NOT_TRUSTED : 0;
}

static unsigned int end_chain(const br_x509_class **context)
{
	struct client_check *check = check_of(context);
	unsigned int error = check->chain.vtable->end_chain(&check->chain.vtable);

	/* Without anchors, pins and a judge there is nobody to be believed. */
	check->unpinned = (check->n_pins > 0 || (check->pins_alone && !check->judge)) &&
	                  !client_pin_matches(check);
	if (check->pins_alone)
		return !check->unpinned && client_pin_key(check) ? judge(check) : BR_ERR_X509_NOT_TRUSTED;
	if (error == 0 && check->unpinned)
		return BR_ERR_X509_NOT_TRUSTED;
	if (error == 0 && check->limited != 0)
		return check->limited;
	if (error == 0 && check->is_address && !has_address(check))
		return BR_ERR_X509_BAD_SERVER_NAME;
	return error != 0 ? error : judge(check);
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *context, unsigned int *usages)
{
	const struct client_check *check = (const struct client_check *)(const void *)context;

	if (check->pins_alone) {
		if (usages)
			*usages = BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN;
		return &check->key;
	}
	return check->chain.vtable->get_pkey(&check->chain.vtable, usages);
}

static const br_x509_class check_class = {
	.context_size = sizeof(struct client_check),
	.start_chain = start_chain,
	.start_cert = start_cert,
	.append = append,
	.end_cert = end_cert,
	.end_chain = end_chain,
	.get_pkey = get_pkey,
};

static bool read_address(struct client_check *check, struct span host)
{
	char text[INET6_ADDRSTRLEN];
	bool v6 = span_find(host, ':') < host.len;

	if (host.len >= sizeof text)
		return false;
	memcpy(text, host.p, host.len);
	text[host.len] = 0;
	check->ip_len = v6 ? 16 : 4;
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, check->ip) == 1;
}

bool client_check_init(struct client_check *check, const struct client_peer *peer)
{
	check->vtable = &check_class;
	check->is_address = peer->is_address;
	check->leaf_len = 0;
	check->too_large = false;
	check->pins = peer->pins;
	check->n_pins = peer->n_pins;
	check->pins_alone = !peer->anchors;
	check->unpinned = false;
	check->unjudged = NULL;
	check->judge = peer->judge;
	check->with = peer->with;
	check->seen = peer->seen;
	verify_init(&check->chain, peer->anchors, peer->unix_now, &br_ec_all_m31,
	            br_ecdsa_i31_vrfy_asn1);
	return !peer->is_address || read_address(check, peer->host);
}
