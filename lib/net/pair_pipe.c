/* Pipes for splice(2). */
#include "net/pair_pipe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/pair.h"

static struct pair_pipe *kept;
static size_t n_kept;

struct pair_pipe *pair_pipe_take(void)
{
	struct pair_pipe *p = kept;
	int ends[2];

	if (p) {
		kept = p->next;
		n_kept--;
		return p;
	}
	p = malloc(sizeof *p);
	if (!p || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		free(p);
		return NULL;
	}
	/* What a user may have in pipes is limited: a small one works, too. */
	fcntl(ends[1], F_SETPIPE_SZ, PAIR_PIPE);
	*p = (struct pair_pipe){ .in = ends[1], .out = ends[0] };
	return p;
}

void pair_pipe_give(struct pair_pipe *p)
{
	if (!p)
		return;
	if (p->len == 0 && n_kept < PAIR_PIPES) {
		p->next = kept;
		kept = p;
		n_kept++;
		return;
	}
	close(p->in);
	close(p->out);
	free(p);
}
