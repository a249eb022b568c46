/*
 * chal-exec: a challenge hook that has another client's hook do it: one of
 * dehydrated's, a dnsapi script of acme.sh's, or a program for lego's "exec".
 */
#include "base/child.h"
#include "chal_exec.h"

/* What stopped the program, for a message; NULL when it did what it was told to. */
static const char *run(const struct chal_exec *s, bool begin, bool *permanent)
{
	static char text[64];
	const char *words[CHAL_EXEC_WORDS_MAX];
	int status = 0;

	*permanent = false;
	chal_exec_words(s, begin, words);
	switch (child_run(words, NULL, NULL, deadline_in(s->limit_ms), &status)) {
	case CHILD_EXITED:
		break;
	case CHILD_KILLED:
		snprintf(text, sizeof text, "killed by signal %d", status);
		return text;
	case CHILD_TIMEOUT:
		return "not done in time";
	case CHILD_ERROR:
		return strerror(errno);
	}
	*permanent = status == PROG_NOT_FOUND || status == PROG_CANNOT_EXECUTE;
	if (status == PROG_NOT_FOUND)
		return "not found";
	if (status == PROG_CANNOT_EXECUTE)
		return "could not be executed";
	snprintf(text, sizeof text, "exit status %d", status);
	return status == 0 ? NULL : text;
}

static void must_run(const struct chal_exec *s, bool begin)
{
	bool permanent;
	const char *why = run(s, begin, &permanent);

	if (why && permanent)
		prog_perm("%s: %s", prog_text(span_str(s->program)), why);
	if (why)
		prog_temp("%s: %s", prog_text(span_str(s->program)), why);
}

/* The record's name for the hook: where an alias leads, when DNS is looked at at all. */
static void name_record(struct chal_exec *s, struct dns_place *place)
{
	struct span name = s->call.record;
	struct builder b;

	if (s->call.wait_ms > 0) {
		chal_dns_find(&s->call, place, &s->resolvers, NULL, deadline_in(CHAL_DNS_LIMIT_MS / 2));
		name = span_str(place->owner);
	}
	builder_init(&b, s->fqdn, sizeof s->fqdn);
	builder_add(&b, name);
	if (s->kind != ACME_SH)
		builder_byte(&b, '.');
	if (!builder_cstr(&b))
		prog_bug("no room for a name");
}

static void act(struct chal_exec *s)
{
	const struct chal_dns *c = &s->call;
	static struct dns_place place;
	struct dns_seen seen;
	bool permanent;

	if (s->dns)
		name_record(s, &place);
	if (c->call.verb != CHAL_WAIT)
		must_run(s, c->call.verb == CHAL_BEGIN);
	if (!s->dns || !chal_dns_waits(c) ||
	    chal_dns_wait(c, &place, &seen, deadline_in(c->wait_ms)))
		return;
	if (c->call.verb == CHAL_BEGIN && !c->stays)
		run(s, false, &permanent);
	prog_temp("%s: not shown after %lld s by %s", place.owner, (long long)(c->wait_ms / 1000),
	          chal_dns_missing(&seen));
}

int main(int argc, char **argv)
{
	static struct chal_exec s;
	enum chal_verb verb;
	int option;

	prog_init("chal-exec", "begin|wait|done|failed method ident token auth");
	while ((option = getopt(argc, argv, "+h")) != -1) {
		if (option != 'h')
			prog_usage();
		prog_help();
	}
	chal_arguments(&s.call.call, argc, argv);
	verb = s.call.call.verb;
	chal_exec_read_kind(&s);
	if (!chal_exec_ours(&s, s.call.call.method))
		return PROG_NO;
	chal_exec_check(&s);
	if (!s.dns && verb == CHAL_WAIT)
		return PROG_NO;
	if (s.call.stays && (verb == CHAL_DONE || verb == CHAL_FAILED))
		return PROG_OK;
	chal_exec_read_environment(&s);
	/* What it has to say is for people. */
	if (dup2(2, 1) < 0)
		prog_temp("descriptor 1: %s", strerror(errno));
	prog_alarm(2 * s.limit_ms + s.call.wait_ms + CHAL_DNS_LIMIT_MS + CHAL_EXEC_GRACE_MS);
	act(&s);
	return s.dns ? chal_dns_status(&s.call) : PROG_OK;
}
