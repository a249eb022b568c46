/*
 * policy_files: what quotes are held to, from files: a policy, and the root of trust. What is wrong
 * with one of them ends the program with a message that begins with the option.
 */
#ifndef BIN_POLICY_FILES_H
#define BIN_POLICY_FILES_H

#include <fcntl.h>

#include "base/file.h"
#include "base/prog.h"
#include "root_option.h"
#include "tee/policy.h"

static struct span policy_file(const char *option, const char *path, void *buf, size_t cap)
{
	enum file_result r;
	size_t len;

	r = file_read(AT_FDCWD, path, buf, cap, &len);
	if (r != FILE_OK)
		prog_perm("%s: %s: %s", option, prog_text(span_str(path)), file_strerror(r));
	return span_of(buf, len);
}

/* A file without rules is met by whatever is genuine, and hardly what was meant to be written. */
static void policy_file_rules(struct policy *p, const char *option, const char *path)
{
	static unsigned char text[POLICY_FILE_MAX];
	enum policy_result r;
	struct span bytes;
	size_t line;

	bytes = policy_file(option, path, text, sizeof text);
	r = policy_add_lines(p, bytes, &line);
	if (r != POLICY_OK)
		prog_perm("%s: %s: line %zu: %s", option, prog_text(span_str(path)), line, policy_strerror(r));
	if (p->n == 0)
		prog_perm("%s: %s: no rule", option, prog_text(span_str(path)));
}

/* -r, in every program that has it; Intel's without a file. */
static const struct trust_root *policy_file_root(struct trust_root *root, const char *path)
{
	if (!path)
		return &trust_root_intel;
	root_option_read(root, path);
	return root;
}

#endif
