/* Sources of quotes: their names, and what all of them have in common. */
#include "tee/source.h"

#include <errno.h>
#include <unistd.h>

#include "base/jail.h"
#include "base/log.h"
#include "tee/source_parts.h"

const char *source_strerror(enum source_result result)
{
	switch (result) {
	case SOURCE_OK:
		return "good";
	case SOURCE_ABSENT:
		return "there is none here";
	case SOURCE_DENIED:
		return "permission denied";
	case SOURCE_TIMEOUT:
		return "no quote in time";
	case SOURCE_REFUSED:
		return "refused";
	case SOURCE_NONSENSE:
		return "what it gave is no quote";
	case SOURCE_OTHER:
		return "its quote is over other report data";
	case SOURCE_SYSTEM:
		return "failed";
	}
	return "unknown";
}

enum source_result source_errno(int error)
{
	if (error == ENOENT || error == ENOTDIR || error == ENODEV || error == ENXIO)
		return SOURCE_ABSENT;
	if (error == EACCES || error == EPERM)
		return SOURCE_DENIED;
	return error == ETIMEDOUT ? SOURCE_TIMEOUT : SOURCE_SYSTEM;
}

void source_say(struct source *s, const char *what, const char *reason)
{
	struct builder b;

	builder_init(&b, s->why, sizeof s->why);
	builder_str(&b, what ? what : "");
	builder_str(&b, what && reason ? ": " : "");
	builder_str(&b, reason ? reason : "");
	if (!builder_cstr(&b))
		s->why[0] = 0;
}

/* The path behind `name` and a colon; `otherwise` for the name alone. NULL: another name. */
static const char *path_of(const char *text, const char *name, const char *otherwise)
{
	struct span all = span_str(text);

	if (span_is(all, name))
		return otherwise;
	if (!span_starts(all, name) || text[strlen(name)] != ':' || text[strlen(name) + 1] == 0)
		return NULL;
	return text + strlen(name) + 1;
}

/* http, a host, maybe a port, and nothing behind them. */
static bool parse_http(struct source *s, struct span endpoint)
{
	struct builder b;
	struct url url;

	if (!url_parse(&url, endpoint) || url.https || url.query.len > 0 || !span_is(url.path, "/"))
		return false;
	builder_init(&b, s->url, sizeof s->url);
	builder_str(&b, "http://");
	url_write_host(&b, &url);
	return builder_cstr(&b) != NULL;
}

bool source_parse_agent(struct source *s, const char *endpoint)
{
	struct span text = span_str(endpoint);
	char room[sizeof s->local.u.local.sun_path + 8];
	struct builder b;

	*s = (struct source){ .kind = SOURCE_AGENT, .fd = -1, .device = -1 };
	if (!span_starts(text, "unix:") && !span_starts(text, "/"))
		return parse_http(s, text);
	s->is_local = true;
	memcpy(s->url, "http://localhost", sizeof "http://localhost");
	builder_init(&b, room, sizeof room);
	builder_str(&b, span_starts(text, "/") ? "unix:" : "");
	builder_add(&b, text);
	return builder_cstr(&b) && addr_parse(&s->local, builder_span(&b)) && s->local.mode < 0;
}

bool source_parse(struct source *s, const char *name)
{
	static const struct {
		const char *name, *path;
		enum source_kind kind;
	} kinds[] = {
		{ "configfs", SOURCE_CONFIGFS_DIR, SOURCE_CONFIGFS },
		{ "device", SOURCE_DEVICE_PATH, SOURCE_DEVICE },
		{ "sim", NULL, SOURCE_SIM },
	};

	if (span_starts(span_str(name), "agent:"))
		return source_parse_agent(s, name + strlen("agent:")) &&
		       !span_starts(span_str(name), "agent:/");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		*s = (struct source){ .kind = kinds[i].kind, .fd = -1, .device = -1 };
		s->path = path_of(name, kinds[i].name, kinds[i].path);
		if (s->path)
			return true;
	}
	return false;
}

