/*
 * attest_files: what evidence is held to: statuses, policy, root, and collateral from a directory. What is
 * wrong with one of them ends the program with a message.
 */
#ifndef BIN_ATTEST_FILES_H
#define BIN_ATTEST_FILES_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy_files.h"
#include "tee/ratls_judge.h"

enum { ATTEST_KNOWN = 256 };

/* Options, and what comes of them; static. */
struct attest {
	const char *policy_file, *root_file, *dir; /* NULL: not given */
	struct policy policy;
	struct trust_root root;
	struct ratls_judge judge;
	int dir_fd;
	bool again;             /* it may be read again: the jail lets it */
	int64_t read_at;
	/* Certificates that were believed with the collateral that is in use. */
	unsigned char known[ATTEST_KNOWN][KEY_PIN_LEN];
	size_t n_known, next_known;
	unsigned int current;   /* which of the two is in use; the other one is read into */
	struct collateral collateral[2];
	unsigned char room[2][2 * COLLATERAL_MAX];
	unsigned char why[96];
};

static void attest_init(struct attest *a)
{
	policy_init(&a->policy);
}

/* Statuses and advisories that are admitted, with commas between. */
static void attest_admit(struct attest *a, const char *option, const char *text)
{
	struct span rest = span_str(text), one;

	while (span_split(&rest, ',', &one)) {
		bool advisory = span_find(one, '-') < one.len; /* no status has one */
		enum policy_result r = advisory ? policy_admit_advisory(&a->policy, one)
		                                : policy_admit(&a->policy, one);

		if (r != POLICY_OK)
			prog_perm("%s: no status and no advisory, or too many: %s", option, prog_text(one));
	}
	if (a->policy.n_advisories > 0 && a->policy.statuses == 1U << TCB_UP_TO_DATE)
		prog_perm("%s: no status is admitted that could have advisories", option);
}

/*
 * Reads the collateral into what is not in use, and changes over when that is whole. NULL, or why not;
 * `*file` is then the file.
 */
static const char *attest_read(struct attest *a, const char **file)
{
	unsigned int next = !a->current;
	struct collateral *c = &a->collateral[next];
	struct span document;
	enum file_result r;
	struct builder b;

	builder_init(&b, a->room[next], sizeof a->room[next]);
	r = collateral_load(c, a->dir_fd, &b, &document, file);
	if (r != FILE_OK)
		return file_strerror(r);
	*file = "collateral.json";
	if (document.len > 0 &&
	    !collateral_read(c, document, a->judge.work.tcb_tokens, COLLATERAL_TOKENS, &b))
		return "malformed";
	a->current = next;
	a->judge.collateral = c;
	return NULL;
}

static void attest_collateral(struct attest *a, const char *option)
{
	const char *file = "", *why;

	a->dir_fd = open(a->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dir_fd < 0)
		prog_temp("%s: %s: %s", option, prog_text(span_str(a->dir)), strerror(errno));
	why = attest_read(a, &file);
	if (why)
		prog_temp("%s: %s/%s: %s", option, prog_text(span_str(a->dir)), file, why);
}

/* What went wrong with it, in words: verification's in a word of its own before. */
static const char *attest_why(struct attest *a)
{
	struct builder b;

	if (a->judge.reason == VERIFY_OK)
		return a->judge.what;
	builder_init(&b, a->why, sizeof a->why);
	builder_str(&b, "its quote is refused: ");
	builder_str(&b, verify_reason_name(a->judge.reason));
	builder_str(&b, ": ");
	builder_str(&b, a->judge.what);
	return builder_ok(&b) ? builder_cstr(&b) : a->judge.what;
}

#endif
