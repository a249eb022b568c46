/*
 * ratls_signer: the part of ratls-cert that has the private key. It is forked off before a byte
 * comes from a source of quotes, tells the public half, and gets quote and event log, which it holds
 * against the key and puts into the certificate that it signs and prints.
 */
#ifndef BIN_RATLS_SIGNER_H
#define BIN_RATLS_SIGNER_H

#include <time.h>

#include "base/cell.h"
#include "base/child.h"
#include "key_file.h"
#include "ratls_options.h"
#include "tls/pem.h"
#include "tls/self_signed.h"

enum { RATLS_BEFORE_S = 3600, RATLS_DAY_S = 86400 };

/* What the two say to each other. */
enum ratls_frame { RATLS_SPKI = 'k', RATLS_QUOTE = 'q', RATLS_LOG = 'l' };

static struct span ratls_receive(int fd, enum ratls_frame kind, unsigned char *buf, size_t cap)
{
	unsigned char got;
	size_t len;

	if (cell_receive(fd, &got, buf, cap, &len, DEADLINE_NEVER) != IO_OK)
		_exit(PROG_TEMP);
	if (got != kind)
		prog_bug("another frame");
	return span_of(buf, len);
}

/* The quote is over what binds this key, or the certificate would prove nothing. */
static bool ratls_check(const struct ratls_options *o, const struct key *key, struct span quote)
{
	unsigned char wanted[QUOTE_REPORT_DATA_LEN];
	enum quote_result r;
	struct quote q;

	r = quote_read_body(&q, quote);
	if (r != QUOTE_OK)
		prog_perm("the quote: %s", quote_strerror(r));
	if (!ratls_report_data(o->form, span_of(key->spki, key->spki_len), o->nonce, wanted))
		prog_bug("no report data");
	return span_eq(q.report_data, span_of(wanted, sizeof wanted));
}

static void ratls_print(const struct ratls_options *o, const struct key *key, struct span quote,
                        struct span log)
{
	static unsigned char list[SELF_SIGNED_MAX], der[SELF_SIGNED_MAX], text[2 * SELF_SIGNED_MAX];
	struct builder extensions, b, pem;
	struct self_signed what = { .names = &o->names };

	builder_init(&extensions, list, sizeof list);
	ratls_write(&extensions, o->form, quote, log, span_of(key->spki, key->spki_len), o->nonce);
	what.extensions = builder_span(&extensions);
	what.not_before = time(NULL) - RATLS_BEFORE_S;
	what.not_after = what.not_before + RATLS_BEFORE_S + (int64_t)o->days * RATLS_DAY_S - 1;
	builder_init(&b, der, sizeof der);
	if (!builder_ok(&extensions) || !self_signed_write(&b, key, &what) || b.len > CERT_MAX)
		prog_perm("the certificate would have more than %d bytes, which peers do not take", CERT_MAX);
	builder_init(&pem, text, sizeof text);
	pem_write(&pem, "CERTIFICATE", builder_span(&b));
	prog_write(builder_span(&pem));
}

static int ratls_sign(void *context, int fd)
{
	static unsigned char quote_room[QUOTE_MAX], log_room[CERT_MAX];
	const struct ratls_options *o = context;
	struct span quote, log;
	struct key key;

	key_file_read(&key, o->key);
	key_file_jail();
	if (cell_send(fd, RATLS_SPKI, span_of(key.spki, key.spki_len), DEADLINE_NEVER) != IO_OK)
		return PROG_TEMP;
	if (o->report_only)
		return PROG_OK;
	quote = ratls_receive(fd, RATLS_QUOTE, quote_room, sizeof quote_room);
	log = ratls_receive(fd, RATLS_LOG, log_room, sizeof log_room);
	if (ratls_check(o, &key, quote)) {
		ratls_print(o, &key, quote, log);
		key_wipe(&key);
		return PROG_OK;
	}
	prog_warn("fatal: the quote is not over what binds this key (-R)");
	key_wipe(&key);
	return PROG_NO;
}

#endif
