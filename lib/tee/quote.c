/* The layout of SGX and TDX quotes. */
#include "tee/quote.h"

#include "base/ascii.h"
#include "base/hex.h"
#include "base/reader.h"

const char *quote_strerror(enum quote_result result)
{
	switch (result) {
	case QUOTE_OK:
		return "good";
	case QUOTE_SHORT:
		return "it ends early";
	case QUOTE_VERSION:
		return "not a quote of version 3, 4 or 5";
	case QUOTE_TEE:
		return "a TEE or body type that this version does not have";
	case QUOTE_BODY_SIZE:
		return "a body whose size is not that of its type";
	case QUOTE_LENGTHS:
		return "lengths in the signature data do not fit each other";
	case QUOTE_CERT_TYPE:
		return "the certification data is not a quoting enclave's report";
	}
	return "unknown";
}

size_t quote_body_len(enum quote_body type)
{
	switch (type) {
	case QUOTE_SGX:
		return QUOTE_SGX_LEN;
	case QUOTE_TD10:
		return QUOTE_TD10_LEN;
	case QUOTE_TD15:
		return QUOTE_TD15_LEN;
	case QUOTE_TD15EX:
		return QUOTE_TD15EX_LEN;
	}
	return 0;
}

void quote_read_sgx(struct quote_sgx *sgx, struct span report)
{
	struct reader r;

	reader_init(&r, report);
	*sgx = (struct quote_sgx){ .cpu_svn = reader_bytes(&r, 16) };
	sgx->misc_select = reader_u32le(&r);
	reader_bytes(&r, 28);
	sgx->attributes = reader_bytes(&r, 16);
	sgx->mr_enclave = reader_bytes(&r, 32);
	reader_bytes(&r, 32);
	sgx->mr_signer = reader_bytes(&r, 32);
	reader_bytes(&r, 96);
	sgx->isv_prod_id = reader_u16le(&r);
	sgx->isv_svn = reader_u16le(&r);
	reader_bytes(&r, 60);
	sgx->report_data = reader_bytes(&r, QUOTE_REPORT_DATA_LEN);
}

/* What an extended report (QUOTE_TD15EX) has further is passed over. */
static void read_td(struct quote_td *td, struct span report)
{
	struct reader r;

	reader_init(&r, report);
	*td = (struct quote_td){ .tee_tcb_svn = reader_bytes(&r, 16) };
	td->mr_seam = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
	td->mr_signer_seam = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
	td->seam_attributes = reader_bytes(&r, 8);
	td->td_attributes = reader_bytes(&r, 8);
	td->xfam = reader_bytes(&r, 8);
	td->mr_td = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
	td->mr_config_id = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
	td->mr_owner = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
	td->mr_owner_config = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
	for (int i = 0; i < QUOTE_RTMRS; i++)
		td->rtmr[i] = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
	td->report_data = reader_bytes(&r, QUOTE_REPORT_DATA_LEN);
	if (report.len < QUOTE_TD15_LEN)
		return;
	td->tee_tcb_svn_2 = reader_bytes(&r, 16);
	td->mr_service_td = reader_bytes(&r, QUOTE_MEASUREMENT_LEN);
}

/* Version 5 says what its body is; before, it follows from the version and the TEE. */
static enum quote_result read_body_type(struct quote *q, struct reader *r)
{
	uint16_t type;
	uint32_t len;

	if (q->tee != QUOTE_TEE_SGX && (q->tee != QUOTE_TEE_TDX || q->version == 3))
		return QUOTE_TEE;
	q->body_type = q->tee == QUOTE_TEE_SGX ? QUOTE_SGX : QUOTE_TD10;
	if (q->version != 5)
		return QUOTE_OK;
	type = reader_u16le(r);
	len = reader_u32le(r);
	if (!reader_ok(r))
		return QUOTE_SHORT;
	if (type < QUOTE_SGX || type > QUOTE_TD15EX ||
	    (type == QUOTE_SGX) != (q->tee == QUOTE_TEE_SGX))
		return QUOTE_TEE;
	q->body_type = (enum quote_body)type;
	return len == quote_body_len(q->body_type) ? QUOTE_OK : QUOTE_BODY_SIZE;
}

static enum quote_result read_header(struct quote *q, struct reader *r)
{
	uint16_t qe_svn, pce_svn;

