/* Names, extensions, certificates, CRLs and signatures, written. */
#include "tls/issue.h"

#include "tls/der.h"

/* OBJECT IDENTIFIERs, encoded contents. */
static const unsigned char oid_key_id[] = { 0x55, 0x1d, 14 };
static const unsigned char oid_key_usage[] = { 0x55, 0x1d, 15 };
static const unsigned char oid_names[] = { 0x55, 0x1d, 17 };
static const unsigned char oid_basic_constraints[] = { 0x55, 0x1d, 19 };
static const unsigned char oid_crl_number[] = { 0x55, 0x1d, 20 };
static const unsigned char oid_authority_key_id[] = { 0x55, 0x1d, 35 };

static const unsigned char der_true = 0xff;
static const unsigned char ca_usage[] = { DER_BIT_STRING, 2, 1, 0x06 }; /* keyCertSign, cRLSign */

enum { KEY_ID_LEN = 20, VERSION_2 = 1, VERSION_3 = 2 };

struct issue issue_begin(struct builder *out)
{
	struct issue issue;

	issue.all = der_open(out, DER_SEQUENCE);
	issue.signed_part = der_open(out, DER_SEQUENCE);
	return issue;
}

bool issue_sign(struct builder *out, const struct issue *issue, const struct key *key)
{
	enum key_hash hash = key_type_hash(key->type);
	unsigned char digest[KEY_HASH_MAX];
	size_t bits, start = issue->signed_part - 1; /* its tag */

	der_close(out, issue->signed_part);
	if (!builder_ok(out))
		return false;
	key_hash(hash, span_from(builder_span(out), start), digest);
	signature_algorithm_write(out, key->type, hash);
	bits = der_open(out, DER_BIT_STRING);
	builder_byte(out, 0);
	key_sign(key, hash, digest, false, out);
	der_close(out, bits);
	der_close(out, issue->all);
	return builder_ok(out);
}

/* Opens one up to its value; the marks are closed in reverse. */
static void open_extension(struct builder *out, struct span oid, bool critical, size_t mark[2])
{
	mark[0] = der_open(out, DER_SEQUENCE);
	der_write(out, DER_OID, oid);
	if (critical)
		der_write(out, DER_BOOLEAN, span_of(&der_true, 1));
	mark[1] = der_open(out, DER_OCTET_STRING);
}

static void close_extension(struct builder *out, const size_t mark[2])
{
	der_close(out, mark[1]);
	der_close(out, mark[0]);
}

void issue_extension(struct builder *out, struct span oid, bool critical, struct span value)
{
	size_t mark[2];

	open_extension(out, oid, critical, mark);
	builder_add(out, value);
	close_extension(out, mark);
}

void issue_names(struct builder *out, const struct name_set *names, bool critical)
{
	size_t mark[2], list;

	open_extension(out, span_of(oid_names, sizeof oid_names), critical, mark);
	list = der_open(out, DER_SEQUENCE);
	name_set_write(out, names);
	der_close(out, list);
	close_extension(out, mark);
}

void issue_key_id(struct builder *out, struct span spki)
{
	unsigned char pin[KEY_PIN_LEN];
	size_t mark[2];

	key_pin(spki, pin);
	open_extension(out, span_of(oid_key_id, sizeof oid_key_id), false, mark);
	der_write(out, DER_OCTET_STRING, span_of(pin, KEY_ID_LEN));
	close_extension(out, mark);
}

void issue_authority_key_id(struct builder *out, struct span issuer_spki)
{
	unsigned char pin[KEY_PIN_LEN];
	size_t mark[2], list;

	key_pin(issuer_spki, pin);
	open_extension(out, span_of(oid_authority_key_id, sizeof oid_authority_key_id), false, mark);
	list = der_open(out, DER_SEQUENCE);
	der_write(out, DER_CONTEXT | 0, span_of(pin, KEY_ID_LEN));
	der_close(out, list);
	close_extension(out, mark);
}

