/*
 * tdx_world: a simulated machine with its collateral and a quote, in memory, for the tests of
 * what verifies quotes. Everything is the same each time.
 */
#ifndef UNIT_TDX_WORLD_H
#define UNIT_TDX_WORLD_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "tee/sim_pki.h"
#include "tee/verify.h"
#include "tls/der.h"
#include "tls/issue.h"

enum {
	TDX_FILES = 32,
	TDX_FILE_MAX = 16384,
	TDX_NOW = 1780315200, /* 2026-06-01T12:00:00Z */
	TDX_PARTS = 8         /* quote, and files of the collateral */
};

struct tdx_world {
	size_t n;
	struct {
		char name[64];
		size_t len;
		unsigned char bytes[TDX_FILE_MAX];
	} files[TDX_FILES];
	int dir;
	char path[32];
	bool keep;        /* set before: the machine stays, for further quotes, until tdx_end() */
	struct span data; /* set before: report data; empty: some */
	unsigned char quote_room[SIM_QUOTE_MAX];
	struct span quote;
	struct collateral collateral;
	struct trust_root root;
	int64_t now;
};

static inline bool tdx_collect(void *context, const char *name, mode_t mode, struct span bytes)
{
	struct tdx_world *w = context;
	struct builder b;
	int fd;

	if (w->n == TDX_FILES || bytes.len > TDX_FILE_MAX)
		abort();
	builder_init(&b, w->files[w->n].name, sizeof w->files[w->n].name);
	builder_str(&b, name);
	if (!builder_cstr(&b))
		abort();
	memcpy(w->files[w->n].bytes, bytes.p, bytes.len);
	w->files[w->n++].len = bytes.len;
	/* Not file_create(): nothing here has to outlast a power cut. */
	fd = openat(w->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, bytes.p, bytes.len) != (ssize_t)bytes.len || close(fd) < 0)
		abort();
	return true;
}

static inline struct span tdx_file(const struct tdx_world *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->files[i].name, name) == 0)
			return span_of(w->files[i].bytes, w->files[i].len);
	abort();
}

/* Whatever the machine was told to be: the quote, with these fields set. NULL ends each list. */
static inline void tdx_quote(struct tdx_world *w, unsigned int version, unsigned int body,
                             const char *const fields[])
{
	static struct sim_quote sim;
	const char *file;
	struct builder b;

	if (sim_quote_open(&sim, w->dir, &file) != SIM_OK ||
	    (version && sim_quote_version(&sim, version, body) != SIM_OK))
		abort();
	for (; fields && *fields; fields++)
		if (sim_quote_field(&sim, span_str(*fields)) != SIM_OK)
			abort();
	builder_init(&b, w->quote_room, sizeof w->quote_room);
	if (!sim_quote_write(&sim, w->data.len > 0 ? w->data : span_str("report data"), &b))
		abort();
	w->quote = builder_span(&b);
	sim_quote_wipe(&sim);
}

static inline void tdx_end(const struct tdx_world *w)
{
	for (size_t i = 0; i < w->n; i++)
		unlinkat(w->dir, w->files[i].name, 0);
	close(w->dir);
	rmdir(w->path);
}

