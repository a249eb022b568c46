/*
 * cert_evidence: what a certificate carries of evidence (RA-TLS), as fields, a few for each form. Nothing
 * of it is verified, but for what can be seen in the certificate itself: whether the quote binds its key.
 */
#ifndef BIN_CERT_EVIDENCE_H
#define BIN_CERT_EVIDENCE_H

#include "base/hex.h"
#include "fields.h"
#include "tee/ratls.h"

enum { CERT_EVIDENCE_TEXT = 2 * CERT_MAX };

/* A field "dstack_what": the name has to last until it is written, and no longer. */
static void cert_evidence_field(struct fields *f, enum ratls_form form, const char *what, struct span text)
{
	unsigned char name[32];
	struct builder b;

	builder_init(&b, name, sizeof name);
	builder_str(&b, ratls_form_name(form));
	builder_byte(&b, '_');
	builder_str(&b, what);
	if (builder_cstr(&b))
		fields_text(f, (const char *)name, text);
}

static void cert_evidence_hex(struct fields *f, enum ratls_form form, const char *what, struct span bytes)
{
	static unsigned char text[CERT_EVIDENCE_TEXT];
	struct builder b;

	if (bytes.len == 0)
		return;
	builder_init(&b, text, sizeof text);
	hex_encode(&b, bytes);
	cert_evidence_field(f, form, what, builder_span(&b));
}

static void cert_evidence_quote(struct fields *f, const struct ratls *r, const struct cert *cert)
{
	static const char *const sgx[] = { "", "", "", "sgx-3", "sgx-4", "sgx-5" };
	static const char *const tdx[] = { "", "", "", "", "tdx-4", "tdx-5" };
	struct quote q;

	if (quote_read_body(&q, r->quote) != QUOTE_OK) {
		cert_evidence_field(f, r->form, "quote", span_str("malformed"));
		return;
	}
	if (q.body_type == QUOTE_SGX) {
		cert_evidence_field(f, r->form, "quote", span_str(sgx[q.version]));
		cert_evidence_hex(f, r->form, "mrenclave", q.sgx.mr_enclave);
	} else {
		cert_evidence_field(f, r->form, "quote", span_str(tdx[q.version]));
		cert_evidence_hex(f, r->form, "mrtd", q.td.mr_td);
	}
	cert_evidence_hex(f, r->form, "report_data", q.report_data);
	cert_evidence_field(f, r->form, "bound",
	                    span_str(ratls_binds(r, q.report_data, cert->spki) ? "yes" : "no"));
}

/* Of forms that are not there, nothing. */
static void cert_evidence_print(struct fields *f, const struct cert *cert)
{
	static unsigned char room[RATLS_ROOM];

	for (int i = 0; i < RATLS_FORMS; i++) {
		enum ratls_form form = (enum ratls_form)i;
		enum ratls_result result;
		struct builder b;
		struct ratls r;

		builder_init(&b, room, sizeof room);
		result = ratls_read_form(&r, cert, form, &b);
		if (result == RATLS_NONE)
			continue;
		if (result != RATLS_OK) {
			cert_evidence_field(f, form, "quote",
			                    span_str(result == RATLS_OTHER ? "other" : "malformed"));
			continue;
		}
		cert_evidence_quote(f, &r, cert);
		cert_evidence_hex(f, form, "nonce", r.nonce);
		cert_evidence_hex(f, form, "app_id", r.app_id);
		if (r.log.len > 0)
			cert_evidence_field(f, form, "log", span_str(r.attestation ? "attestation" : "json"));
	}
}

#endif
