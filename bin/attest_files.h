/*
 * attest_files: what evidence is held to: policy, root, collateral, from files. What is wrong with
 * one of them ends the program with a message.
 */
#ifndef BIN_ATTEST_FILES_H
#define BIN_ATTEST_FILES_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prog.h"
#include "tee/ratls_judge.h"

enum { ATTEST_ROOT_MAX = 16384 };

/* Options, and what comes of them; static. */
struct attest {
	const char *policy_file, *root_file, *dir; /* NULL: not given */
	struct policy policy;
	struct trust_root root;
	struct ratls_judge judge;
	int dir_fd;
	bool again;             /* it may be read again: the jail lets it */
	int64_t read_at;
	unsigned int current;   /* which of the two is in use; the other one is read into */
	struct collateral collateral[2];
	unsigned char room[2][2 * COLLATERAL_MAX];
	unsigned char text[POLICY_FILE_MAX], why[96];
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
		bool advisory = span_starts(one, "INTEL-");
		enum policy_result r = advisory ? policy_admit_advisory(&a->policy, one)
		                                : policy_admit(&a->policy, one);

		if (r != POLICY_OK)
			prog_perm("%s: no status and no advisory, or too many: %s", option, prog_text(one));
	}
	if (a->policy.n_advisories > 0 && a->policy.statuses == 1U << TCB_UP_TO_DATE)
		prog_perm("%s: no status is admitted that could have advisories", option);
}

static struct span attest_file(const char *option, const char *path, void *buf, size_t cap)
{
	enum file_result r;
	size_t len;

	r = file_read(AT_FDCWD, path, buf, cap, &len);
	if (r != FILE_OK)
		prog_perm("%s: %s: %s", option, prog_text(span_str(path)), file_strerror(r));
	return span_of(buf, len);
}

static void attest_policy(struct attest *a, const char *option)
{
	struct span bytes = attest_file(option, a->policy_file, a->text, sizeof a->text);
	enum policy_result r;
	size_t line;

	r = policy_add_lines(&a->policy, bytes, &line);
	if (r != POLICY_OK)
		prog_perm("%s: %s: line %zu: %s", option, prog_text(span_str(a->policy_file)), line,
		          policy_strerror(r));
}

static void attest_root(struct attest *a, const char *option)
{
	unsigned char text[ATTEST_ROOT_MAX];

	a->judge.root = &trust_root_intel;
	if (!a->root_file)
		return;
	if (!trust_root_read(&a->root, attest_file(option, a->root_file, text, sizeof text)))
		prog_perm("%s: %s: not one certificate with a key on P-256", option,
		          prog_text(span_str(a->root_file)));
	a->judge.root = &a->root;
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
