/* replay_take: the forms of a log and a quote, taken apart, for tdx-replay. */
#ifndef BIN_REPLAY_TAKE_H
#define BIN_REPLAY_TAKE_H

#include <errno.h>
#include <fcntl.h>

#include "base/deadline.h"
#include "base/io.h"
#include "replay_input.h"
#include "tee/attestation.h"

static unsigned char replay_text[REPLAY_TEXT_MAX], replay_lines[EVENTLOG_MAX];
static unsigned char replay_log[EVENTLOG_MAX], replay_quote[2 * QUOTE_MAX + 4];
static struct json_token replay_tokens[REPLAY_TOKENS];

/* All of what a descriptor gives, and no more than `cap`. */
static struct span replay_read(int fd, const char *what, unsigned char *buf, size_t cap)
{
	size_t len;
	enum io_result r = io_read_end(fd, buf, cap, &len, DEADLINE_NEVER);

	if (r == IO_TOO_LONG)
		prog_perm("%s: longer than %zu bytes", what, cap);
	if (r != IO_OK)
		prog_temp("%s: %s", what, io_strerror(r));
	return span_of(buf, len);
}

/* A file, or what has a name like one: a pipe, a device. */
static int replay_open(const char *option, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		prog_perm("%s: %s: %s", option, prog_text(span_str(path)), strerror(errno));
	return fd;
}

static void replay_take_quote(struct replay_input *in, const char *what, size_t len)
{
	enum quote_result r;
	struct span bytes;

	if (!quote_unhex(replay_quote, len, &bytes))
		prog_perm("%s: neither a quote nor hexadecimal", what);
	r = quote_read_body(&in->quote, bytes);
	if (r != QUOTE_OK)
		prog_perm("%s: %s", what, quote_strerror(r));
	if (in->quote.body_type == QUOTE_SGX)
		prog_perm("%s: the quote of an enclave: it has no RTMRs", what);
	in->has_quote = true;
}

static void replay_take_log(struct replay_input *in, struct span text)
{
	if (!json_read(&in->doc, text, replay_tokens, REPLAY_TOKENS))
		prog_perm("standard input: its event_log is not JSON, or too much of it");
	in->events = json_root(&in->doc);
}

/* {quote, event_log, ...}: the log is a string of JSON, or JSON. -q's quote goes before this one. */
static void replay_take_answer(struct replay_input *in, struct json_value answer)
{
	struct json_value quote = json_member(answer, "quote"), log = json_member(answer, "event_log");
	struct builder b;
	struct span text;

	builder_init(&b, replay_quote, sizeof replay_quote);
	if (!in->has_quote && json_type(quote) != JSON_ABSENT) {
		if (!json_text(quote, &b, &text) || text.len > sizeof replay_quote)
			prog_perm("standard input: its quote is not text, or too long");
		memmove(replay_quote, text.p, text.len);
		replay_take_quote(in, "standard input: its quote", text.len);
	}
	if (json_type(log) == JSON_ARRAY) {
		in->events = log;
		return;
	}
	if (json_type(log) == JSON_ABSENT)
		prog_perm("standard input: an answer without an event_log");
	builder_init(&b, replay_log, sizeof replay_log);
	if (!json_text(log, &b, &text) || text.len > sizeof replay_log)
		prog_perm("standard input: its event_log is neither text nor an array, or too long");
	memmove(replay_log, text.p, text.len);
	replay_take_log(in, span_of(replay_log, text.len));
}

/* The agent's blob, or its hexadecimal. */
static void replay_take_attestation(struct replay_input *in, size_t len)
{
	enum attestation_result r;
	struct attestation a;
	struct builder room;
	struct span bytes;

	if (!quote_unhex(replay_text, len, &bytes))
		prog_perm("standard input: neither an attestation nor hexadecimal");
	builder_init(&room, replay_log, sizeof replay_log);
	r = attestation_read(&a, bytes, &room);
	if (r != ATTESTATION_OK)
		prog_perm("standard input: %s", attestation_strerror(r));
	if (!in->has_quote) {
		if (a.quote.len > sizeof replay_quote)
			prog_perm("standard input: its quote is too long");
		memcpy(replay_quote, a.quote.p, a.quote.len);
		replay_take_quote(in, "standard input: its quote", a.quote.len);
	}
	replay_take_log(in, a.event_log);
}

static bool replay_is_answer(struct json_value v)
{
	return json_type(json_member(v, "event_log")) != JSON_ABSENT ||
	       json_type(json_member(v, "quote")) != JSON_ABSENT;
}

/* An object that is no answer is a single line. */
static bool replay_take_json(struct replay_input *in, struct span text)
{
	struct json_value root;

	if (!json_read(&in->doc, text, replay_tokens, REPLAY_TOKENS))
		return false;
	root = json_root(&in->doc);
	if (in->form == REPLAY_ANY)
		in->form = json_type(root) != JSON_OBJECT ? REPLAY_JSON :
		           replay_is_answer(root)         ? REPLAY_ANSWER :
		                                            REPLAY_LINES;
	if (in->form == REPLAY_ANSWER)
		replay_take_answer(in, root);
	in->events = in->form == REPLAY_JSON ? root : in->events;
	return true;
}

static unsigned char replay_first(struct span text)
{
	while (text.len > 0 && (text.p[0] == ' ' || (text.p[0] >= '\t' && text.p[0] <= '\r')))
		text = span_from(text, 1);
	return text.len > 0 ? text.p[0] : 0;
}

static void replay_take(struct replay_input *in, struct span text)
{
	unsigned char first = replay_first(text);

	in->log = text;
	if (in->form == REPLAY_ATTESTATION) {
		replay_take_attestation(in, text.len);
		return;
	}
	if (in->form == REPLAY_ANY && text.len == 0)
		prog_perm("standard input: nothing, where an event log should be");
	if (in->form == REPLAY_ANY && first != '[' && first != '{')
		in->form = REPLAY_CCEL;
	if (in->form == REPLAY_CCEL || in->form == REPLAY_LINES)
		return;
	if (replay_take_json(in, text))
		return;
	if (in->form != REPLAY_ANY || first != '{')
		prog_perm("standard input: not JSON, or too much of it");
	in->form = REPLAY_LINES;
}

#endif
