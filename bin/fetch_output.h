/*
 * fetch_output: where the answer goes as it comes: to the standard output, or to a file
 * that takes its place when it is whole. Of a redirect that is followed nothing goes anywhere.
 */
#ifndef BIN_FETCH_OUTPUT_H
#define BIN_FETCH_OUTPUT_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/file.h"
#include "base/io.h"
#include "base/prog.h"
#include "fetch_redirect.h"
#include "tls/fetch.h"

enum { FETCH_DROPPED_MAX = 65536 }; /* bytes of a body that nobody wants, before it is cut off */

struct fetch_output {
	const char *path; /* NULL: standard output */
	bool head;        /* print the answer's head */
	bool follow;      /* redirects are followed: theirs is dropped */
	int64_t deadline;
	int dir;          /* the path's */
	const char *name; /* in `dir` */
	mode_t mode;
	const char *failed; /* what could not be written, and why */
	const char *why;
	bool drops;         /* the body of this answer */
	uint64_t dropped;
};

/* Here, for a signal finds no other place. */
static struct file_new fetch_output_file = { .fd = -1 };

static void fetch_output_signal(int number)
{
	(void)number;
	if (fetch_output_file.fd >= 0)
		unlinkat(fetch_output_file.dir, fetch_output_file.name, 0);
	_exit(PROG_TEMP);
}

/* Signals that end the program leave nothing behind. */
static void fetch_output_catch(void)
{
	static const int numbers[] = { SIGALRM, SIGHUP, SIGINT, SIGTERM };
	struct sigaction catch = { .sa_handler = fetch_output_signal }, before;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &catch, NULL);
}

/* Opens the directory; a device or a pipe is not replaced by a file. */
static void fetch_output_open(struct fetch_output *out)
{
	static char parent[PATH_MAX];
	const char *slash = strrchr(out->path, '/');
	size_t n = slash ? (size_t)(slash + 1 - out->path) : 0;
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	out->mode = 0666 & ~mask;
	out->name = out->path + n;
	if (!*out->name || (stat(out->path, &st) == 0 && !S_ISREG(st.st_mode)))
		prog_perm("-o: %s: not a regular file", prog_text(span_str(out->path)));
	if (n >= sizeof parent)
		prog_perm("-o: %s", strerror(ENAMETOOLONG));
	memcpy(parent, n > 0 ? out->path : ".", n > 0 ? n : 1);
	out->dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->dir < 0)
		prog_perm("-o: %s: %s", prog_text(span_str(out->path)), strerror(errno));
	fetch_output_catch();
}

static bool fetch_output_write(struct fetch_output *out, int fd, const char *what, struct span bytes)
{
	enum io_result r = IO_TIMEOUT;

	/* A reader that takes everything at once would never let the clock be looked at. */
	if (deadline_now() < out->deadline)
		r = io_write_all(fd, bytes, out->deadline);
	if (r == IO_OK)
		return true;
	out->failed = what;
	out->why = io_strerror(r);
	return false;
}

/* As lines, with nothing but a newline at their ends, and an empty one behind them. */
static bool fetch_output_head(struct fetch_output *out, const struct http_response *head)
{
	static unsigned char text[2 * HTTP_HEAD_MAX];
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_str(&b, head->minor > 0 ? "HTTP/1.1 " : "HTTP/1.0 ");
	builder_number(&b, (uint64_t)head->status);
	builder_byte(&b, ' ');
	builder_str(&b, http_reason(head->status));
	builder_byte(&b, '\n');
	for (size_t i = 0; i < head->n_fields; i++) {
		builder_add(&b, head->field[i].name);
		builder_str(&b, ": ");
		builder_add(&b, head->field[i].value);
		builder_byte(&b, '\n');
	}
	builder_byte(&b, '\n');
	return fetch_output_write(out, 1, "standard output", builder_span(&b));
}

/* For struct fetch_sink. A file is made only for an answer that is what was asked for. */
static enum fetch_result fetch_output_begin(void *context, const struct http_response *head)
{
	struct fetch_output *out = context;
	bool good = head->status >= 200 && head->status < 300;
	struct span location;

	out->dropped = 0;
	out->drops = out->follow && fetch_is_redirect(head, &location);
	if (out->drops)
		return FETCH_OK;
	if (out->head && !fetch_output_head(out, head))
		return FETCH_SYSTEM;
	out->drops = out->path && !good;
	if (out->path && good && file_begin(&fetch_output_file, out->dir, out->name) != FILE_OK) {
		out->failed = out->path;
		out->why = strerror(errno);
		return FETCH_SYSTEM;
	}
	return FETCH_OK;
}

static enum fetch_result fetch_output_piece(void *context, struct span bytes)
{
	struct fetch_output *out = context;

	if (out->drops) {
		out->dropped += bytes.len;
		return out->dropped > FETCH_DROPPED_MAX ? FETCH_TOO_LARGE : FETCH_OK;
	}
	return fetch_output_write(out, out->path ? fetch_output_file.fd : 1,
	                          out->path ? out->path : "standard output", bytes)
	               ? FETCH_OK : FETCH_SYSTEM;
}

/* What there is of a file is made its whole, or removed. */
static void fetch_output_end(struct fetch_output *out, bool whole)
{
	if (fetch_output_file.fd < 0)
		return;
	if (!whole)
		file_drop(&fetch_output_file);
	else if (file_commit(&fetch_output_file, out->mode) != FILE_OK)
		prog_temp("%s: %s", prog_text(span_str(out->path)), strerror(errno));
}

#endif
