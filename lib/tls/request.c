/* Certificate requests. */
#include "tls/request.h"

#include "net/hostname.h"
#include "tls/cert.h"
#include "tls/der.h"
#include "tls/issue.h"

/* OBJECT IDENTIFIERs, encoded contents: extensionRequest (RFC 2985, 5.4.2), TLS Feature. */
static const unsigned char oid_extension_request[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
	                                               0x0d, 0x01, 0x09, 0x0e };
static const unsigned char oid_features[] = { 0x2b, 6, 1, 5, 5, 7, 1, 24 };

/* SEQUENCE { INTEGER 5 }: status_request. */
static const unsigned char must_staple_value[] = { 0x30, 0x03, 0x02, 0x01, 0x05 };

static void write_extensions(struct builder *out, const struct name_set *names, bool must_staple)
{
	size_t attributes = der_open(out, DER_CONTEXT_CONSTRUCTED | 0);
	size_t attribute = der_open(out, DER_SEQUENCE), values, list;

	der_write(out, DER_OID, span_of(oid_extension_request, sizeof oid_extension_request));
	values = der_open(out, DER_SET);
	list = der_open(out, DER_SEQUENCE);
	issue_names(out, names, false);
	if (must_staple)
		issue_extension(out, span_of(oid_features, sizeof oid_features), false,
		                span_of(must_staple_value, sizeof must_staple_value));
	der_close(out, list);
	der_close(out, values);
	der_close(out, attribute);
	der_close(out, attributes);
}

bool request_write(struct builder *out, const struct key *key, const struct name_set *names,
                   bool must_staple)
{
	struct issue issue = issue_begin(out);
	unsigned char version = 0;

	if (names->n == 0)
		return false;
	der_write_unsigned(out, span_of(&version, 1));
	der_write(out, DER_SEQUENCE, span_of(NULL, 0));
	builder_add(out, span_of(key->spki, key->spki_len));
	write_extensions(out, names, must_staple);
	return issue_sign(out, &issue, key);
}

/* One attribute; of extensionRequest, the extensions in `*extensions`. */
static bool read_attribute(struct reader *attributes, struct span *extensions)
{
	struct reader attribute = der_enter(attributes, DER_SEQUENCE), values, list;
	struct span oid = der_read(&attribute, DER_OID);

	values = der_enter(&attribute, DER_SET);
	if (!reader_done(&attribute))
		return false;
	if (!span_eq(oid, span_of(oid_extension_request, sizeof oid_extension_request)))
		return true;
	list = der_enter(&values, DER_SEQUENCE);
	if (!reader_done(&values) || extensions->len > 0)
		return false;
	*extensions = reader_bytes(&list, reader_left(&list));
	return extensions->len > 0;
}

/* Each alternative name is one that we would ask for, and so is the common name. */
static bool take_names(struct name_set *set, struct span general_names, struct span common_name)
{
	struct cert_name name;
	enum name_result result;
	bool bad;

	while (cert_next_name(&general_names, &name, &bad)) {
		unsigned char text[HOSTNAME_MAX + 1];
		struct builder b;

		builder_init(&b, text, sizeof text);
		if (name.kind == CERT_OTHER)
			return false;
		if (name.kind == CERT_IP)
			cert_name_print(&b, &name);
		else
			builder_add(&b, name.value);
		if (!builder_ok(&b))
			return false;
		result = name_set_add(set, builder_span(&b));
		if (result != NAME_OK && result != NAME_TWICE)
			return false;
		/* What reads as an address must be one. */
		if (result == NAME_OK && set->name[set->n - 1].kind != name.kind)
			return false;
	}
	if (bad)
		return false;
	if (common_name.len > 0) {
		result = name_set_add(set, common_name);
		if (result != NAME_OK && result != NAME_TWICE)
			return false;
	}
	return set->n > 0;
}

/* CertificationRequestInfo. */
static bool read_info(struct request *r, struct span info, struct span *subject, struct cert *says)
{
	struct span extensions = span_of(NULL, 0), version;
	struct reader all, in, attributes;

	reader_init(&all, info);
	in = der_enter(&all, DER_SEQUENCE);
	version = der_read_unsigned(&in);
	*subject = der_read_any(&in, NULL, NULL);
	r->spki = der_read_any(&in, NULL, NULL);
	if (!reader_ok(&in) || version.len != 0)
		return false;
	if (reader_left(&in) > 0) {
		attributes = der_enter(&in, DER_CONTEXT_CONSTRUCTED | 0);
		while (reader_left(&attributes) > 0)
			if (!read_attribute(&attributes, &extensions))
				return false;
		if (!reader_ok(&attributes))
			return false;
	}
	*says = (struct cert){ .is_ca = false };
	return reader_done(&in) && cert_read_extensions(says, extensions);
}

bool request_read(struct request *r, struct span der, struct name_set *names)
{
	struct span info, algorithm, signature, subject;
	struct reader all, in;
	struct cert says;

	*r = (struct request){ .der = der };
	reader_init(&all, der);
	in = der_enter(&all, DER_SEQUENCE);
	info = der_read_any(&in, NULL, NULL);
	algorithm = der_read_any(&in, NULL, NULL);
	signature = der_read_bits(&in);
	if (!reader_done(&in) || !reader_done(&all) || !read_info(r, info, &subject, &says))
		return false;
	r->must_staple = says.must_staple;
	return take_names(names, says.names, cert_common_name(subject)) &&
	       signature_holds(r->spki, algorithm, info, signature);
}
