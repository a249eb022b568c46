/* Self-signed certificates. */
#include "tls/self_signed.h"

#include <sys/random.h>

#include "tls/der.h"
#include "tls/issue.h"

/* OBJECT IDENTIFIERs, encoded contents. */
static const unsigned char oid_key_usage[] = { 0x55, 0x1d, 15 };
static const unsigned char oid_basic_constraints[] = { 0x55, 0x1d, 19 };
static const unsigned char oid_extended_key_usage[] = { 0x55, 0x1d, 37 };
static const unsigned char oid_acme_identifier[] = { 0x2b, 6, 1, 5, 5, 7, 1, 31 };

/* Values of extensions. */
static const unsigned char no_constraints[] = { 0x30, 0 };
static const unsigned char server_usage[] = { DER_BIT_STRING, 2, 7, 0x80 };  /* digitalSignature */
static const unsigned char rsa_usage[] = { DER_BIT_STRING, 2, 5, 0xa0 };     /* and keyEncipherment */
static const unsigned char server_and_client[] = { /* serverAuth, clientAuth */
	0x30, 20,
	DER_OID, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1,
	DER_OID, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2,
};

enum {
	SERIAL_LEN = 16,
	NAME_MAX_LEN = SELF_SIGNED_COMMON_NAME_MAX + 32 /* a Name of one attribute */
};

#define EXTENSION(out, oid, critical, value) \
	issue_extension(out, span_of(oid, sizeof oid), critical, span_of(value, sizeof value))

static bool is_empty(const struct self_signed *what)
{
	return what->common_name.len == 0;
}

static bool has_names(const struct self_signed *what)
{
	return what->names && what->names->n > 0;
}

static bool makes_sense(const struct self_signed *what)
{
	if (what->common_name.len > SELF_SIGNED_COMMON_NAME_MAX || what->not_after < what->not_before)
		return false;
	if (what->acme_digest && (what->is_ca || !has_names(what) || what->names->n != 1))
		return false;
	return has_names(what) || (what->is_ca && !is_empty(what));
}

static void write_extensions(struct builder *out, const struct key *key,
                             const struct self_signed *what)
{
	issue_key_id(out, span_of(key->spki, key->spki_len));
	if (what->is_ca) {
		issue_ca_marks(out, -1);
	} else {
		EXTENSION(out, oid_basic_constraints, true, no_constraints);
		if (key->type == KEY_RSA)
			EXTENSION(out, oid_key_usage, true, rsa_usage);
		else
			EXTENSION(out, oid_key_usage, true, server_usage);
		EXTENSION(out, oid_extended_key_usage, false, server_and_client);
	}
	if (has_names(what))
		issue_names(out, what->names, is_empty(what));
	if (what->acme_digest) {
		unsigned char value[2 + ACME_DIGEST_LEN] = { DER_OCTET_STRING, ACME_DIGEST_LEN };

		memcpy(value + 2, what->acme_digest, ACME_DIGEST_LEN);
		EXTENSION(out, oid_acme_identifier, true, value);
	}
	builder_add(out, what->extensions);
}

bool self_signed_write(struct builder *out, const struct key *key, const struct self_signed *what)
{
	static unsigned char list[SELF_SIGNED_MAX];
	const struct issue_attribute common_name = { ISSUE_COMMON_NAME, what->common_name };
	unsigned char serial[SERIAL_LEN], name_bytes[NAME_MAX_LEN];
	struct builder name, extensions;

	if (!makes_sense(what) || getrandom(serial, sizeof serial, 0) != (ssize_t)sizeof serial)
		return false;
	/* Positive, of full length, not 0. */
	serial[0] = (serial[0] & 0x7f) | 0x40;
	builder_init(&name, name_bytes, sizeof name_bytes);
	issue_name(&name, &common_name, is_empty(what) ? 0 : 1);
	builder_init(&extensions, list, sizeof list);
	write_extensions(&extensions, key, what);
	if (!builder_ok(&name) || !builder_ok(&extensions))
		return false;
	return issue_certificate(out,
	                         &(struct issue_certificate){
	                                 .serial = span_of(serial, sizeof serial),
	                                 .issuer = builder_span(&name),
	                                 .subject = builder_span(&name),
	                                 .not_before = what->not_before,
	                                 .not_after = what->not_after,
	                                 .spki = span_of(key->spki, key->spki_len),
	                                 .extensions = builder_span(&extensions),
	                         },
	                         key);
}