void issue_ca_marks(struct builder *out, int path_len)
{
	unsigned char number = (unsigned char)path_len;
	size_t mark[2], list;

	issue_extension(out, span_of(oid_key_usage, sizeof oid_key_usage), true,
	                span_of(ca_usage, sizeof ca_usage));
	open_extension(out, span_of(oid_basic_constraints, sizeof oid_basic_constraints), true, mark);
	list = der_open(out, DER_SEQUENCE);
	der_write(out, DER_BOOLEAN, span_of(&der_true, 1));
	if (path_len >= 0)
		der_write_unsigned(out, span_of(&number, 1));
	der_close(out, list);
	close_extension(out, mark);
}

void issue_name(struct builder *out, const struct issue_attribute *attributes, size_t n)
{
	unsigned char oid[3] = { 0x55, 4 };
	size_t name = der_open(out, DER_SEQUENCE), set, pair;

	for (size_t i = 0; i < n; i++) {
		uint8_t tag = attributes[i].type == ISSUE_COUNTRY ? DER_PRINTABLE_STRING :
		                                                    DER_UTF8_STRING;

		set = der_open(out, DER_SET);
		pair = der_open(out, DER_SEQUENCE);
		oid[2] = (unsigned char)attributes[i].type;
		der_write(out, DER_OID, span_of(oid, sizeof oid));
		der_write(out, tag, attributes[i].text);
		der_close(out, pair);
		der_close(out, set);
	}
	der_close(out, name);
}

static void write_algorithm(struct builder *out, const struct key *key)
{
	signature_algorithm_write(out, key->type, key_type_hash(key->type));
}

/* Extensions of a certificate or a CRL, [n]. */
static void write_extensions(struct builder *out, uint8_t n, struct span extensions)
{
	size_t explicit = der_open(out, (uint8_t)(DER_CONTEXT_CONSTRUCTED | n));

	der_write(out, DER_SEQUENCE, extensions);
	der_close(out, explicit);
}

bool issue_certificate(struct builder *out, const struct issue_certificate *what,
                       const struct key *key)
{
	static const unsigned char version = VERSION_3;
	struct issue issue = issue_begin(out);
	size_t mark;

	mark = der_open(out, DER_CONTEXT_CONSTRUCTED | 0);
	der_write_unsigned(out, span_of(&version, 1));
	der_close(out, mark);
	der_write_unsigned(out, what->serial);
	write_algorithm(out, key);
	builder_add(out, what->issuer);
	mark = der_open(out, DER_SEQUENCE);
	der_write_time(out, what->not_before);
	der_write_time(out, what->not_after);
	der_close(out, mark);
	builder_add(out, what->subject);
	builder_add(out, what->spki);
	write_extensions(out, 3, what->extensions);
	return issue_sign(out, &issue, key);
}

bool issue_crl(struct builder *out, const struct issue_crl *what, const struct key *key)
{
	static const unsigned char version = VERSION_2;
	struct issue issue = issue_begin(out);
	size_t list, entry;

	der_write_unsigned(out, span_of(&version, 1));
	write_algorithm(out, key);
	builder_add(out, what->issuer);
	der_write_time(out, what->this_update);
	der_write_time(out, what->next_update);
	/* Absent when nothing is revoked (5.1.2.6). */
	if (what->n_revoked > 0) {
		list = der_open(out, DER_SEQUENCE);
		for (size_t i = 0; i < what->n_revoked; i++) {
			entry = der_open(out, DER_SEQUENCE);
			der_write_unsigned(out, what->revoked[i].serial);
			der_write_time(out, what->revoked[i].when);
			der_close(out, entry);
		}
		der_close(out, list);
	}
	if (what->extensions.len > 0)
		write_extensions(out, 0, what->extensions);
	return issue_sign(out, &issue, key);
}

void issue_crl_number(struct builder *out, uint32_t number)
{
	unsigned char bytes[4];
	struct builder b;
	size_t mark[2];

	builder_init(&b, bytes, sizeof bytes);
	builder_u32be(&b, number);
	open_extension(out, span_of(oid_crl_number, sizeof oid_crl_number), false, mark);
	der_write_unsigned(out, builder_span(&b));
	close_extension(out, mark);
}
