/*
 * fetch_input: the body of a request, from a file or the standard input. A regular file is
 * read while it is sent; of anything else, whose length nobody knows, as much is
 * held as there is room for.
 */
#ifndef BIN_FETCH_INPUT_H
#define BIN_FETCH_INPUT_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/prog.h"
#include "tls/fetch.h"

enum { FETCH_HELD_MAX = 16 << 20 };

struct fetch_input {
	const char *name; /* for messages */
	int fd;
	off_t start;      /* of a regular file */
	bool failed;      /* reading it did: `shorter`, or errno */
	bool shorter;
	struct fetch_source source;
};

static enum fetch_result fetch_input_read(void *context, uint64_t at, void *buf, size_t cap,
                                          size_t *len)
{
	struct fetch_input *in = context;
	ssize_t n;

	do
		n = pread(in->fd, buf, cap, in->start + (off_t)at);
	while (n < 0 && errno == EINTR);
	*len = n > 0 ? (size_t)n : 0;
	in->failed = n <= 0;
	in->shorter = n == 0;
	return n > 0 ? FETCH_OK : FETCH_SYSTEM;
}

static void fetch_input_open(struct fetch_input *in, const char *path, struct fetch_request *request,
                             int64_t deadline)
{
	static unsigned char held[FETCH_HELD_MAX];
	bool standard = strcmp(path, "-") == 0;
	enum io_result r;
	struct stat st;
	size_t len;

	in->name = standard ? "standard input" : path;
	in->fd = standard ? 0 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in->fd < 0 || fstat(in->fd, &st) < 0)
		prog_perm("%s: %s", prog_text(span_str(in->name)), strerror(errno));
	request->has_body = true;
	if (S_ISREG(st.st_mode)) {
		in->start = standard ? lseek(0, 0, SEEK_CUR) : 0;
		in->source = (struct fetch_source){ .context = in, .read = fetch_input_read };
		if (st.st_size > in->start)
			in->source.len = (uint64_t)(st.st_size - in->start);
		request->source = &in->source;
		return;
	}
	r = io_read_end(in->fd, held, sizeof held, &len, deadline);
	if (r == IO_TOO_LONG)
		prog_perm("%s: more than %d bytes, and not a regular file", prog_text(span_str(in->name)),
		          FETCH_HELD_MAX);
	if (r != IO_OK)
		prog_temp("%s: %s", prog_text(span_str(in->name)), io_strerror(r));
	request->body = span_of(held, len);
}

#endif
