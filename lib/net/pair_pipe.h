/* pair_pipe: pipes with bytes on their way, for net/pair.h alone. Empty ones are kept for the next. */
#ifndef NET_PAIR_PIPE_H
#define NET_PAIR_PIPE_H

#include <stdbool.h>
#include <stddef.h>

struct pair_pipe {
	struct pair_pipe *next;
	int in, out;
	size_t len; /* bytes in it */
};

/* An empty pipe; NULL when there is none to be had. */
struct pair_pipe *pair_pipe_take(void);

/* Gives one back; one that is not empty is closed. NULL is harmless. */
void pair_pipe_give(struct pair_pipe *pipe);

#endif
