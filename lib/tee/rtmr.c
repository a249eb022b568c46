/* Extending an RTMR, with a log. */
#include "tee/rtmr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"

enum {
	NAP_MS = 5, /* between two looks at a lock */
	LINE_MAX_LEN = 2 * EVENTLOG_PAYLOAD_MAX + 6 * EVENTLOG_NAME_MAX + 512
};

const char *rtmr_strerror(enum rtmr_result result)
{
	switch (result) {
	case RTMR_OK:
		return "measured";
	case RTMR_BUSY:
		return "the log is locked by others";
	case RTMR_LOG:
		return "the log cannot be written, nothing was measured";
	case RTMR_REGISTER:
		return "the register cannot be extended";
	case RTMR_TORN:
		return "the register cannot be extended, and the log has a line too much";
	}
	return "unknown";
}

int rtmr_open(int dir, unsigned int n)
{
	char name[32];

	snprintf(name, sizeof name, "rtmr%u:sha384", n);
	return openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

static enum rtmr_result lock(int log, int how, int64_t deadline)
{
	while (flock(log, how | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return RTMR_LOG;
		if (deadline_now() >= deadline)
			return RTMR_BUSY;
		poll(NULL, 0, NAP_MS);
	}
	return RTMR_OK;
}

/* One write(2) is one extension: what is less than all of it is none. */
static bool extend(int fd, const struct event *e)
{
	ssize_t n = pwrite(fd, e->digest, sizeof e->digest, 0);

	if (n >= 0 && n != (ssize_t)sizeof e->digest)
		errno = EIO;
	return n == (ssize_t)sizeof e->digest;
}

/*
 * A line of its own, behind one that nobody has ended too, and in one write(2): so it stays whole
 * beside those of writers that know no lock, and for readers.
 */
static bool append(int log, off_t end, const struct event *e)
{
	static unsigned char room[LINE_MAX_LEN];
	unsigned char last = '\n';
	struct builder b;
	ssize_t n;

	if (end > 0 && pread(log, &last, 1, end - 1) != 1)
		return false;
	builder_init(&b, room, sizeof room);
	if (last != '\n')
		builder_byte(&b, '\n');
	eventlog_write_line(&b, e);
	if (!builder_ok(&b)) {
		errno = EFBIG;
		return false;
	}
	n = write(log, b.p, b.len);
	if (n >= 0 && (size_t)n < b.len)
		errno = ENOSPC;
	return n == (ssize_t)b.len;
}

static enum rtmr_result measure(int fd, int log, const struct event *e)
{
	enum rtmr_result r = RTMR_OK;
	struct stat st;
	int why;

	if (log < 0)
		return extend(fd, e) ? RTMR_OK : RTMR_REGISTER;
	if (fstat(log, &st) < 0)
		return RTMR_LOG;
	if (!append(log, st.st_size, e))
		r = RTMR_LOG;
	else if (!extend(fd, e))
		r = RTMR_REGISTER;
	if (r == RTMR_OK)
		return r;
	why = errno;
	if (ftruncate(log, st.st_size) < 0)
		return RTMR_TORN;
	errno = why;
	return r;
}

enum rtmr_result rtmr_measure(int fd, int log, const struct event *e, int64_t deadline)
{
	enum rtmr_result r = log >= 0 ? lock(log, LOCK_EX, deadline) : RTMR_OK;
	sigset_t all, before;
	int why;

	if (r != RTMR_OK)
		return r;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	r = measure(fd, log, e);
	why = errno;
	if (log >= 0)
		flock(log, LOCK_UN);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return r;
}

/* From its beginning to its end; a byte more than `cap` is too much. */
static enum rtmr_result read_all(int log, unsigned char *buf, size_t cap, size_t *len)
{
	unsigned char more;
	ssize_t n;

	do {
		bool full = *len == cap;

		n = pread(log, full ? &more : buf + *len, full ? 1 : cap - *len, (off_t)*len);
		if (n > 0 && full) {
			errno = EFBIG;
			return RTMR_LOG;
		}
		*len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? RTMR_LOG : RTMR_OK;
}

enum rtmr_result rtmr_read_log(int log, void *buf, size_t cap, size_t *len, int64_t deadline)
{
	enum rtmr_result r = lock(log, LOCK_SH, deadline);
	int why;

	*len = 0;
	if (r != RTMR_OK)
		return r;
	r = read_all(log, buf, cap, len);
	why = errno;
	flock(log, LOCK_UN);
	errno = why;
	return r;
}
