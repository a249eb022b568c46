/* ratls_make: certificates with evidence, for tests: of a key, over quotes of a machine in memory. */
#ifndef UNIT_RATLS_MAKE_H
#define UNIT_RATLS_MAKE_H

#include "tdx_world.h"
#include "tee/ratls.h"
#include "tls/self_signed.h"

struct ratls_made {
	struct key key;
	struct span spki;
	size_t len;
	unsigned char der[SELF_SIGNED_MAX], extensions[SELF_SIGNED_MAX];
};

static inline void ratls_made_key(struct ratls_made *m)
{
	if (!key_make(&m->key, (struct key_kind){ KEY_P256, 256 }))
		abort();
	m->spki = span_of(m->key.spki, m->key.spki_len);
}

/* The certificate with these extensions. */
static inline struct span ratls_made_cert(struct ratls_made *m, struct span extensions)
{
	static struct name_set names;
	struct builder b;

	names.n = 0;
	name_set_add(&names, span_str("a.test"));
	builder_init(&b, m->der, sizeof m->der);
	if (!self_signed_write(&b, &m->key, &(struct self_signed){ .names = &names, .not_before = TDX_NOW - 3600,
	                       .not_after = TDX_NOW + 3600, .extensions = extensions }))
		abort();
	return builder_span(&b);
}

/* The machine's quote over this report data. */
static inline struct span ratls_made_quote(struct tdx_world *w, struct span report_data)
{
	w->data = report_data;
	tdx_quote(w, 0, 0, NULL);
	return w->quote;
}

/* A certificate as it should be; a nonce without `p` is none. */
static inline struct span ratls_made(struct ratls_made *m, struct tdx_world *w, enum ratls_form form,
                                     struct span log, struct span nonce)
{
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];
	struct builder b;

	if (!ratls_report_data(form, m->spki, nonce, report_data))
		abort();
	builder_init(&b, m->extensions, sizeof m->extensions);
	ratls_write(&b, form, ratls_made_quote(w, span_of(report_data, sizeof report_data)), log, m->spki, nonce);
	if (!builder_ok(&b))
		abort();
	return ratls_made_cert(m, builder_span(&b));
}

#endif