	q->version = reader_u16le(r);
	q->key_type = reader_u16le(r);
	q->tee = reader_u32le(r);
	qe_svn = reader_u16le(r);
	pce_svn = reader_u16le(r);
	q->vendor_id = reader_bytes(r, 16);
	q->user_data = reader_bytes(r, 20);
	if (!reader_ok(r))
		return QUOTE_SHORT;
	if (q->version < 3 || q->version > 5)
		return QUOTE_VERSION;
	if (q->version == 3) {
		q->qe_svn = qe_svn;
		q->pce_svn = pce_svn;
	}
	return QUOTE_OK;
}

static enum quote_result read_signed(struct quote *q, struct reader *r)
{
	enum quote_result result = read_header(q, r);

	if (result == QUOTE_OK)
		result = read_body_type(q, r);
	if (result != QUOTE_OK)
		return result;
	q->body = reader_bytes(r, quote_body_len(q->body_type));
	if (!reader_ok(r))
		return QUOTE_SHORT;
	q->signed_part = span_head(r->all, r->at);
	if (q->body_type == QUOTE_SGX)
		quote_read_sgx(&q->sgx, q->body);
	else
		read_td(&q->td, q->body);
	q->report_data = q->body_type == QUOTE_SGX ? q->sgx.report_data : q->td.report_data;
	return QUOTE_OK;
}

/* The certification data of the quoting enclave, to its last byte. */
static enum quote_result read_certification(struct quote *q, struct span data)
{
	struct reader r;

	reader_init(&r, data);
	q->qe_report = reader_bytes(&r, QUOTE_SGX_LEN);
	q->qe_signature = reader_bytes(&r, QUOTE_SIGNATURE_LEN);
	q->qe_auth = reader_bytes(&r, reader_u16le(&r));
	q->cert_type = reader_u16le(&r);
	q->cert = reader_bytes(&r, reader_u32le(&r));
	if (!reader_done(&r))
		return QUOTE_LENGTHS;
	quote_read_sgx(&q->qe, q->qe_report);
	return QUOTE_OK;
}

static enum quote_result read_signature(struct quote *q, struct span data)
{
	struct reader r;
	struct span outer;
	uint16_t type;

	reader_init(&r, data);
	q->signature = reader_bytes(&r, QUOTE_SIGNATURE_LEN);
	q->key = reader_bytes(&r, QUOTE_KEY_LEN);
	if (q->version == 3)
		return read_certification(q, reader_bytes(&r, reader_left(&r)));
	type = reader_u16le(&r);
	if (!reader_ok(&r))
		return QUOTE_LENGTHS;
	if (type != QUOTE_CERT_QE_REPORT)
		return QUOTE_CERT_TYPE;
	outer = reader_bytes(&r, reader_u32le(&r));
	return reader_done(&r) ? read_certification(q, outer) : QUOTE_LENGTHS;
}

enum quote_result quote_read_body(struct quote *q, struct span bytes)
{
	enum quote_result result;
	struct reader r;

	*q = (struct quote){ .version = 0 };
	reader_init(&r, span_head(bytes, QUOTE_MAX));
	result = read_signed(q, &r);
	q->all = q->signed_part;
	q->trailing = bytes.len - q->all.len;
	return result;
}

enum quote_result quote_read(struct quote *q, struct span bytes)
{
	enum quote_result result;
	struct reader r;
	struct span signature;

	*q = (struct quote){ .version = 0 };
	reader_init(&r, span_head(bytes, QUOTE_MAX));
	result = read_signed(q, &r);
	if (result != QUOTE_OK)
		return result;
	signature = reader_bytes(&r, reader_u32le(&r));
	if (!reader_ok(&r))
		return QUOTE_SHORT;
	q->all = span_head(bytes, r.at);
	q->trailing = bytes.len - r.at;
	return read_signature(q, signature);
}

static bool white(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool hex_digit(unsigned char c)
{
	return ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

bool quote_unhex(unsigned char *buf, size_t len, struct span *bytes)
{
	size_t from = 0, n = 0;
	struct builder out;
	struct span text;

	*bytes = span_of(buf, len);
	while (from < len && white(buf[from]))
		from++;
	if (from == len || !hex_digit(buf[from]))
		return true;
	for (size_t i = from; i < len; i++)
		if (!white(buf[i]))
			buf[n++] = buf[i];
	text = span_of(buf, n);
	if (span_starts(text, "0x") || span_starts(text, "0X"))
		text = span_from(text, 2);
	/* In place: a byte is written where both its digits have been read. */
	builder_init(&out, buf, len);
	if (!hex_decode(&out, text))
		return false;
	*bytes = builder_span(&out);
	return true;
}
