/*
 * evidence_take: evidence taken as a whole: a quote that is refused refuses all of it. What is said of
 * a refusal is why; NULL for none.
 */
#ifndef BIN_EVIDENCE_TAKE_H
#define BIN_EVIDENCE_TAKE_H

#include "evidence_keys.h"
#include "tls/pem.h"

/* NULL, or why the quote is refused. */
static const char *evidence_judge(const struct evidence_options *o, const struct evidence_quote *q,
                                  const unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	bool good = ratls_judge_quote(&o->attest->judge, q->quote, q->log,
	                              span_of(report_data, QUOTE_REPORT_DATA_LEN), o->now);

	return good ? NULL : attest_why(o->attest);
}

/* --- a directory */

/* The first certificate of the file has the key. */
static bool evidence_cert(struct evidence_keys *keys, struct span file_name, struct span text)
{
	struct span label, der, name = span_from(file_name, strlen("cert-"));
	struct builder b;
	struct cert cert;

	builder_init(&b, keys->der, sizeof keys->der);
	if (pem_next(&text, &label, &b, &der) != PEM_BLOCK || !span_is(label, "CERTIFICATE") ||
	    !cert_read(&cert, der))
		return false;
	evidence_key_add(keys, span_head(name, name.len - strlen(".pem")), cert.spki);
	return true;
}

static const char *evidence_take_files(struct evidence_keys *keys, struct evidence_get *g)
{
	for (size_t i = 0; i < keys->n_sums; i++) {
		char name[EVIDENCE_NAME_MAX + 1];
		struct span text;

		memcpy(name, keys->sums[i].name.p, keys->sums[i].name.len);
		name[keys->sums[i].name.len] = 0;
		text = evidence_get(g, name, keys->file, sizeof keys->file);
		if (!evidence_sum_is(&keys->sums[i], text))
			return "a file is not that of " EVIDENCE_SUMS;
		if (strcmp(name, EVIDENCE_ACCOUNT) != 0 && !evidence_cert(keys, keys->sums[i].name, text))
			return "a certificate is malformed";
	}
	return NULL;
}

static const char *evidence_take_directory(struct evidence_keys *keys, struct evidence_get *g)
{
	struct span list = evidence_get(g, EVIDENCE_SUMS, keys->list, sizeof keys->list), answer;
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];
	struct evidence_quote q;
	struct builder room;
	const char *why;

	if (!evidence_sums_read(list, keys->sums, &keys->n_sums))
		return EVIDENCE_SUMS " is malformed";
	answer = evidence_get(g, EVIDENCE_QUOTE, keys->text, sizeof keys->text);
	builder_init(&room, keys->room, sizeof keys->room);
	if (!evidence_quote_read(&q, answer, keys->tokens, EVIDENCE_TOKENS, &room))
		return EVIDENCE_QUOTE " is malformed";
	evidence_report_data(list, report_data);
	why = evidence_judge(g->o, &q, report_data);
	return why ? why : evidence_take_files(keys, g);
}

/* --- a gateway */

static const char *evidence_take_gateway(struct evidence_keys *keys, struct evidence_get *g)
{
	struct span text = evidence_get(g, "", keys->text, sizeof keys->text), spki;
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];
	struct evidence_acme acme;
	struct evidence_quote q;
	const char *why = NULL;
	struct builder room;
	size_t before;

	builder_init(&room, keys->room, sizeof keys->room);
	if (!evidence_acme_read(&acme, text, keys->tokens, EVIDENCE_TOKENS, &room))
		return "acme-info is malformed";
	before = room.len;
	if (!evidence_acme_account(&q, &acme, keys->more, EVIDENCE_TOKENS, &room))
		return "the account's quote is malformed";
	evidence_acme_account_data(acme.account_uri, report_data);
	why = evidence_judge(g->o, &q, report_data);
	for (size_t i = 0; i < acme.n_keys && !why; i++) {
		room.len = before;
		if (!evidence_acme_key(&q, &spki, &acme, i, keys->more, EVIDENCE_TOKENS, &room))
			return "a key's quote is malformed";
		evidence_acme_key_data(spki, report_data);
		why = evidence_judge(g->o, &q, report_data);
		evidence_key_add(keys, span_of(NULL, 0), spki);
	}
	return why;
}

#endif
