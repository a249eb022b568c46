/* verify_print: what tdx-verify found, as fields. Of what is not genuine only why. */
#ifndef BIN_VERIFY_PRINT_H
#define BIN_VERIFY_PRINT_H

#include "base/hex.h"
#include "base/utc.h"
#include "fields.h"
#include "tee/verify.h"

static void verify_print_hex(struct fields *f, const char *name, struct span bytes)
{
	unsigned char text[2 * QUOTE_REPORT_DATA_LEN];
	struct builder b;

	if (bytes.len == 0)
		return;
	builder_init(&b, text, sizeof text);
	hex_encode(&b, bytes);
	fields_text(f, name, builder_span(&b));
}

static void verify_print_number(struct fields *f, const char *name, uint64_t number)
{
	fields_name(f, name);
	builder_number(f->out, number);
	if (!f->json)
		builder_byte(f->out, '\n');
}

static void verify_print_moment(struct fields *f, const char *name, int64_t unix_s)
{
	unsigned char text[32];
	struct builder b;

	builder_init(&b, text, sizeof text);
	utc_print(&b, unix_s);
	fields_text(f, name, builder_span(&b));
}

static void verify_print_status(struct fields *f, const char *name, enum tcb_status status)
{
	fields_text(f, name, span_str(tcb_status_name(status)));
}

/* A line each, or an array. */
static void verify_print_advisories(struct fields *f, const struct tcb_advisories *a)
{
	if (f->json) {
		fields_name(f, "advisory_ids");
		builder_byte(f->out, '[');
	}
	for (size_t i = 0; i < a->n; i++) {
		if (!f->json) {
			fields_text(f, "advisory_ids", a->id[i]);
			continue;
		}
		if (i > 0)
			builder_byte(f->out, ',');
		json_write_string(f->out, a->id[i]);
	}
	if (f->json)
		builder_byte(f->out, ']');
}

static void verify_print_platform(struct fields *f, const struct verify_result *r)
{
	verify_print_status(f, "tcb_status", r->status);
	verify_print_status(f, "platform_status", r->platform);
	if (r->has_module)
		verify_print_status(f, "module_status", r->module);
	verify_print_status(f, "qe_status", r->qe);
	if (r->has_current)
		verify_print_status(f, "current_status", r->current);
	verify_print_moment(f, "tcb_date", r->tcb_date);
	verify_print_number(f, "tcb_evaluation", r->evaluation);
	verify_print_advisories(f, &r->advisories);
	verify_print_moment(f, "next_update", r->next_update);
	verify_print_hex(f, "fmspc", r->pck.fmspc);
	fields_text(f, "pck_ca", span_str(r->processor_ca ? "processor" : "platform"));
}

static void verify_print_td(struct fields *f, const struct quote_td *td)
{
	static const char *const rtmr[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	verify_print_hex(f, "tee_tcb_svn", td->tee_tcb_svn);
	verify_print_hex(f, "tee_tcb_svn_2", td->tee_tcb_svn_2);
	verify_print_hex(f, "mrseam", td->mr_seam);
	verify_print_hex(f, "mrsignerseam", td->mr_signer_seam);
	verify_print_hex(f, "attributes", td->td_attributes);
	verify_print_hex(f, "xfam", td->xfam);
	verify_print_hex(f, "mrtd", td->mr_td);
	verify_print_hex(f, "mrconfigid", td->mr_config_id);
	verify_print_hex(f, "mrowner", td->mr_owner);
	verify_print_hex(f, "mrownerconfig", td->mr_owner_config);
	verify_print_hex(f, "mrservicetd", td->mr_service_td);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		verify_print_hex(f, rtmr[i], td->rtmr[i]);
}

static void verify_print_sgx(struct fields *f, const struct quote_sgx *sgx)
{
	verify_print_hex(f, "attributes", sgx->attributes);
	verify_print_hex(f, "mrenclave", sgx->mr_enclave);
	verify_print_hex(f, "mrsigner", sgx->mr_signer);
	verify_print_number(f, "isvprodid", sgx->isv_prod_id);
	verify_print_number(f, "isvsvn", sgx->isv_svn);
}

static void verify_print(const struct verify_result *r, bool json)
{
	struct fields f = fields_begin(json, json ? "{" : "");
	bool is_sgx = r->quote.body_type == QUOTE_SGX;

	fields_text(&f, "verdict", span_str(r->reason == VERIFY_OK ? "accept" : "reject"));
	fields_text(&f, "reason", span_str(verify_reason_name(r->reason)));
	fields_text(&f, "what", span_str(r->what));
	if (r->genuine) {
		fields_text(&f, "tee", span_str(is_sgx ? "sgx" : "tdx"));
		verify_print_number(&f, "quote_version", r->quote.version);
		verify_print_platform(&f, r);
		fields_truth(&f, "debug", r->debug);
		if (is_sgx)
			verify_print_sgx(&f, &r->quote.sgx);
		else
			verify_print_td(&f, &r->quote.td);
		verify_print_hex(&f, "report_data", r->quote.report_data);
	}
	fields_end(&f, json ? "}\n" : "");
}

#endif
