/* cert_print: what a certificate says, as fields. */
#ifndef BIN_CERT_PRINT_H
#define BIN_CERT_PRINT_H

#include "base/hex.h"
#include "base/utc.h"
#include "cert_evidence.h"
#include "fields.h"
#include "tls/cert.h"
#include "tls/der.h"

/* A field's text: a byte of Latin-1 is two of UTF-8, each escaped with three. */
static unsigned char cert_print_text[6 * CERT_MAX];

static struct builder cert_print_start(void)
{
	struct builder b;

	builder_init(&b, cert_print_text, sizeof cert_print_text);
	return b;
}

static void cert_print_hex(struct fields *f, const char *name, struct span bytes)
{
	struct builder b = cert_print_start();

	hex_encode(&b, bytes);
	fields_text(f, name, builder_span(&b));
}

static void cert_print_subject(struct fields *f, const char *field, struct span value)
{
	struct builder b = cert_print_start();

	cert_print_name(&b, value);
	fields_text(f, field, builder_span(&b));
}

static void cert_print_moment(struct fields *f, const char *field, int64_t unix_s)
{
	struct builder b = cert_print_start();

	utc_print(&b, unix_s);
	fields_text(f, field, builder_span(&b));
}

/* The alternative names of one kind: a line each, or an array. */
static void cert_print_names(struct fields *f, const char *field, const struct cert *c, enum cert_name_kind kind)
{
	struct span rest = c->names;
	struct cert_name one;
	size_t n = 0;
	bool bad;

	if (f->json) {
		fields_name(f, field);
		builder_byte(f->out, '[');
	}
	while (cert_next_name(&rest, &one, &bad)) {
		struct builder b = cert_print_start();

		if (one.kind != kind)
			continue;
		cert_name_print(&b, &one);
		if (!f->json) {
			fields_text(f, field, builder_span(&b));
			continue;
		}
		if (n++ > 0)
			builder_byte(f->out, ',');
		json_write_string(f->out, builder_span(&b));
	}
	if (f->json)
		builder_byte(f->out, ']');
}

/* The kind of key, or the OBJECT IDENTIFIER of another algorithm. */
static void cert_print_key(struct fields *f, struct span spki)
{
	struct builder b = cert_print_start();
	struct public_key public;
	struct reader r, in;

	if (public_key_read(&public, spki)) {
		builder_str(&b, key_kind_name(public.type, public.bits));
	} else {
		reader_init(&r, spki);
		in = der_enter(&r, DER_SEQUENCE);
		in = der_enter(&in, DER_SEQUENCE);
		der_print_oid(&b, der_read(&in, DER_OID));
	}
	fields_text(f, "key", builder_span(&b));
}

static void cert_print_pin(struct fields *f, struct span spki)
{
	unsigned char hash[KEY_PIN_LEN];
	struct builder b = cert_print_start();

	key_pin(spki, hash);
	builder_str(&b, "SHA256:");
	hex_encode(&b, span_of(hash, sizeof hash));
	fields_text(f, "pin", builder_span(&b));
}

enum cert_verdict { SIGNED, OTHER_NAME, OTHER_KEY, UNKNOWN };

static enum cert_verdict cert_print_verdict(const struct cert *c, const struct cert *issuer)
{
	enum key_hash hash;
	bool is_rsa;

	if (!span_eq(c->issuer, issuer->subject))
		return OTHER_NAME;
	if (cert_signed_by(c, issuer))
		return SIGNED;
	return signature_algorithm_read(c->signature_algorithm, &is_rsa, &hash) ? OTHER_KEY : UNKNOWN;
}

/* The zero byte that keeps a number positive is no part of it. */
static struct span cert_print_number(struct span serial)
{
	return serial.len > 1 && serial.p[0] == 0 ? span_from(serial, 1) : serial;
}

static void cert_print(struct fields *f, const struct cert *c)
{
	static const char *const self[] = { "yes", "no", "no", "unknown" };

	cert_print_subject(f, "subject", c->subject);
	cert_print_subject(f, "issuer", c->issuer);
	cert_print_hex(f, "serial", cert_print_number(c->serial));
	cert_print_moment(f, "not_before", c->not_before);
	cert_print_moment(f, "not_after", c->not_after);
	cert_print_names(f, "dns", c, CERT_DNS);
	cert_print_names(f, "ip", c, CERT_IP);
	cert_print_names(f, "other", c, CERT_OTHER);
	cert_print_key(f, c->spki);
	cert_print_pin(f, c->spki);
	cert_print_hex(f, "key_id", c->key_id);
	cert_print_hex(f, "authority_key_id", c->authority_key_id);
	fields_truth(f, "ca", c->is_ca);
	fields_truth(f, "must_staple", c->must_staple);
	fields_text(f, "self_signed", span_str(self[cert_print_verdict(c, c)]));
	cert_evidence_print(f, c);
}

#endif
