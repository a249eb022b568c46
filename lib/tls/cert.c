/* Certificates: taken apart, held against each other. */
#include "tls/cert.h"

#include "tls/der.h"

/* OBJECT IDENTIFIERs of extensions, encoded contents: those of id-ce (2.5.29) and id-pe. */
static const unsigned char oid_key_id[] = { 0x55, 0x1d, 14 };
static const unsigned char oid_names[] = { 0x55, 0x1d, 17 };
static const unsigned char oid_basic_constraints[] = { 0x55, 0x1d, 19 };
static const unsigned char oid_authority_key_id[] = { 0x55, 0x1d, 35 };
static const unsigned char oid_features[] = { 0x2b, 6, 1, 5, 5, 7, 1, 24 };

/* TLS's number of the extension status_request (RFC 6066, 8). */
enum { STATUS_REQUEST = 5 };

/* Contents of an Extension; a critical of FALSE that is spelled out is taken. */
static void read_extension(struct reader *list, struct span *oid, bool *critical, struct span *value)
{
	struct reader r = der_enter(list, DER_SEQUENCE);

	*oid = der_read(&r, DER_OID);
	*critical = der_next_is(&r, DER_BOOLEAN) && der_read_boolean(&r);
	*value = der_read(&r, DER_OCTET_STRING);
	if (!reader_done(&r) || oid->len == 0)
		reader_fail(list);
}

bool cert_extension(const struct cert *c, struct span oid, bool *critical, struct span *value)
{
	struct reader list;
	struct span found;

	reader_init(&list, c->extensions);
	while (reader_left(&list) > 0) {
		read_extension(&list, &found, critical, value);
		if (reader_ok(&list) && span_eq(found, oid))
			return true;
	}
	return false;
}

/* Each is well formed, and none is there twice (RFC 5280, 4.2). */
static bool extensions_ok(struct span extensions)
{
	struct cert before = { .extensions = extensions };
	struct reader list;
	struct span oid, value;
	bool critical;

	reader_init(&list, extensions);
	while (reader_left(&list) > 0) {
		before.extensions = span_head(extensions, list.at);
		read_extension(&list, &oid, &critical, &value);
		if (reader_ok(&list) && cert_extension(&before, oid, &critical, &value))
			return false;
	}
	return reader_done(&list);
}

/* A reader over what the extension's one value holds; false when it is not there. */
static bool enter(const struct cert *c, struct span oid, bool *critical, struct reader *all,
                  struct reader *in)
{
	struct span value;

	if (!cert_extension(c, oid, critical, &value))
		return false;
	reader_init(all, value);
	*in = der_enter(all, DER_SEQUENCE);
	if (!reader_done(all))
		reader_fail(in);
	return true;
}

static bool read_key_id(struct cert *c)
{
	bool critical;
	struct span value;
	struct reader r;

	if (!cert_extension(c, span_of(oid_key_id, sizeof oid_key_id), &critical, &value))
		return true;
	reader_init(&r, value);
	c->key_id = der_read(&r, DER_OCTET_STRING);
	return reader_done(&r);
}

static bool read_authority_key_id(struct cert *c)
{
	struct span oid = span_of(oid_authority_key_id, sizeof oid_authority_key_id);
	struct reader all, in;
	bool critical;

	if (!enter(c, oid, &critical, &all, &in))
		return true;
	if (der_next_is(&in, DER_CONTEXT | 0))
		c->authority_key_id = der_read(&in, DER_CONTEXT | 0);
	while (reader_left(&in) > 0)
		der_read_any(&in, NULL, NULL);
	return reader_done(&in);
}

static bool read_constraints(struct cert *c)
{
	struct span oid = span_of(oid_basic_constraints, sizeof oid_basic_constraints);
	struct reader all, in;
	bool critical;

	if (!enter(c, oid, &critical, &all, &in))
		return true;
	c->is_ca = der_next_is(&in, DER_BOOLEAN) && der_read_boolean(&in);
	if (der_next_is(&in, DER_INTEGER))
		der_read_unsigned(&in);
	return reader_done(&in);
}