/* A machine with these settings, and its quote of that version. */
static inline void tdx_world(struct tdx_world *w, const char *const settings[], unsigned int version,
                             unsigned int body, const char *const fields[])
{
	static struct sim_pki pki;
	static const char path[] = "/tmp/tdx.XXXXXX";

	memcpy(w->path, path, sizeof path);
	sim_pki_init(&pki);
	pki.seed = span_str("a test");
	pki.now = w->now = TDX_NOW;
	for (; settings && *settings; settings++)
		if (sim_pki_set(&pki, span_str(*settings)) != SIM_OK)
			abort();
	w->n = 0;
	if (!mkdtemp(w->path) || (w->dir = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    sim_pki_make(&pki, tdx_collect, w) != SIM_OK)
		abort();
	tdx_quote(w, version, body, fields);
	if (!w->keep)
		tdx_end(w);
	w->collateral = (struct collateral){
		.tcb_info = { .text = tdx_file(w, "tcb_info.json") },
		.qe_identity = { .text = tdx_file(w, "qe_identity.json") },
		.tcb_info_chain = tdx_file(w, "tcb_info_issuer_chain.pem"),
		.qe_identity_chain = tdx_file(w, "qe_identity_issuer_chain.pem"),
		.pck_crl = tdx_file(w, "pck_crl.der"),
		.root_crl = tdx_file(w, "root_ca_crl.der"),
		.pck_crl_chain = tdx_file(w, "pck_crl_issuer_chain.pem"),
	};
	if (!trust_root_read(&w->root, tdx_file(w, "test_root.pem")))
		abort();
}

/* What is to be another in a certificate: bytes of the same number, and an extension more. */
struct tdx_change {
	struct span from, to; /* the first of `from` that is found */
	struct span extension;
};

/*
 * Appends the certificate anew with that change, signed with the key in the file `signer`. A change
 * that cannot be made ends the test.
 */
static inline struct span tdx_reissue(const struct tdx_world *w, const struct cert *c,
                                      const struct tdx_change *change, const char *signer,
                                      struct builder *out)
{
	static unsigned char copy[CERT_MAX];
	size_t start = out->len, at = 0, explicit, list;
	struct reader all, tbs;
	struct issue issue;
	struct key key;

	memcpy(copy, c->tbs.p, c->tbs.len);
	while (change->from.len > 0 && memcmp(copy + at, change->from.p, change->from.len) != 0)
		if (++at + change->from.len > c->tbs.len)
			abort();
	if (change->to.len > 0)
		memcpy(copy + at, change->to.p, change->to.len);
	if (key_read(&key, tdx_file(w, signer)) != KEY_OK)
		abort();
	reader_init(&all, span_of(copy, c->tbs.len));
	tbs = der_enter(&all, DER_SEQUENCE);
	issue = issue_begin(out);
	while (!der_next_is(&tbs, DER_CONTEXT_CONSTRUCTED | 3))
		builder_add(out, der_read_any(&tbs, NULL, NULL));
	tbs = der_enter(&tbs, DER_CONTEXT_CONSTRUCTED | 3);
	explicit = der_open(out, DER_CONTEXT_CONSTRUCTED | 3);
	list = der_open(out, DER_SEQUENCE);
	builder_add(out, der_read(&tbs, DER_SEQUENCE));
	builder_add(out, change->extension);
	der_close(out, list);
	der_close(out, explicit);
	if (!reader_done(&tbs) || !issue_sign(out, &issue, &key))
		abort();
	return span_from(builder_span(out), start);
}

/* The part of this number, of what is given to the verifier. */
static inline struct span *tdx_part(struct verify_input *in, struct collateral *c, int part)
{
	struct span *const parts[TDX_PARTS] = { &in->quote, &c->tcb_info.text, &c->qe_identity.text,
		                                &c->tcb_info_chain, &c->qe_identity_chain, &c->pck_crl,
		                                &c->root_crl, &c->pck_crl_chain };

	return parts[part];
}

/* What two accepted results must agree in, for the second to be as good as the first. */
static inline bool tdx_same(const struct verify *a, const struct verify_result *ra,
                            const struct verify *b, const struct verify_result *rb)
{
	return span_eq(ra->quote.signed_part, rb->quote.signed_part) &&
	       span_eq(ra->quote.report_data, rb->quote.report_data) &&
	       span_eq(ra->quote.qe_report, rb->quote.qe_report) &&
	       span_eq(ra->quote.key, rb->quote.key) &&
	       span_eq(a->pck_chain.cert[0].der, b->pck_chain.cert[0].der) &&
	       span_eq(a->pck_chain.cert[1].der, b->pck_chain.cert[1].der) &&
	       span_eq(a->root_crl.tbs, b->root_crl.tbs) && span_eq(a->pck_crl.tbs, b->pck_crl.tbs) &&
	       span_eq(a->tcb_document.bytes, b->tcb_document.bytes) &&
	       span_eq(a->qe_document.bytes, b->qe_document.bytes) && ra->status == rb->status &&
	       ra->tcb_date == rb->tcb_date && ra->advisories.n == rb->advisories.n;
}

#endif
