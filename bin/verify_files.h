/*
 * verify_files: what tdx-verify is given beside the quote: policy, report data, root, event log,
 * collateral. What is wrong with a file ends the program with a message, but for collateral.
 */
#ifndef BIN_VERIFY_FILES_H
#define BIN_VERIFY_FILES_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/hex.h"
#include "policy_files.h"
#include "tee/eventlog.h"
#include "tee/report_data.h"

enum { VERIFY_LOG_TOKENS = 65536 };

struct verify_options {
	const char *collateral; /* directory */
	const char *data_file, *log_file, *policy_file, *root_file; /* NULL: not given */
	const char *data;       /* hexadecimal */
	bool json;
	uint64_t turns;         /* 0: once, and nothing is measured */
	int64_t now;
	struct policy policy;
	struct trust_root root;
	const struct trust_root *trusted;
	struct policy_log log;  /* no bytes: none */
	struct collateral files;
	bool has_collateral;
	struct span document;   /* collateral.json; empty: files */
	const char *missing;    /* the file that collateral failed on, and how */
	enum file_result why;
	struct builder room;
};

/* Nothing at all would be 64 zeros, which is what a forgotten variable means. */
static void verify_data(struct verify_options *o)
{
	unsigned char bytes[QUOTE_REPORT_DATA_LEN];
	struct span data;
	struct builder b;

	if (!o->data && !o->data_file)
		return;
	builder_init(&b, bytes, sizeof bytes);
	if (o->data_file)
		data = policy_file("-D", o->data_file, bytes, sizeof bytes);
	else if (hex_decode(&b, span_str(o->data)))
		data = builder_span(&b);
	else
		prog_perm("-d: not up to %d bytes in hexadecimal: %s", QUOTE_REPORT_DATA_LEN,
		          prog_text(span_str(o->data)));
	if (data.len == 0)
		prog_perm("%s: no report data", o->data_file ? "-D" : "-d");
	o->policy.has_report_data = report_data_pad(data, o->policy.report_data);
}

static void verify_log(struct verify_options *o)
{
	static struct json_token tokens[VERIFY_LOG_TOKENS];
	static unsigned char text[EVENTLOG_MAX];

	if (!o->log_file)
		return;
	o->log.bytes = policy_file("-e", o->log_file, text, sizeof text);
	o->log.tokens = tokens;
	o->log.n = VERIFY_LOG_TOKENS;
}

/* What is missing is told only when a quote would have needed it. */
static void verify_collateral(struct verify_options *o)
{
	static unsigned char room[2 * COLLATERAL_MAX];
	int dir = open(o->collateral, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	builder_init(&o->room, room, sizeof room);
	o->missing = "";
	o->why = FILE_MISSING;
	if (dir < 0)
		return;
	o->why = collateral_load(&o->files, dir, &o->room, &o->document, &o->missing);
	o->has_collateral = o->why == FILE_OK;
	close(dir);
}

#endif