void source_print(struct builder *out, const struct source *s)
{
	static const char *const names[] = { [SOURCE_CONFIGFS] = "configfs:", [SOURCE_DEVICE] = "device:",
		                             [SOURCE_AGENT] = "agent:", [SOURCE_SIM] = "sim:" };
	unsigned char room[URL_MAX];
	struct builder b;

	builder_init(&b, room, sizeof room);
	if (s->kind == SOURCE_AGENT && s->is_local)
		addr_print(&b, &s->local);
	else
		builder_str(&b, s->kind == SOURCE_AGENT ? s->url : s->path);
	builder_str(out, names[s->kind]);
	log_hostile(out, builder_span(&b), sizeof room);
}

void source_prepare(struct source *s)
{
	if (s->kind == SOURCE_DEVICE && s->device < 0)
		s->device = source_device_file(s->path);
}

enum source_result source_open(struct source *s,
                               const unsigned char report_data[QUOTE_REPORT_DATA_LEN],
                               int64_t deadline)
{
	s->fd = -1;
	s->why[0] = 0;
	switch (s->kind) {
	case SOURCE_CONFIGFS:
		return source_configfs_open(s);
	case SOURCE_DEVICE:
		return source_device_open(s, span_of(report_data, QUOTE_REPORT_DATA_LEN), deadline);
	case SOURCE_AGENT:
		return source_agent_open(s);
	case SOURCE_SIM:
		return source_sim_open(s);
	}
	return SOURCE_ABSENT;
}

void source_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->kind == SOURCE_SIM)
		sim_quote_wipe(&s->sim);
}

unsigned int source_promises(const struct source *s)
{
	switch (s->kind) {
	case SOURCE_CONFIGFS:
		return JAIL_READ | JAIL_WRITE;
	case SOURCE_AGENT:
		return s->is_local ? JAIL_UNIX : JAIL_NET;
	case SOURCE_SIM:
		return JAIL_READ;
	case SOURCE_DEVICE:
		break;
	}
	return JAIL_STDIO;
}

/*
 * It is a quote, whole but for an agent's, who may have it from a simulator that signs nothing,
 * and the one that was asked for.
 */
enum source_result source_judge(struct source *s, struct span report_data,
                                const struct source_answer *answer)
{
	static struct quote quote;
	enum quote_result r;

	r = s->kind == SOURCE_AGENT ? quote_read_body(&quote, answer->quote) :
	                              quote_read(&quote, answer->quote);
	if (r != QUOTE_OK) {
		source_say(s, NULL, quote_strerror(r));
		return SOURCE_NONSENSE;
	}
	return span_eq(quote.report_data, report_data) ? SOURCE_OK : SOURCE_OTHER;
}

static enum source_result ask(struct source *s, struct span report_data,
                              struct source_answer *answer, int64_t deadline)
{
	switch (s->kind) {
	case SOURCE_CONFIGFS:
		return source_configfs_quote(s, report_data, answer, deadline);
	case SOURCE_DEVICE:
		return source_device_quote(s, answer, deadline);
	case SOURCE_AGENT:
		return source_agent_quote(s, report_data, answer, deadline);
	case SOURCE_SIM:
		return source_sim_quote(s, report_data, answer);
	}
	return SOURCE_ABSENT;
}

enum source_result source_quote(struct source *s,
                                const unsigned char report_data[QUOTE_REPORT_DATA_LEN],
                                struct source_answer *answer, int64_t deadline)
{
	struct span wanted = span_of(report_data, QUOTE_REPORT_DATA_LEN);
	enum source_result r;

	s->why[0] = 0;
	answer->quote = answer->event_log = answer->vm_config = answer->attestation = span_of(NULL, 0);
	r = ask(s, wanted, answer, deadline);
	if (r == SOURCE_OK) {
		s->why[0] = 0;
		r = source_judge(s, wanted, answer);
	}
	source_close(s);
	return r;
}
