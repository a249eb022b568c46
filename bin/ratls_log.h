/* ratls_log: what goes into a certificate of what a source gave, for ratls-cert. */
#ifndef BIN_RATLS_LOG_H
#define BIN_RATLS_LOG_H

#include "base/file.h"
#include "ratls_options.h"
#include "tee/eventlog.h"

enum { RATLS_TOKENS = 65536 };

/* Quote and event log (which is given back) from files, where they are said, in place of a source's. */
static struct span ratls_files(const struct ratls_options *o, struct span *bytes)
{
	static unsigned char quote[2 * QUOTE_MAX + 8192], log[EVENTLOG_MAX];
	enum file_result r;
	size_t len;

	if (o->quote) {
		r = file_read(AT_FDCWD, o->quote, quote, sizeof quote, &len);
		if (r != FILE_OK)
			prog_perm("-Q: %s: %s", prog_text(span_str(o->quote)), file_strerror(r));
		if (!quote_unhex(quote, len, bytes) || bytes->len > QUOTE_MAX)
			prog_perm("-Q: %s: neither a quote nor one in hexadecimal", prog_text(span_str(o->quote)));
	}
	if (!o->log)
		return span_of(NULL, 0);
	r = file_read(AT_FDCWD, o->log, log, sizeof log, &len);
	if (r != FILE_OK)
		prog_perm("-e: %s: %s", prog_text(span_str(o->log)), file_strerror(r));
	return span_of(log, len);
}

/* Without what pads it, as far as that shows. */
static struct span ratls_quote(struct span quote)
{
	struct quote q;

	return quote_read(&q, quote) == QUOTE_OK ? q.all : quote;
}

/* RTMR3 has all that tells one application from another; the rest would be four times as much. */
static bool ratls_event(void *context, const struct event *e)
{
	struct builder *out = context;

	if (e->imr != 3)
		return true;
	builder_str(out, out->len > 1 ? "," : "");
	eventlog_write_event(out, e, span_of(e->digest, sizeof e->digest));
	return true;
}

/* The log's events of RTMR3, as JSON; nothing without a log. */
static struct span ratls_log(const struct ratls_options *o, struct span text)
{
	static struct json_token tokens[RATLS_TOKENS];
	static unsigned char room[CERT_MAX];
	enum eventlog_result r;
	struct replay replay;
	struct builder out;
	struct json doc;
	size_t at = 0;

	if (o->form != RATLS_DSTACK || text.len == 0)
		return span_of(NULL, 0);
	builder_init(&out, room, sizeof room);
	builder_byte(&out, '[');
	r = json_read(&doc, text, tokens, RATLS_TOKENS)
	            ? eventlog_json(json_root(&doc), &replay, ratls_event, &out, &at)
	            : EVENTLOG_SYNTAX;
	builder_byte(&out, ']');
	if (r != EVENTLOG_OK)
		prog_perm("the event log: event %zu: %s", at, eventlog_strerror(r));
	if (!builder_ok(&out))
		prog_perm("the event log is too long for a certificate");
	return builder_span(&out);
}

#endif
