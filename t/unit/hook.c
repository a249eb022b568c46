/* The challenge hook: which words become a call, and which calls are remembered. */
#include "acme/hook.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

#define PRINT "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
#define LONG_LABEL "a234567890123456789012345678901234567890123456789012345678901234"

struct words {
	bool good;
	const char *method, *identifier, *token, *auth, *record;
};

static const struct words table[] = {
	{ true, "http-01", "a.test", "tok_-9", "tok_-9." PRINT, "" },
	{ true, "http-01", "192.0.2.1", "t", "t." PRINT, "" },
	{ true, "http-01", "2001:db8::1", "t", "t." PRINT, "" },
	{ true, "tls-alpn-01", "a.test", "t", "t." PRINT, "" },
	{ true, "tls-alpn-01", "a.test", "t", PRINT, "" },
	{ true, "dns-01", "a.test", "t", PRINT, "_acme-challenge.a.test" },
	{ true, "dns-01", "w.test", "t", PRINT, "_acme-challenge.w.test" },
	{ true, "dns-account-01", "a.test", "t", PRINT, "_abc234._acme-challenge.a.test" },
	{ true, "dns-persist-01", "a.test", "", "ca.test; accounturi=https://ca.test/1; policy=wildcard",
	  "_validation-persist.a.test" },
	/* the method */
	{ false, "", "a.test", "t", "t." PRINT, "" },
	{ false, "http-02", "a.test", "t", "t." PRINT, "" },
	{ false, "http-01 ", "a.test", "t", "t." PRINT, "" },
	/* the identifier */
	{ false, "http-01", "", "t", "t." PRINT, "" },
	{ false, "http-01", "b.test", "t", "t." PRINT, "" },
	{ false, "http-01", "A.test", "t", "t." PRINT, "" },
	{ false, "http-01", "a.test.", "t", "t." PRINT, "" },
	{ false, "http-01", "*.w.test", "t", "t." PRINT, "" },
	{ false, "http-01", "a.test\n", "t", "t." PRINT, "" },
	{ false, "http-01", "-h", "t", "t." PRINT, "" },
	{ false, "http-01", "../a.test", "t", "t." PRINT, "" },
	{ false, "http-01", "192.0.2.2", "t", "t." PRINT, "" },
	{ false, "dns-01", "192.0.2.1", "t", PRINT, "_acme-challenge.192.0.2.1" },
	/* the token */
	{ false, "http-01", "a.test", "", "." PRINT, "" },
	{ false, "http-01", "a.test", "../t", "../t." PRINT, "" },
	{ false, "http-01", "a.test", "t/t", "t/t." PRINT, "" },
	{ false, "http-01", "a.test", "t.t", "t.t." PRINT, "" },
	{ false, "http-01", "a.test", "t t", "t t." PRINT, "" },
	{ false, "http-01", "a.test", "$(t)", "$(t)." PRINT, "" },
	{ false, "http-01", "a.test", LONG_LABEL LONG_LABEL "x", LONG_LABEL LONG_LABEL "x." PRINT, "" },
	{ false, "dns-persist-01", "a.test", "t", "ca.test; accounturi=https://ca.test/1",
	  "_validation-persist.a.test" },
	/* the answer */
	{ false, "http-01", "a.test", "t", "", "" },
	{ false, "http-01", "a.test", "t", "t", "" },
	{ false, "http-01", "a.test", "t", "u." PRINT, "" },
	{ false, "http-01", "a.test", "t", "t." PRINT "x", "" },
	{ false, "http-01", "a.test", "t", "t.", "" },
	{ false, "http-01", "a.test", "t", "t." PRINT "\n", "" },
	{ false, "dns-01", "a.test", "t", PRINT "=", "_acme-challenge.a.test" },
	{ false, "dns-persist-01", "a.test", "", "", "_validation-persist.a.test" },
	{ false, "dns-persist-01", "a.test", "", "ca.test\"; x", "_validation-persist.a.test" },
	{ false, "dns-persist-01", "a.test", "", "ca.test\\; x", "_validation-persist.a.test" },
	{ false, "dns-persist-01", "a.test", "", "ca.test\n", "_validation-persist.a.test" },
	{ false, "dns-persist-01", "a.test", "", "--help", "_validation-persist.a.test" },
	/* the record */
	{ false, "http-01", "a.test", "t", "t." PRINT, "_acme-challenge.a.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "" },
	{ false, "dns-01", "a.test", "t", PRINT, "a.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "www.a.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "_acme-challenge.b.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "_acme-challengea.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "_acme-challenge.xa.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "_acme challenge.a.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "_.." "a.test" },
	{ false, "dns-01", "a.test", "t", PRINT, "_" LONG_LABEL ".a.test" },
};

static struct name_set names;
static struct hook_call call, again;
static char dir[] = "/tmp/postern-hook-XXXXXX";

static bool make(struct hook_call *c, const struct words *w, const struct name_set *set)
{
	return hook_call_make(c, set, span_str(w->method), span_str(w->identifier),
	                      span_str(w->token), span_str(w->auth), span_str(w->record));
}

static void try_words(const struct words *w, size_t i)
{
	unsigned char bytes[HOOK_CALL_MAX];
	enum hook_verb verb;
	struct builder b;
	bool cut = false;

	check(make(&call, w, &names) == w->good, "line %zu: %s %s", i, w->method,
	      w->good ? "is a call" : "is none");
	builder_init(&b, bytes, sizeof bytes);
	hook_write(&b, HOOK_DONE, w->method, w->identifier, w->token, w->auth, w->record);
	check(hook_read(&again, &verb, &names, builder_span(&b)) == w->good, "line %zu: as bytes", i);
	if (!w->good)
		return;
	check(verb == HOOK_DONE && memcmp(&call.identifier, &again.identifier, 1) == 0 &&
	      strcmp(call.auth, again.auth) == 0 && strcmp(call.record, again.record) == 0 &&
	      strcmp(call.token, again.token) == 0, "line %zu: and back", i);
	for (size_t len = 0; len < b.len; len++)
		cut |= hook_read(&again, &verb, &names, span_of(bytes, len));
	builder_byte(&b, 0);
	check(!cut && !hook_read(&again, &verb, &names, builder_span(&b)),
	      "line %zu: no byte less and none more", i);
	bytes[0] = HOOK_FAILED + 1;
	check(!hook_read(&again, &verb, &names, span_of(bytes, b.len - 1)), "line %zu: no fifth verb", i);
}

static const char *script(const char *name, const char *text)
{
	static char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
	return path;
}

static struct hooks hooks;
static unsigned char why_bytes[512];
static struct builder why;

static enum acme_hook_answer run(enum hook_verb verb, const struct words *w)
{
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	make(&call, w, &names);
	return hooks_run(&hooks, verb, &call, deadline_in(10000), &why);
}

static bool said(const char *text)
{
	const char *all = builder_cstr(&why);

	return all && strstr(all, text);
}

static void try_running(int at)
{
	const struct words *http = &table[0], *dns = &table[5];
	char path[256];

	snprintf(path, sizeof path, "%s", script("yes", "#!/bin/sh\n[ \"$3 $4 $CHAL_RECORD\" = \"$WANTED\" ]\n"));
	hooks_open(&hooks, path, at);
	setenv("CHAL_RECORD", "left over", 1);
	setenv("WANTED", "a.test tok_-9 ", 1);
	check(run(HOOK_BEGIN, http) == ACME_HOOK_DONE && hooks.n == 1, "arguments, and an empty record");
	check(faccessat(at, "begun", F_OK, 0) == 0, "what was begun is on the disk");
	setenv("WANTED", "a.test t _acme-challenge.a.test", 1);
	check(run(HOOK_BEGIN, dns) == ACME_HOOK_DONE && hooks.n == 2, "the record's name");
	check(run(HOOK_BEGIN, dns) == ACME_HOOK_DONE && hooks.n == 2, "begun twice is begun");
	setenv("WANTED", "something else", 1);
	check(run(HOOK_BEGIN, &table[7]) == ACME_HOOK_DECLINED && hooks.n == 2 && why.len == 0,
	      "status 1 declines");
	hooks_open(&hooks, path, at);
	check(hooks.n == 2, "the next run knows what was begun");
	check(run(HOOK_DONE, http) == ACME_HOOK_FAILED && hooks.n == 1 && said("exit status 1"),
	      "status 1 of another verb is a failure, and the call ended");
	setenv("WANTED", "a.test t _acme-challenge.a.test", 1);
	check(run(HOOK_FAILED, dns) == ACME_HOOK_DONE && hooks.n == 0, "all ended");
	check(faccessat(at, "begun", F_OK, 0) != 0, "and nothing on the disk");
}

/* A hook that has published and asks to be called again. */
static void try_waiting(int at)
{
	char path[256];

	snprintf(path, sizeof path, "%s",
	         script("later", "#!/bin/sh\n[ \"$1 $CHAL_LATER\" = \"begin 1\" ] && exit 99\n[ \"$1\" != wait ] || exit \"$WAITED\"\n"));
	hooks_open(&hooks, path, at);
	check(run(HOOK_BEGIN, &table[0]) == ACME_HOOK_LATER && hooks.n == 1 && why.len == 0, "status 99: later");
	setenv("WAITED", "0", 1);
	check(run(HOOK_WAIT, &table[0]) == ACME_HOOK_DONE && hooks.n == 1, "waited for, and still begun");
	setenv("WAITED", "1", 1);
	check(run(HOOK_WAIT, &table[0]) == ACME_HOOK_FAILED && hooks.n == 1 && said("exit status 1"),
	      "who waits cannot decline");
	check(run(HOOK_DONE, &table[0]) == ACME_HOOK_DONE && hooks.n == 0, "and is told the end");
}

static void try_failing(void)
{
	char path[256];

	hooks_open(&hooks, "/nonexistent/hook", -1);
	check(run(HOOK_BEGIN, &table[0]) == ACME_HOOK_FAILED && said("not found") && hooks.n == 1,
	      "a hook that is not there fails, and is ended all the same");
	snprintf(path, sizeof path, "%s", script("three", "#!/bin/sh\nexit 3\n"));
	hooks_open(&hooks, path, -1);
	check(run(HOOK_BEGIN, &table[0]) == ACME_HOOK_FAILED && said("exit status 3"), "status 3");
	snprintf(path, sizeof path, "%s", script("killed", "#!/bin/sh\nkill -TERM $$\n"));
	hooks_open(&hooks, path, -1);
	check(run(HOOK_BEGIN, &table[0]) == ACME_HOOK_FAILED && said("signal 15"), "a signal");
	snprintf(path, sizeof path, "%s", script("slow", "#!/bin/sh\nsleep 60\n"));
	hooks_open(&hooks, path, -1);
	make(&call, &table[0], &names);
	builder_init(&why, why_bytes, sizeof why_bytes - 1);
	check(hooks_run(&hooks, HOOK_BEGIN, &call, deadline_in(50), &why) == ACME_HOOK_FAILED &&
	      said("in time"), "the deadline");
}

int main(void)
{
	static const char *const set[] = { "a.test", "*.w.test", "192.0.2.1", "2001:db8::1" };
	struct words strange = table[0];
	enum hook_verb verb;
	int at;

	for (size_t i = 0; i < sizeof set / sizeof *set; i++)
		name_set_add(&names, span_str(set[i]));
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		try_words(&table[i], i);
	strange.identifier = "elsewhere.test";
	check(!make(&call, &strange, &names) && make(&call, &strange, NULL), "any name without a set");
	strange.identifier = "ELSEWHERE.test";
	check(!make(&call, &strange, NULL), "but as it is written");
	check(hook_verb_parse(&verb, "failed") && verb == HOOK_FAILED && !hook_verb_parse(&verb, "Begin"),
	      "verbs");
	if (!mkdtemp(dir))
		return 1;
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	try_running(at);
	try_waiting(at);
	try_failing();
	for (const char *const *name = (const char *const[]){ "yes", "later", "three", "killed", "slow", NULL }; *name; name++)
		unlinkat(at, *name, 0);
	close(at);
	check(rmdir(dir) == 0, "nothing left");
	return tap_end();
}
