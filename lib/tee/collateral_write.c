/* Collateral as one document. */
#include "base/hex.h"
#include "tee/collateral.h"

/* A member begins a line, and a comma ends the one before. */
static void add_name(struct builder *out, const char *name)
{
	if (out->len > 0 && out->p[out->len - 1] != '\n')
		builder_str(out, ",\n");
	json_write_string(out, span_str(name));
	builder_byte(out, ':');
}

static void add_text(struct builder *out, const char *name, struct span text)
{
	add_name(out, name);
	json_write_string(out, text);
}

static void add_hex(struct builder *out, const char *name, struct span bytes)
{
	add_name(out, name);
	builder_byte(out, '"');
	hex_encode(out, bytes);
	builder_byte(out, '"');
}

static bool add_document(struct builder *out, const char *name, const char *signature,
                         const struct collateral_document *document, const char *member,
                         struct json_token *tokens, size_t n)
{
	struct collateral_signed s;

	if (!collateral_open(&s, document, member, tokens, n))
		return false;
	add_text(out, name, s.bytes);
	add_hex(out, signature, span_of(s.signature, sizeof s.signature));
	return true;
}

bool collateral_write(struct builder *out, const struct collateral *c, struct json_token *tokens, size_t n)
{
	size_t before = out->len;

	builder_str(out, "{\n");
	if (!builder_ok(out) ||
	    !add_document(out, "tcb_info", "tcb_info_signature", &c->tcb_info, "tcbInfo", tokens, n) ||
	    !add_document(out, "qe_identity", "qe_identity_signature", &c->qe_identity, "enclaveIdentity",
	                  tokens, n)) {
		out->len = before;
		return false;
	}
	add_text(out, "tcb_info_issuer_chain", c->tcb_info_chain);
	add_text(out, "qe_identity_issuer_chain", c->qe_identity_chain);
	add_hex(out, "pck_crl", c->pck_crl);
	add_text(out, "pck_crl_issuer_chain", c->pck_crl_chain);
	add_hex(out, "root_ca_crl", c->root_crl);
	builder_str(out, "\n}\n");
	return builder_ok(out);
}
