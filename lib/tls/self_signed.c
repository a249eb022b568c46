/* Self-signed certificates. */
#include "tls/self_signed.h"

#include <sys/random.h>

#include "tls/der.h"
#include "tls/issue.h"

/* OBJECT IDENTIFIERs, encoded contents. */
static const unsigned char oid_common_name[] = { 0x55, 4, 3 };
static const unsigned char oid_key_id[] = { 0x55, 0x1d, 14 };
static const unsigned char oid_key_usage[] = { 0x55, 0x1d, 15 };
static const unsigned char oid_basic_constraints[] = { 0x55, 0x1d, 19 };
static const unsigned char oid_extended_key_usage[] = { 0x55, 0x1d, 37 };
static const unsigned char oid_acme_identifier[] = { 0x2b, 6, 1, 5, 5, 7, 1, 31 };

/* Values of extensions. */
static const unsigned char ca_constraints[] = { 0x30, 3, DER_BOOLEAN, 1, 0xff };
static const unsigned char no_constraints[] = { 0x30, 0 };
static const unsigned char ca_usage[] = { DER_BIT_STRING, 2, 1, 0x06 };      /* keyCertSign, cRLSign */
static const unsigned char server_usage[] = { DER_BIT_STRING, 2, 7, 0x80 };  /* digitalSignature */
static const unsigned char rsa_usage[] = { DER_BIT_STRING, 2, 5, 0xa0 };     /* and keyEncipherment */
static const unsigned char server_and_client[] = { /* serverAuth, clientAuth */
	0x30, 20,
	DER_OID, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1,
	DER_OID, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2,
};

enum { SERIAL_LEN = 16, KEY_ID_LEN = 20, VERSION_3 = 2 };

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

static void write_name(struct builder *out, struct span common_name)
{
	size_t name = der_open(out, DER_SEQUENCE), set, pair;

	if (common_name.len > 0) {
		set = der_open(out, DER_SET);
		pair = der_open(out, DER_SEQUENCE);
		der_write(out, DER_OID, span_of(oid_common_name, sizeof oid_common_name));
		der_write(out, DER_UTF8_STRING, common_name);
		der_close(out, pair);
		der_close(out, set);
	}
	der_close(out, name);
}

/* As RFC 7093, 2, method 1: 160 bits of SHA-256, here of the whole SubjectPublicKeyInfo. */
static void write_key_id(struct builder *out, const struct key *key)
{
	unsigned char value[2 + KEY_PIN_LEN] = { DER_OCTET_STRING, KEY_ID_LEN };

	key_pin(span_of(key->spki, key->spki_len), value + 2);
	issue_extension(out, span_of(oid_key_id, sizeof oid_key_id), false,
	                span_of(value, 2 + KEY_ID_LEN));
}

static void write_extensions(struct builder *out, const struct key *key,
                             const struct self_signed *what)
{
	size_t explicit = der_open(out, DER_CONTEXT_CONSTRUCTED | 3);
	size_t list = der_open(out, DER_SEQUENCE);

	write_key_id(out, key);
	if (what->is_ca) {
		EXTENSION(out, oid_basic_constraints, true, ca_constraints);
		EXTENSION(out, oid_key_usage, true, ca_usage);
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
	der_close(out, list);
	der_close(out, explicit);
}

bool self_signed_write(struct builder *out, const struct key *key, const struct self_signed *what)
{
	unsigned char serial[SERIAL_LEN], version = VERSION_3;
	struct issue issue;
	size_t mark;

	if (!makes_sense(what) || getrandom(serial, sizeof serial, 0) != (ssize_t)sizeof serial)
		return false;
	/* Positive, of full length, not 0. */
	serial[0] = (serial[0] & 0x7f) | 0x40;
	issue = issue_begin(out);
	mark = der_open(out, DER_CONTEXT_CONSTRUCTED | 0);
	der_write_unsigned(out, span_of(&version, 1));
	der_close(out, mark);
	der_write_unsigned(out, span_of(serial, sizeof serial));
	signature_algorithm_write(out, key->type, key_type_hash(key->type));
	write_name(out, what->common_name);
	mark = der_open(out, DER_SEQUENCE);
	der_write_time(out, what->not_before);
	der_write_time(out, what->not_after);
	der_close(out, mark);
	write_name(out, what->common_name);
	builder_add(out, span_of(key->spki, key->spki_len));
	write_extensions(out, key, what);
	return issue_sign(out, &issue, key);
}
