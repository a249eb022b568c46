/* Evidence in certificates: found, and held against a key. */
#include "tee/ratls.h"

#include "tee/ratls_parts.h"
#include "tee/report_data.h"
#include "tls/der.h"
#include "tls/public_key.h"

const unsigned char ratls_oid_dstack[RATLS_OID_DSTACK_LEN] = { 0x2b, 6, 1, 4, 1, 0x83, 0xe7, 0x3d, 1 };
const unsigned char ratls_oid_ccc[RATLS_OID_CCC_LEN] = { 0x67, 0x81, 5, 5, 4, 9 };
const unsigned char ratls_oid_gramine[RATLS_OID_GRAMINE_LEN] = {
	6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x8a, 0x39, 6,
};

static const char *const form_names[] = { [RATLS_DSTACK] = "dstack", [RATLS_CCC] = "ccc",
	                                  [RATLS_GRAMINE] = "gramine" };

bool ratls_form_find(struct span name, enum ratls_form *form)
{
	for (int i = 0; i < RATLS_FORMS; i++) {
		if (span_is(name, form_names[i])) {
			*form = (enum ratls_form)i;
			return true;
		}
	}
	return false;
}

const char *ratls_form_name(enum ratls_form form)
{
	return form_names[form];
}

const char *ratls_strerror(enum ratls_result result)
{
	switch (result) {
	case RATLS_OK:
		return "fine";
	case RATLS_NONE:
		return "the certificate carries no evidence";
	case RATLS_MALFORMED:
		return "the certificate's evidence is malformed";
	case RATLS_OTHER:
		return "the certificate's evidence is of a kind that is not known here";
	}
	return "unknown";
}

/* --- reading */

/* An OCTET STRING in the extension's own. False: there is none of this number. */
static bool find_dstack(const struct cert *cert, enum ratls_dstack which, struct span *bytes, bool *bad)
{
	unsigned char oid[RATLS_OID_DSTACK_LEN + 1];
	struct reader r;
	struct span value;
	bool critical;

	memcpy(oid, ratls_oid_dstack, RATLS_OID_DSTACK_LEN);
	oid[RATLS_OID_DSTACK_LEN] = (unsigned char)which;
	*bytes = span_of(NULL, 0);
	if (!cert_extension(cert, span_of(oid, sizeof oid), &critical, &value))
		return false;
	reader_init(&r, value);
	*bytes = der_read(&r, DER_OCTET_STRING);
	*bad = *bad || !reader_done(&r);
	return true;
}

static enum ratls_result read_attestation(struct ratls *r, struct span bytes, struct builder *room)
{
	struct attestation a;

	switch (attestation_read(&a, bytes, room)) {
	case ATTESTATION_OK:
		r->attestation = true;
		r->quote = a.quote;
		r->log = a.event_log;
		return RATLS_OK;
	case ATTESTATION_PLATFORM:
	case ATTESTATION_FORM:
		return RATLS_OTHER;
	case ATTESTATION_MALFORMED:
	case ATTESTATION_TOO_LARGE:
		break;
	}
	return RATLS_MALFORMED;
}

static enum ratls_result read_dstack(struct ratls *r, const struct cert *cert, struct builder *room)
{
	struct span whole;
	bool bad = false, any;

	find_dstack(cert, RATLS_DSTACK_APP_ID, &r->app_id, &bad);
	find_dstack(cert, RATLS_DSTACK_USAGE, &r->usage, &bad);
	find_dstack(cert, RATLS_DSTACK_APP_INFO, &r->app_info, &bad);
	if (find_dstack(cert, RATLS_DSTACK_ATTESTATION, &whole, &bad))
		return bad ? RATLS_MALFORMED : read_attestation(r, whole, room);
	any = find_dstack(cert, RATLS_DSTACK_QUOTE, &r->quote, &bad);
	if (find_dstack(cert, RATLS_DSTACK_LOG, &r->log, &bad) && !any)
		return RATLS_MALFORMED;
	if (!any)
		return RATLS_NONE;
	return bad ? RATLS_MALFORMED : RATLS_OK;
}

static enum ratls_result read_ccc(struct ratls *r, const struct cert *cert)
{
	struct span value;
	bool critical;

	if (!cert_extension(cert, span_of(ratls_oid_ccc, sizeof ratls_oid_ccc), &critical, &value))
		return RATLS_NONE;
	return ratls_read_ccc(r, value);
}

/* Others have the OBJECT IDENTIFIER without the tag and the length that Gramine has in it. */
static enum ratls_result read_gramine(struct ratls *r, const struct cert *cert)
{
	struct span oid = span_of(ratls_oid_gramine, sizeof ratls_oid_gramine);
	bool critical;

	if (cert_extension(cert, oid, &critical, &r->quote) ||
	    cert_extension(cert, span_from(oid, 2), &critical, &r->quote))
		return RATLS_OK;
	return RATLS_NONE;
}

enum ratls_result ratls_read_form(struct ratls *r, const struct cert *cert, enum ratls_form form,
                                  struct builder *room)
{
	*r = (struct ratls){ .form = form };
	switch (form) {
	case RATLS_DSTACK:
		return read_dstack(r, cert, room);
	case RATLS_CCC:
		return read_ccc(r, cert);
	case RATLS_GRAMINE:
		break;
	}
	return read_gramine(r, cert);
}

enum ratls_result ratls_read(struct ratls *r, const struct cert *cert, struct builder *room)
{
	enum ratls_result result = RATLS_NONE;

	for (int i = 0; i < RATLS_FORMS && result == RATLS_NONE; i++)
		result = ratls_read_form(r, cert, (enum ratls_form)i, room);
	return result;
}

/* --- binding */

static void hash_padded(struct span bytes, unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	unsigned char digest[KEY_HASH_MAX];

	key_hash(KEY_SHA256, bytes, digest);
	report_data_pad(span_of(digest, key_hash_len(KEY_SHA256)), report_data);
}

/* All 64 bytes, so zeros where the form has zeros. */
static bool report_data_of(enum ratls_form form, struct span spki, struct span claims,
                           unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	switch (form) {
	case RATLS_DSTACK:
		return report_data_hash(REPORT_SHA512, span_str(RATLS_TAG), spki, report_data);
	case RATLS_CCC:
		hash_padded(claims, report_data);
		return true;
	case RATLS_GRAMINE:
		hash_padded(spki, report_data);
		return true;
	}
	return false;
}

bool ratls_binds(const struct ratls *r, struct span report_data, struct span spki)
{
	unsigned char wanted[QUOTE_REPORT_DATA_LEN];

	if (spki.len == 0 || (r->form == RATLS_CCC && !ratls_claims_bind(r, spki)))
		return false;
	return report_data_of(r->form, spki, r->claims, wanted) &&
	       span_eq(report_data, span_of(wanted, sizeof wanted));
}

bool ratls_report_data(enum ratls_form form, struct span spki, struct span nonce,
                       unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	unsigned char room[RATLS_CLAIMS_MAX];
	struct builder claims;

	builder_init(&claims, room, sizeof room);
	if (form == RATLS_CCC)
		ratls_write_claims(&claims, spki, nonce);
	else if (nonce.p)
		return false;
	return nonce.len <= RATLS_NONCE_MAX && builder_ok(&claims) &&
	       report_data_of(form, spki, builder_span(&claims), report_data);
}
