/*
 * evidence_collect: what is published: the account's document and the certificates, read and looked at,
 * for evidence-make. Nothing with a private key in it is taken.
 */
#ifndef BIN_EVIDENCE_COLLECT_H
#define BIN_EVIDENCE_COLLECT_H

#include <fcntl.h>

#include "base/file.h"
#include "base/json.h"
#include "base/prog.h"
#include "tee/evidence.h"
#include "tls/cert.h"
#include "tls/pem.h"
#include "tls/store.h"

struct evidence_file {
	char name[EVIDENCE_NAME_MAX + 1];
	struct span contents;
};

struct evidence_files {
	size_t n;
	struct evidence_file file[EVIDENCE_FILES_MAX];
	struct builder room;
};

static struct span evidence_read(struct evidence_files *f, int dir, const char *path)
{
	unsigned char *at = f->room.p + f->room.len;
	enum file_result r;
	size_t len;

	r = file_read(dir, path, at, f->room.cap - f->room.len, &len);
	if (r != FILE_OK)
		prog_perm("%s: %s", prog_text(span_str(path)), file_strerror(r));
	if (len > EVIDENCE_FILE_MAX)
		prog_perm("%s: longer than %d bytes", prog_text(span_str(path)), EVIDENCE_FILE_MAX);
	builder_take(&f->room, len);
	return span_of(at, len);
}

/* Numbers of a JWK that are private (RFC 7518, 6.2.2, 6.3.2), at any depth of the document. */
static bool evidence_is_secret(struct json_value v)
{
	static const char *const names[] = { "d", "p", "q", "dp", "dq", "qi", "k", "key_pem", "privateKey" };

	if (json_type(v) != JSON_OBJECT && json_type(v) != JSON_ARRAY)
		return false;
	for (size_t i = 0; json_type(v) == JSON_OBJECT && i < sizeof names / sizeof *names; i++)
		if (json_type(json_member(v, names[i])) != JSON_ABSENT)
			return true;
	for (struct json_value in = json_first(v); json_type(in) != JSON_ABSENT; in = json_next(v, in))
		if (evidence_is_secret(in))
			return true;
	return false;
}

static void evidence_add(struct evidence_files *f, const char *name, struct span contents)
{
	struct evidence_file *one = &f->file[f->n++];
	struct builder b;

	builder_init(&b, one->name, sizeof one->name);
	builder_str(&b, name);
	if (!builder_cstr(&b))
		prog_bug("too long a name");
	one->contents = contents;
}

static void evidence_account(struct evidence_files *f, const char *path)
{
	static struct json_token tokens[4096];
	struct span text = evidence_read(f, AT_FDCWD, path);
	struct json doc;

	if (!json_read(&doc, text, tokens, sizeof tokens / sizeof *tokens))
		prog_perm("-a: %s: not JSON", prog_text(span_str(path)));
	if (evidence_is_secret(json_root(&doc)))
		prog_perm("-a: %s: has a private key in it", prog_text(span_str(path)));
	evidence_add(f, EVIDENCE_ACCOUNT, text);
}

/* Certificates alone. */
static bool evidence_is_chain(struct span text)
{
	static unsigned char store[EVIDENCE_FILE_MAX];
	struct span rest = text, label, der;
	enum pem_result r;
	struct builder b;
	struct cert cert;
	bool any = false;

	builder_init(&b, store, sizeof store);
	for (; (r = pem_next(&rest, &label, &b, &der)) == PEM_BLOCK; any = true)
		if (!span_is(label, "CERTIFICATE") || !cert_read(&cert, der))
			return false;
	return any && r == PEM_END;
}

/* $CERTDIR/NAME/fullchain.pem, "*." written "_." there and in nothing that is published. */
static void evidence_certificate(struct evidence_files *f, int store, const char *name)
{
	char file[EVIDENCE_NAME_MAX + 1], path[STORE_NAME_MAX + 32];
	struct builder b;
	struct span text;

	if (f->n == EVIDENCE_FILES_MAX)
		prog_perm("more than %d names", EVIDENCE_FILES_MAX - 1);
	builder_init(&b, file, sizeof file);
	if (!evidence_cert_name(&b, span_str(name)) || !builder_cstr(&b))
		prog_perm("%s: not a name in lower case", prog_text(span_str(name)));
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->file[i].name, file) == 0)
			prog_perm("%s: said twice", prog_text(span_str(name)));
	if (!store_name(span_str(name), path))
		prog_perm("%s: not a name of the store", prog_text(span_str(name)));
	builder_init(&b, path + strlen(path), sizeof path - strlen(path));
	builder_str(&b, "/fullchain.pem");
	if (!builder_cstr(&b))
		prog_bug("too long a name");
	text = evidence_read(f, store, path);
	if (!evidence_is_chain(text))
		prog_perm("%s: something else than certificates is in it", path);
	evidence_add(f, file, text);
}

#endif