static bool read_features(struct cert *c)
{
	struct reader all, in;
	bool critical;

	if (!enter(c, span_of(oid_features, sizeof oid_features), &critical, &all, &in))
		return true;
	while (reader_left(&in) > 0) {
		struct span feature = der_read_unsigned(&in);

		if (feature.len == 1 && feature.p[0] == STATUS_REQUEST)
			c->must_staple = true;
	}
	return reader_done(&in);
}

/* At least one name, all of them well formed. */
static bool read_names(struct cert *c)
{
	struct cert_name name;
	struct reader all, in;
	struct span rest;
	bool bad;

	if (!enter(c, span_of(oid_names, sizeof oid_names), &c->names_critical, &all, &in))
		return true;
	c->names = reader_bytes(&in, reader_left(&in));
	rest = c->names;
	while (cert_next_name(&rest, &name, &bad))
		;
	return reader_ok(&in) && c->names.len > 0 && !bad;
}

bool cert_read_extensions(struct cert *c, struct span extensions)
{
	c->extensions = extensions;
	return extensions_ok(extensions) && read_names(c) && read_key_id(c) &&
	       read_authority_key_id(c) && read_constraints(c) && read_features(c);
}

/* Version 1 to 3, the first by leaving it out. */
static void read_version(struct reader *tbs)
{
	struct reader explicit;
	struct span version;

	if (!der_next_is(tbs, DER_CONTEXT_CONSTRUCTED | 0))
		return;
	explicit = der_enter(tbs, DER_CONTEXT_CONSTRUCTED | 0);
	version = der_read_unsigned(&explicit);
	if (!reader_done(&explicit) || version.len > 1 || (version.len == 1 && version.p[0] > 2))
		reader_fail(tbs);
}

/* What is between the subject's key and the end. */
static bool read_rest(struct cert *c, struct reader *tbs)
{
	struct reader explicit, list;

	for (uint8_t unique_id = 1; unique_id <= 2; unique_id++)
		if (der_next_is(tbs, DER_CONTEXT | unique_id))
			der_read(tbs, DER_CONTEXT | unique_id);
	if (!der_next_is(tbs, DER_CONTEXT_CONSTRUCTED | 3))
		return reader_done(tbs);
	explicit = der_enter(tbs, DER_CONTEXT_CONSTRUCTED | 3);
	list = der_enter(&explicit, DER_SEQUENCE);
	return reader_done(tbs) && reader_done(&explicit) &&
	       cert_read_extensions(c, reader_bytes(&list, reader_left(&list)));
}

/* A value that is a SEQUENCE, whole. */
static struct span read_sequence(struct reader *r)
{
	if (!der_next_is(r, DER_SEQUENCE))
		reader_fail(r);
	return der_read_any(r, NULL, NULL);
}

static bool read_tbs(struct cert *c)
{
	struct span algorithm;
	struct reader all, tbs, validity;

	reader_init(&all, c->tbs);
	tbs = der_enter(&all, DER_SEQUENCE);
	read_version(&tbs);
	c->serial = der_read(&tbs, DER_INTEGER);
	algorithm = read_sequence(&tbs);
	c->issuer = read_sequence(&tbs);
	validity = der_enter(&tbs, DER_SEQUENCE);
	c->not_before = der_read_time(&validity);
	c->not_after = der_read_time(&validity);
	c->subject = read_sequence(&tbs);
	c->spki = read_sequence(&tbs);
	return reader_ok(&tbs) && reader_done(&validity) && c->serial.len > 0 &&
	       span_eq(algorithm, c->signature_algorithm) && read_rest(c, &tbs);
}

bool cert_read(struct cert *c, struct span der)
{
	struct reader all, in;

	*c = (struct cert){ .der = der };
	reader_init(&all, der);
	in = der_enter(&all, DER_SEQUENCE);
	c->tbs = read_sequence(&in);
	c->signature_algorithm = read_sequence(&in);
	c->signature = der_read_bits(&in);
	return reader_done(&in) && reader_done(&all) && read_tbs(c);
}

bool cert_signed_by(const struct cert *c, const struct cert *issuer)
{
	return span_eq(c->issuer, issuer->subject) &&
	       signature_holds(issuer->spki, c->signature_algorithm, c->tbs, c->signature);
}
