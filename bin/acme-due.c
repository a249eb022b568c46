/* acme-due: which names' certificates are to be renewed now, and when the others are. */
#include "acme_options.h"

#include <stdlib.h>
#include <time.h>

#include "acme/watch.h"
#include "base/utc.h"

/* While waiting, the store is looked at that often: somebody may have changed it by hand. */
enum { NAP_S = 600 };

static struct acme_options options;
static struct watch watch;
static struct session_setting session;

/* Its answer is what it prints: how it came by it is for who asks with -v. */
static void note(void *context, enum acme_note kind, const char *line)
{
	acme_note(context, kind == ACME_STEP ? ACME_DETAIL : kind, line);
}

static void print(const char *name)
{
	unsigned char bytes[DUE_WHY_MAX + 512];
	struct builder out;

	builder_init(&out, bytes, sizeof bytes);
	builder_str(&out, name);
	builder_str(&out, watch.due.now ? " due " : " not-due ");
	utc_print(&out, watch.due.when);
	builder_byte(&out, ' ');
	builder_str(&out, watch.due.why);
	builder_byte(&out, '\n');
	if (!builder_ok(&out))
		prog_bug("%s: a line that is too long", prog_text(span_str(name)));
	prog_write(builder_span(&out));
}

/* Looks at all; true when one is due. `*next` is when to look again. */
static bool look(char **names, bool quiet, int64_t *next)
{
	static unsigned char why_bytes[ACME_WHY_MAX];
	bool any = false;

	*next = INT64_MAX;
	for (; *names; names++) {
		enum acme_result result;
		struct builder why;

		builder_init(&why, why_bytes, sizeof why_bytes);
		session.deadline = deadline_in(options.timeout_ms);
		prog_alarm(options.timeout_ms + 2 * SESSION_CLEAN_MS);
		result = watch_look(&watch, options.store, span_str(*names), &session, &why);
		prog_alarm(0);
		if (result != ACME_OK)
			acme_end(result, prog_text(span_str(*names)), "not looked at", &why);
		if (session_interrupted())
			exit(PROG_TEMP);
		if (!quiet || watch.due.now)
			print(*names);
		any |= watch.due.now;
		if (watch.look_again < *next)
			*next = watch.look_again;
	}
	return any;
}

static void sleep_until(int64_t when)
{
	int64_t left = when - (int64_t)time(NULL);
	struct timespec nap = { .tv_sec = left < NAP_S ? (time_t)left : NAP_S };

	if (left > 0)
		nanosleep(&nap, NULL);
}

static void say_when(char **names, int64_t next)
{
	unsigned char bytes[64];
	struct builder b;

	builder_init(&b, bytes, sizeof bytes - 1);
	utc_print(&b, next);
	if (!options.quiet && builder_ok(&b))
		prog_warn("%s: none is due; waiting, looking again at %s",
		          names[1] ? "all names" : *names, builder_cstr(&b));
}

int main(int argc, char **argv)
{
	int64_t next, said = 0;
	bool waiting = false;
	int option;

	prog_init("acme-due", "[-qvw] [-A anchors] [-c store] [-D directory] [-t seconds] name ...");
	while ((option = getopt(argc, argv, "+" ACME_LETTERS "w")) != -1)
		if (!acme_option(&options, option, optarg))
			waiting = true;
	if (optind == argc)
		prog_usage();
	acme_environment(&options, ACME_TALK_MS);
	acme_store(&options);
	if (options.directory)
		acme_directory(&options);
	session = acme_session(&options);
	session.note = note;
	if (!waiting)
		return look(argv + optind, false, &next) ? PROG_OK : PROG_NO;
	while (!look(argv + optind, true, &next)) {
		if (next != said)
			say_when(argv + optind, next);
		said = next;
		sleep_until(next);
	}
	return PROG_OK;
}
