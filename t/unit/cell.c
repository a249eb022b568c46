/* Work in a jailed process: what it can say, and what becomes of one that goes astray. */
#include "base/cell.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/deadline.h"
#include "tap.h"

static unsigned char result_bytes[64], why_bytes[64];
static struct builder result, why;

static int run(int (*work)(void *context, struct builder *result, struct builder *why),
               void *context, int64_t ms)
{
	struct cell cell = { .deadline = deadline_in(ms) };

	builder_init(&result, result_bytes, sizeof result_bytes);
	builder_init(&why, why_bytes, sizeof why_bytes);
	return cell_run(&cell, work, context, &result, &why);
}

static int answers(void *context, struct builder *r, struct builder *w)
{
	builder_str(r, context);
	builder_str(w, "one\ntwo\x1b[1m\xff");
	return 42;
}

static int overflows(void *context, struct builder *r, struct builder *w)
{
	(void)context;
	(void)w;
	for (int i = 0; i < 100; i++)
		builder_byte(r, 'x');
	return 0;
}

static int dies(void *context, struct builder *r, struct builder *w)
{
	(void)context;
	(void)r;
	(void)w;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 0;
}

static int leaves(void *context, struct builder *r, struct builder *w)
{
	(void)context;
	(void)r;
	(void)w;
	_exit(0);
}

static int hangs(void *context, struct builder *r, struct builder *w)
{
	(void)context;
	(void)r;
	(void)w;
	while (pause() < 0)
		;
	return 0;
}

static int opens(void *context, struct builder *r, struct builder *w)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	(void)context;
	(void)r;
	(void)w;
	return fd < 0;
}

/* Whether a descriptor of its parent's is still open in it. */
static int looks(void *context, struct builder *r, struct builder *w)
{
	(void)r;
	(void)w;
	return fcntl(*(int *)context, F_GETFD) < 0;
}

static void try_frames(void)
{
	unsigned char buf[8], kind;
	int fds[2], verdict = -1;
	struct builder r, w;
	size_t len;

	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	cell_send(fds[0], 'x', span_str("12345678"), deadline_in(1000));
	cell_send(fds[0], 'y', span_str(""), deadline_in(1000));
	cell_send(fds[0], 'z', span_str("123456789"), deadline_in(1000));
	check(cell_receive(fds[1], &kind, buf, sizeof buf, &len, deadline_in(1000)) == IO_OK &&
	      kind == 'x' && span_is(span_of(buf, len), "12345678"), "a frame");
	check(cell_receive(fds[1], &kind, buf, sizeof buf, &len, deadline_in(1000)) == IO_OK &&
	      kind == 'y' && len == 0, "an empty one");
	check(cell_receive(fds[1], &kind, buf, sizeof buf, &len, deadline_in(1000)) == IO_TOO_LONG,
	      "one that is too long");
	close(fds[0]);
	close(fds[1]);
	builder_init(&r, buf, 4);
	builder_init(&w, buf + 4, 4);
	check(!cell_take('x', span_str(""), &r, &w, &verdict), "no other kind");
	check(!cell_take(CELL_VERDICT, span_str("ab"), &r, &w, &verdict) &&
	      !cell_take(CELL_VERDICT, span_str(""), &r, &w, &verdict), "a verdict is one byte");
	check(cell_take(CELL_RESULT, span_str("1234"), &r, &w, &verdict) &&
	      !cell_take(CELL_RESULT, span_str("5"), &r, &w, &verdict), "no more than there is room for");
	check(!cell_take(CELL_WHY, span_str("12345"), &r, &w, &verdict) && verdict == -1, "nor there");
}

int main(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), stays, gone;
	struct cell keeping = { .keep = &fd, .n_keep = 1, .deadline = deadline_in(5000) };

	try_frames();
	check(run(answers, "text", 5000) == 42 && span_is(builder_span(&result), "text") &&
	      span_is(builder_span(&why), "one\ntwo?[1m?"), "a verdict, a result, an explanation made printable");
	check(run(overflows, NULL, 5000) == -1 && result.len == 0, "a result that is too large");
	check(run(dies, NULL, 5000) == -1 && memmem(why.p, why.len, "signal", 6), "a signal");
	check(run(leaves, NULL, 5000) == -1 && memmem(why.p, why.len, "status 0", 8), "gone without a word");
	check(run(hangs, NULL, 50) == -1, "too slow");
#if JAIL
	check(run(opens, NULL, 5000) == -1 && memmem(why.p, why.len, "signal 31", 9), "no file can be opened");
#endif
	gone = run(looks, &fd, 5000);
	builder_init(&why, why_bytes, sizeof why_bytes);
	stays = cell_run(&keeping, looks, &fd, &result, &why);
	check(gone == 1 && stays == 0, "it has the descriptors it is to keep, and no others");
	(void)opens;
	return tap_end();
}
