/* Quotes in answers, and a gateway's acme-info. */
#include "base/hex.h"
#include "tee/attestation.h"
#include "tee/evidence.h"
#include "tee/report_data.h"

/* Hexadecimal, into `room`. */
static bool decode(struct span text, struct builder *room, struct span *bytes)
{
	size_t before = room->len;

	if (text.len == 0 || text.len > 2 * (size_t)ATTESTATION_MAX || !hex_decode(room, text))
		return false;
	*bytes = span_from(builder_span(room), before);
	return true;
}

static struct span trim(struct span text)
{
	while (text.len > 0 && memchr(" \t\r\n", text.p[0], 4))
		text = span_from(text, 1);
	while (text.len > 0 && memchr(" \t\r\n", text.p[text.len - 1], 4))
		text.len--;
	return text;
}

bool evidence_quote_read(struct evidence_quote *q, struct span text, struct json_token *tokens, size_t n,
                         struct builder *room)
{
	struct json_value root, log;
	struct span hex;
	struct json doc;

	*q = (struct evidence_quote){ .log = { NULL, 0 } };
	text = trim(text);
	if (!span_starts(text, "{"))
		return decode(text, room, &q->quote);
	if (!json_read(&doc, text, tokens, n))
		return false;
	root = json_root(&doc);
	if (!json_text(json_member(root, "quote"), room, &hex))
		return false;
	log = json_member(root, "event_log");
	if (json_type(log) == JSON_ARRAY)
		q->log = json_source(log);
	else if (json_type(log) != JSON_ABSENT && !json_text(log, room, &q->log))
		return false;
	return decode(hex, room, &q->quote);
}

bool evidence_acme_read(struct evidence_acme *a, struct span text, struct json_token *tokens, size_t n,
                        struct builder *room)
{
	struct json_value root;

	if (!json_read(&a->doc, text, tokens, n))
		return false;
	root = json_root(&a->doc);
	a->keys = json_member(root, "quoted_hist_keys");
	a->n_keys = json_type(a->keys) == JSON_ARRAY ? json_count(a->keys) : 0;
	return json_text(json_member(root, "account_uri"), room, &a->account_uri) && a->account_uri.len > 0 &&
	       a->n_keys > 0 && a->n_keys <= EVIDENCE_KEYS_MAX;
}

/* The quote, or where that is empty, the one in an attestation. */
static bool read_either(struct evidence_quote *q, struct json_value quote, struct json_value attestation,
                        struct json_token *tokens, size_t n, struct builder *room)
{
	struct attestation a;
	struct span text;

	if (json_text(quote, room, &text) && text.len > 0)
		return evidence_quote_read(q, text, tokens, n, room);
	if (!json_text(attestation, room, &text) || !decode(text, room, &text) ||
	    attestation_read(&a, text, room) != ATTESTATION_OK)
		return false;
	*q = (struct evidence_quote){ a.quote, a.event_log };
	return true;
}

bool evidence_acme_account(struct evidence_quote *q, const struct evidence_acme *a,
                           struct json_token *tokens, size_t n, struct builder *room)
{
	struct json_value root = json_root(&a->doc);

	return read_either(q, json_member(root, "account_quote"), json_member(root, "account_attestation"), tokens,
	                   n, room);
}

bool evidence_acme_key(struct evidence_quote *q, struct span *spki, const struct evidence_acme *a,
                       size_t number, struct json_token *tokens, size_t n, struct builder *room)
{
	struct json_value key = json_first(a->keys);
	struct span text;

	while (number-- > 0)
		key = json_next(a->keys, key);
	return json_text(json_member(key, "public_key"), room, &text) && decode(text, room, spki) &&
	       read_either(q, json_member(key, "quote"), json_member(key, "attestation"), tokens, n, room);
}

void evidence_acme_account_data(struct span uri, unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	report_data_hash(REPORT_SHA512, span_str("acme-account"), uri, report_data);
}

void evidence_acme_key_data(struct span spki, unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	report_data_hash(REPORT_SHA512, span_str("zt-cert"), spki, report_data);
}
