/* evidence-make: what shows that a TLS endpoint's keys are inside this VM, for everybody to see. */
#include <stdlib.h>

#include "evidence_collect.h"
#include "evidence_publish.h"
#include "quote_json.h"
#include "quote_signals.h"

enum { TIMEOUT_MS = 60000, GRACE_MS = 1000, SECONDS_MAX = 3600 };

static struct quote_asking asking = { .source = "auto" };
static struct source_answer answer;
static struct evidence_files files;
static struct evidence_place place;
static unsigned char sums_room[EVIDENCE_SUMS_MAX], file_room[EVIDENCE_FILES_MAX * EVIDENCE_FILE_MAX / 8];

/* In the order of sha256sum(1) on a sorted list: by bytes. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct evidence_file *)a)->name, ((const struct evidence_file *)b)->name);
}

static void collect(const char *account, char *const *names)
{
	const char *certdir = prog_env("CERTDIR");
	int store;

	if (!certdir)
		prog_perm("CERTDIR is not set");
	store = open(certdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store < 0)
		prog_perm("CERTDIR: %s: %s", prog_text(span_str(certdir)), strerror(errno));
	builder_init(&files.room, file_room, sizeof file_room);
	evidence_account(&files, account);
	for (; *names; names++)
		evidence_certificate(&files, store, *names);
	close(store);
	qsort(files.file, files.n, sizeof *files.file, by_name);
}

static struct span write_sums(void)
{
	struct builder b;

	builder_init(&b, sums_room, sizeof sums_room);
	for (size_t i = 0; i < files.n; i++)
		evidence_sum_write(&b, span_str(files.file[i].name), files.file[i].contents);
	if (!builder_ok(&b))
		prog_bug("no room for the sums");
	return builder_span(&b);
}

static void publish(struct span sums)
{
	static unsigned char room[QUOTE_OUTPUT_MAX];
	struct builder json;

	builder_init(&json, room, sizeof room);
	quote_json(&json, &asking, &answer);
	if (!builder_ok(&json) || json.len > EVIDENCE_ANSWER_MAX)
		prog_temp("the answer is too long");
	for (size_t i = 0; i < files.n; i++)
		evidence_put(&place, files.file[i].name, files.file[i].contents);
	evidence_put(&place, EVIDENCE_SUMS, sums);
	evidence_put(&place, EVIDENCE_QUOTE, builder_span(&json));
	evidence_switch(&place);
}

int main(int argc, char **argv)
{
	int64_t timeout_ms = TIMEOUT_MS;
	const char *account = NULL;
	struct span sums;
	int letter;

	prog_init("evidence-make", "[-q service] [-s source] [-t seconds] -a account directory name ...");
	while ((letter = getopt(argc, argv, "+a:hq:s:t:")) != -1) {
		if (letter == 'a')
			account = optarg;
		else if (letter == 'h')
			prog_help();
		else if (letter == 'q' && !qgs_place_parse(&asking.service, span_str(optarg)))
			prog_perm("-q: not vsock:cid:port or unix:path: %s", prog_text(span_str(optarg)));
		else if (letter == 's')
			asking.source = optarg;
		else if (letter == 't')
			timeout_ms = prog_seconds_ms("-t", optarg, SECONDS_MAX);
		else if (letter != 'q')
			prog_usage();
	}
	if (!account || argc - optind < 2)
		prog_usage();
	quote_sources(&asking);
	quote_signals("evidence-make: fatal: no quote in time\n");
	prog_alarm(timeout_ms + GRACE_MS);
	asking.deadline = deadline_in(timeout_ms);
	collect(account, argv + optind + 1);
	sums = write_sums();
	evidence_report_data(sums, asking.report_data);
	evidence_place_open(&place, argv[optind]);
	quote_open(&asking);
	asking.promises = JAIL_READ | JAIL_WRITE;
	asking.place = place.parent;
	quote_jail(&asking);
	if (!quote_ask(&asking, &answer)) {
		evidence_remove(&place, place.name);
		return quote_exit_status(&asking);
	}
	publish(sums);
	return PROG_OK;
}
