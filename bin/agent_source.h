/*
 * agent_source: where agent-cgi has its quotes from. What is wrong ends the program with a message.
 */
#ifndef BIN_AGENT_SOURCE_H
#define BIN_AGENT_SOURCE_H

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/builder.h"
#include "base/jail.h"
#include "base/prog.h"
#include "tee/agent_evidence.h"

static void agent_source_add(struct agent_evidence *e, const char *name)
{
	if (e->n_sources == AGENT_SOURCES)
		prog_perm("-s: more than %d sources", AGENT_SOURCES);
	if (!source_parse(&e->sources[e->n_sources], name))
		prog_perm("-s: not a source: %s", prog_text(span_str(name)));
	if (e->sources[e->n_sources].kind == SOURCE_AGENT)
		prog_perm("-s: an agent that asks an agent: %s", prog_text(span_str(name)));
	e->n_sources++;
}

/* Without -s: the simulated machine in the directory, or else the real one around it. */
static void agent_source_default(struct agent_evidence *e, const char *dir, bool is_simulated)
{
	static char name[PATH_MAX + 8];
	struct builder b;

	if (e->n_sources > 0)
		return;
	if (!is_simulated) {
		agent_source_add(e, "configfs");
		agent_source_add(e, "device");
		return;
	}
	builder_init(&b, name, sizeof name);
	builder_str(&b, "sim:");
	builder_str(&b, dir);
	if (!builder_cstr(&b))
		prog_perm("%s: too long", prog_text(span_str(dir)));
	agent_source_add(e, name);
}

/* What a source opens once it is asked: a place, unless there is none. A device is open by then. */
static size_t agent_source_place(const struct source *s, struct jail_place *place)
{
	const char *path = s->kind == SOURCE_DEVICE ? SOURCE_QGS_CONF : s->path;
	unsigned int access = s->kind == SOURCE_CONFIGFS ? JAIL_READ | JAIL_WRITE : JAIL_READ;

	if (faccessat(AT_FDCWD, path, F_OK, 0) < 0)
		return 0;
	*place = (struct jail_place){ .path = path, .dir = AT_FDCWD, .access = access };
	return 1;
}

#endif
