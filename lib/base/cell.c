/* Work on hostile bytes in a process of its own. */
#include "base/cell.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/child.h"
#include "base/deadline.h"

enum {
	HEAD = 5,
	DESCRIPTORS_MAX = 1024, /* where there is no close_range(2) */
	END_MS = 2000           /* a child that has reported is gone soon */
};

static void close_between(unsigned int first, unsigned int last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned int fd = first; fd <= last && fd < DESCRIPTORS_MAX; fd++)
		close((int)fd);
}

void cell_keep(const int *keep, size_t n)
{
	unsigned int from = 3;

	for (;;) {
		unsigned int next = ~0u;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned int)keep[i] >= from && (unsigned int)keep[i] < next)
				next = (unsigned int)keep[i];
		close_between(from, next == ~0u ? next : next - 1);
		if (next == ~0u)
			return;
		from = next + 1;
	}
}

enum io_result cell_send(int fd, unsigned char kind, struct span bytes, int64_t deadline)
{
	unsigned char head[HEAD];
	enum io_result result;
	struct builder b;

	builder_init(&b, head, sizeof head);
	builder_byte(&b, kind);
	builder_u32be(&b, (uint32_t)bytes.len);
	result = io_write_all(fd, builder_span(&b), deadline);
	return result == IO_OK ? io_write_all(fd, bytes, deadline) : result;
}

enum io_result cell_receive(int fd, unsigned char *kind, void *buf, size_t cap, size_t *len,
                            int64_t deadline)
{
	unsigned char head[HEAD];
	enum io_result result = io_read_all(fd, head, sizeof head, deadline);

	if (result != IO_OK)
		return result;
	*kind = head[0];
	*len = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
	if (*len > cap)
		return IO_TOO_LONG;
	return *len > 0 ? io_read_all(fd, buf, *len, deadline) : IO_OK;
}

enum io_result cell_report(int fd, unsigned char verdict, const struct builder *result,
                           const struct builder *why, int64_t deadline)
{
	enum io_result sent = IO_OK;

	if (result && result->len > 0)
		sent = cell_send(fd, CELL_RESULT, builder_span(result), deadline);
	if (sent == IO_OK && why && why->len > 0)
		sent = cell_send(fd, CELL_WHY, builder_span(why), deadline);
	return sent == IO_OK ? cell_send(fd, CELL_VERDICT, span_of(&verdict, 1), deadline) : sent;
}

static void add_printable(struct builder *why, struct span bytes)
{
	unsigned char *to = builder_take(why, bytes.len);

	for (size_t i = 0; to && i < bytes.len; i++) {
		unsigned char c = bytes.p[i];

		to[i] = (c >= ' ' && c <= '~') || c == '\n' ? c : '?';
	}
}

bool cell_take(unsigned char kind, struct span bytes, struct builder *result, struct builder *why,
               int *verdict)
{
	switch (kind) {
	case CELL_RESULT:
		builder_add(result, bytes);
		return builder_ok(result);
	case CELL_WHY:
		add_printable(why, bytes);
		return builder_ok(why);
	case CELL_VERDICT:
		if (bytes.len != 1)
			return false;
		*verdict = bytes.p[0];
		return true;
	default:
		return false;
	}
}

void cell_epitaph(struct child *child, struct builder *why)
{
	int status = 0;

	switch (child_end(child, deadline_in(END_MS), &status)) {
	case CHILD_EXITED:
		builder_str(why, "ended with status ");
		break;
	case CHILD_KILLED:
		builder_str(why, "ended by signal ");
		break;
	case CHILD_TIMEOUT:
	case CHILD_ERROR:
		builder_str(why, "did not answer");
		return;
	}
	builder_number(why, (uint64_t)status);
}

/* What the child needs to know; it has the parent's memory. */
struct errand {
	const struct cell *cell;
	int (*work)(void *context, struct builder *result, struct builder *why);
	void *context;
	struct builder *result, *why;
};

static int in_the_cell(void *context, int fd)
{
	struct errand *e = context;
	const struct cell *cell = e->cell;
	static const struct jail nothing;
	int keep[8] = { fd };
	size_t n = 1, result_at = e->result->len, why_at = e->why->len;
	struct builder result = *e->result, why = *e->why;
	int verdict;

	while (n < sizeof keep / sizeof *keep && n <= cell->n_keep) {
		keep[n] = cell->keep[n - 1];
		n++;
	}
	cell_keep(keep, n);
	/* The rest of the caller's storage: what is in it already is not ours. */
	builder_init(&result, e->result->p + result_at, e->result->cap - result_at);
	builder_init(&why, e->why->p + why_at, e->why->cap - why_at);
	if (jail_enter(cell->jail ? cell->jail : &nothing) == JAIL_FAILED) {
		builder_str(&why, "jail: ");
		builder_str(&why, strerror(errno));
		cell_report(fd, 255, NULL, &why, cell->deadline);
		return 1;
	}
	verdict = e->work(e->context, &result, &why);
	if (!builder_ok(&result))
		return 1;
	return cell_report(fd, (unsigned char)verdict, &result, &why, cell->deadline) != IO_OK;
}

/* Frames into the caller's storage, each first where the next one of its kind would stand. */
static int listen_to(const struct errand *e, struct child *child, int64_t deadline)
{
	static unsigned char frame[262144];
	unsigned char kind;
	int verdict = -1;
	size_t len;

	while (verdict < 0) {
		if (cell_receive(child->fd, &kind, frame, sizeof frame, &len, deadline) != IO_OK ||
		    !cell_take(kind, span_of(frame, len), e->result, e->why, &verdict))
			return -1;
	}
	return verdict;
}

int cell_run(const struct cell *cell,
             int (*work)(void *context, struct builder *result, struct builder *why),
             void *context, struct builder *result, struct builder *why)
{
	struct errand e = { cell, work, context, result, why };
	struct child child;
	int verdict, status;

	if (!child_start(&child, in_the_cell, &e)) {
		builder_str(why, "fork: ");
		builder_str(why, strerror(errno));
		return -1;
	}
	verdict = listen_to(&e, &child, cell->deadline);
	if (verdict < 0) {
		builder_str(why, "a process that was to look at it ");
		cell_epitaph(&child, why);
		return -1;
	}
	child_end(&child, deadline_in(END_MS), &status);
	return verdict > 127 ? -1 : verdict;
}
