/*
 * acme_end: what a person is told in the end. What explains a failure are facts, lines of
 * their own; the last line says what came of it, and is the only one where a single fact does.
 */
#ifndef BIN_ACME_END_H
#define BIN_ACME_END_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/acme.h"
#include "base/builder.h"
#include "base/prog.h"
#include "net/url.h"

enum { ACME_FACT_MAX = 1600 }; /* bytes of a fact that are shown */

/* The next line of `why` that is not empty and was not there before. */
static inline bool acme_next_fact(struct span why, struct span *rest, struct span *line)
{
	while (rest->len > 0 && span_split(rest, '\n', line)) {
		struct span before = why, earlier;
		bool said = line->len == 0;

		while (!said && before.p < line->p && span_split(&before, '\n', &earlier))
			said = earlier.p < line->p && span_eq(earlier, *line);
		if (!said)
			return true;
	}
	return false;
}

/* `line` without "what: " in front, nor "what " where that is no word: it has a dot or a slash. */
static inline struct span acme_without(struct span line, struct span what)
{
	struct span rest = span_from(line, what.len);
	bool name = span_find(what, '.') < what.len || span_find(what, '/') < what.len;

	if (what.len == 0 || !span_eq(span_head(line, what.len), what))
		return line;
	if (span_starts(rest, ": "))
		return span_from(rest, 2);
	return name && span_starts(rest, " ") ? span_from(rest, 1) : line;
}

/* A fact behind "what: ", with nothing in it said twice: neither `what`, nor the host of a URL. */
static inline const char *acme_fact(const char *what, struct span line)
{
	static char text[ACME_FACT_MAX];
	struct span front, rest;
	struct url url;

	line = acme_without(line, span_str(what));
	front = span_head(line, span_find(line, ' '));
	rest = span_from(line, front.len + 1);
	if (front.len > 0 && rest.len > 0 && front.p[front.len - 1] == ':' &&
	    url_parse(&url, span_head(front, front.len - 1)))
		rest = acme_without(rest, url.host);
	snprintf(text, sizeof text, "%.*s%s%.*s", (int)front.len, (const char *)front.p,
	         rest.len > 0 ? " " : "", (int)rest.len, (const char *)rest.p);
	return text;
}

/* Says the facts, where there are several; the rest of the last line is returned. */
static inline const char *acme_explain(const char *what, const char *outcome,
                                       const struct builder *why)
{
	struct span all = builder_span(why), rest = all, line, more;

	if (!acme_next_fact(all, &rest, &line))
		return "no reason given";
	if (!acme_next_fact(all, &rest, &more))
		return acme_fact(what, line);
	prog_warn("%s: %s", what, acme_fact(what, line));
	do
		prog_warn("%s: %s", what, acme_fact(what, more));
	while (acme_next_fact(all, &rest, &more));
	return outcome;
}

/* Ends the program as a session ended that was not ACME_OK; `outcome` is what that leaves undone. */
static inline _Noreturn void acme_end(enum acme_result result, const char *what,
                                      const char *outcome, const struct builder *why)
{
	const char *text = acme_explain(what, outcome, why);

	switch (result) {
	case ACME_OK:
		exit(PROG_OK);
	case ACME_NO:
		prog_warn("%s: %s", what, text);
		exit(PROG_NO);
	case ACME_TEMP:
		prog_temp("%s: %s", what, text);
	case ACME_PERM:
		prog_perm("%s: %s", what, text);
	case ACME_INTERNAL:
		break;
	}
	prog_bug("%s: %s", what, text);
}

#endif
