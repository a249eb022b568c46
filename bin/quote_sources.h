/* quote_sources: the sources of quotes that are asked for, by their names or those of a whole list. */
#ifndef BIN_QUOTE_SOURCES_H
#define BIN_QUOTE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/prog.h"
#include "tee/source.h"

enum { QUOTE_SOURCES = 8 };

struct quote_asking {
	const char *source;        /* "auto", "agent", or the name of one */
	struct qgs_place service;
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];
	int64_t deadline;
	bool attest;               /* an attestation is wanted */
	unsigned int promises;     /* what else is done in the jail (base/jail.h), reading and writing */
	int place;                 /* in this directory; 0: none */

	bool choose;               /* the first of the sources that has a quote */
	bool named;                /* a variable says which agent */
	size_t n;                  /* of the sources */
	struct source sources[QUOTE_SOURCES];
	bool opened[QUOTE_SOURCES];
	enum source_result failed; /* of the source that got furthest */
};

/* Where the variables of the agent's clients say it is; false: they are silent. */
static bool quote_simulator(struct source *s)
{
	static const char *const names[] = { "DSTACK_SIMULATOR_ENDPOINT", "TAPPD_SIMULATOR_ENDPOINT" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = prog_env(names[i]);

		if (!value)
			continue;
		if (!source_parse_agent(s, value))
			prog_perm("%s: not http://host:port or the absolute path of a socket: %s", names[i],
			          prog_text(span_str(value)));
		return true;
	}
	return false;
}

static void quote_add(struct quote_asking *o, const char *name)
{
	if (!source_parse(&o->sources[o->n++], name))
		prog_perm("-s: not a source: %s", prog_text(span_str(name)));
}

static void quote_add_agents(struct quote_asking *o)
{
	o->named = quote_simulator(&o->sources[o->n]);
	if (o->named) {
		o->n++;
		return;
	}
	quote_add(o, "agent:unix:/var/run/dstack.sock");
	quote_add(o, "agent:unix:/var/run/dstack/dstack.sock");
	quote_add(o, "agent:unix:/var/run/tappd.sock");
}

static void quote_sources(struct quote_asking *o)
{
	bool all = strcmp(o->source, "auto") == 0;

	o->failed = SOURCE_ABSENT;
	o->choose = all || strcmp(o->source, "agent") == 0;
	if (all) {
		quote_add(o, "configfs");
		quote_add(o, "device");
	}
	if (o->choose)
		quote_add_agents(o);
	else
		quote_add(o, o->source);
	for (size_t i = 0; i < o->n; i++)
		o->sources[i].service = o->service.is_vsock || o->service.local.len > 0 ? &o->service : NULL;
}

#endif
