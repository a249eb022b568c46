/* Collateral: files, and documents with a signature. */
#include "tee/collateral.h"

#include "base/hex.h"
#include "tee/member.h"

/* The whole of a file behind what is in `room`. */
static enum file_result load(int dir, const char *path, struct builder *room, struct span *to)
{
	size_t left = room->cap - room->len, len;
	enum file_result r;

	if (left > COLLATERAL_FILE_MAX)
		left = COLLATERAL_FILE_MAX;
	r = file_read(dir, path, room->p + room->len, left, &len);
	if (r == FILE_OK)
		*to = span_of(builder_take(room, len), len);
	return r;
}

enum file_result collateral_load(struct collateral *c, int dir, struct builder *room,
                                 struct span *document, const char **file)
{
	const struct {
		const char *name;
		struct span *to;
	} files[] = {
		{ "tcb_info.json", &c->tcb_info.text },
		{ "tcb_info_issuer_chain.pem", &c->tcb_info_chain },
		{ "qe_identity.json", &c->qe_identity.text },
		{ "qe_identity_issuer_chain.pem", &c->qe_identity_chain },
		{ "pck_crl.der", &c->pck_crl },
		{ "pck_crl_issuer_chain.pem", &c->pck_crl_chain },
		{ "root_ca_crl.der", &c->root_crl },
	};
	enum file_result r = FILE_OK;

	*c = (struct collateral){ .tcb_info = { .signature = { NULL, 0 } } };
	*document = span_of(NULL, 0);
	for (size_t i = 0; i < sizeof files / sizeof *files && r == FILE_OK; i++) {
		*file = files[i].name;
		r = load(dir, *file, room, files[i].to);
		if (i == 0 && r == FILE_MISSING) {
			r = load(dir, "collateral.json", room, document);
			if (r == FILE_MISSING)
				break;
			*file = "collateral.json";
			return r;
		}
	}
	return r;
}

/* A string, decoded into `room` when it has escapes. */
static bool text(struct json_value from, const char *name, struct builder *room, struct span *to)
{
	return json_text(json_member(from, name), room, to) && to->len > 0;
}

static bool bytes(struct json_value from, const char *name, struct builder *room, struct span *to)
{
	size_t before = room->len;
	struct span hex;

	if (!member_text(from, name, &hex) || !hex_decode(room, hex))
		return false;
	*to = span_from(builder_span(room), before);
	return true;
}

bool collateral_read(struct collateral *c, struct span document, struct json_token *tokens, size_t n,
                     struct builder *room)
{
	struct json_value root;
	struct json doc;

	if (!json_read(&doc, document, tokens, n))
		return false;
	root = json_root(&doc);
	return text(root, "tcb_info", room, &c->tcb_info.text) &&
	       member_text(root, "tcb_info_signature", &c->tcb_info.signature) &&
	       text(root, "tcb_info_issuer_chain", room, &c->tcb_info_chain) &&
	       text(root, "qe_identity", room, &c->qe_identity.text) &&
	       member_text(root, "qe_identity_signature", &c->qe_identity.signature) &&
	       text(root, "qe_identity_issuer_chain", room, &c->qe_identity_chain) &&
	       bytes(root, "pck_crl", room, &c->pck_crl) &&
	       text(root, "pck_crl_issuer_chain", room, &c->pck_crl_chain) &&
	       bytes(root, "root_ca_crl", room, &c->root_crl) && c->tcb_info.signature.len > 0 &&
	       c->qe_identity.signature.len > 0;
}

bool collateral_open(struct collateral_signed *s, const struct collateral_document *document,
                     const char *name, struct json_token *tokens, size_t n)
{
	struct span hex = document->signature;
	struct builder b;

	if (!json_read(&s->doc, document->text, tokens, n))
		return false;
	s->value = json_root(&s->doc);
	s->bytes = document->text;
	if (hex.len == 0) {
		if (json_count(s->value) != 2 || !member_text(s->value, "signature", &hex))
			return false;
		s->value = json_member(s->value, name);
		s->bytes = json_source(s->value);
	}
	builder_init(&b, s->signature, sizeof s->signature);
	return json_type(s->value) == JSON_OBJECT && hex.len == 2 * sizeof s->signature &&
	       hex_decode(&b, hex);
}
