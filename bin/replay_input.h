/* replay_input: the event log and the quote that tdx-replay is about, and replaying it. */
#ifndef BIN_REPLAY_INPUT_H
#define BIN_REPLAY_INPUT_H

#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "tee/boot.h"
#include "tee/eventlog.h"
#include "tee/quote.h"

enum {
	/* An answer has the log as a string, where each quote has a backslash, and a quote. */
	REPLAY_TEXT_MAX = 2 * EVENTLOG_MAX + 4 * QUOTE_MAX,
	REPLAY_TOKENS = 24 * EVENTLOG_EVENTS /* an event has at most seven members that mean something */
};

enum replay_form { REPLAY_ANY, REPLAY_JSON, REPLAY_CCEL, REPLAY_LINES, REPLAY_ANSWER, REPLAY_ATTESTATION };

/* What is to be replayed, in storage that stays. */
struct replay_input {
	enum replay_form form;
	struct span log;     /* CCEL, or lines */
	struct json doc;
	struct json_value events; /* of a JSON log */
	struct span lines;   /* runtime events that come after the log */
	bool has_quote;
	struct quote quote;
};

static enum replay_form replay_form_parse(const char *text)
{
	static const char *const names[] = { [REPLAY_JSON] = "json", [REPLAY_CCEL] = "ccel",
		                             [REPLAY_LINES] = "lines", [REPLAY_ANSWER] = "answer",
		                             [REPLAY_ATTESTATION] = "attestation" };

	for (int i = REPLAY_JSON; i <= REPLAY_ATTESTATION; i++)
		if (strcmp(text, names[i]) == 0)
			return (enum replay_form)i;
	prog_perm("-f: not json, ccel, lines, answer or attestation: %s", prog_text(span_str(text)));
}

/* Replays it all, from the beginning; a log that is none ends the program. */
static void replay_run(const struct replay_input *in, struct replay *replay, event_fn each, void *context)
{
	const char *unit = in->form == REPLAY_LINES ? "line" : "event";
	enum eventlog_result r;
	size_t at;

	*replay = (struct replay){ .events = 0 };
	if (in->form == REPLAY_CCEL)
		r = eventlog_ccel(in->log, replay, each, context, &at);
	else if (in->form == REPLAY_LINES)
		r = eventlog_lines(in->log, replay, each, context, &at);
	else
		r = eventlog_json(in->events, replay, each, context, &at);
	if (r == EVENTLOG_OK && in->lines.p) {
		unit = "-r: line";
		r = eventlog_lines(in->lines, replay, each, context, &at);
	}
	if (r == EVENTLOG_DIGEST) {
		prog_warn("%s %zu: %s", unit, at, eventlog_strerror(r));
		_exit(PROG_NO);
	}
	if (r != EVENTLOG_OK)
		prog_perm("%s %zu: %s", unit, at, eventlog_strerror(r));
}

#endif
