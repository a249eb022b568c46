/* Stream sockets that connect: a race that is waited for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/sock.h"
#include "net/sock_race.h"
#include "net/sock_result.h"

/* Waits for answers until `deadline` and takes those that came. */
static void wait_for(struct sock_race *r, int64_t deadline, int64_t *now)
{
	struct pollfd attempt[SOCK_TRIES_MAX];
	int events;

	for (size_t i = 0; i < r->n_started; i++)
		attempt[i] = (struct pollfd){ .fd = r->fd[i], .events = POLLOUT };
	events = poll(attempt, r->n_started, deadline_wait(deadline, *now));
	*now = deadline_now();
	for (size_t i = 0; events > 0 && i < r->n_started && r->winner < 0; i++)
		if (r->fd[i] >= 0 && attempt[i].revents != 0)
			sock_race_look(r, i, *now);
}

/* Runs until somebody wins, all have failed, or the deadline passes: false. */
static bool run(struct sock_race *r, int64_t deadline)
{
	int64_t now = r->next;

	while (r->winner < 0) {
		bool more = sock_race_more(r);

		if (now >= deadline)
			return false;
		if (more && now >= r->next)
			sock_race_start(r, now);
		else if (!more && r->n_open == 0)
			return true;
		else
			wait_for(r, more ? deadline_first(r->next, deadline) : deadline, &now);
	}
	return true;
}

enum sock_result sock_connect(const struct addr *list, size_t n, int flags, int64_t deadline,
                              int *fd)
{
	struct sock_race r;
	bool in_time;

	*fd = -1;
	sock_race_init(&r, list, n, deadline_now());
	in_time = run(&r, deadline);
	sock_race_end(&r);
	if (r.winner < 0) {
		errno = in_time ? r.first_error : ETIMEDOUT;
		return sock_result_of(errno);
	}
	if (!(flags & SOCK_NONBLOCK) && fcntl(r.winner, F_SETFL, 0) < 0) {
		int error = errno;

		close(r.winner);
		errno = error;
		return SOCK_SYSTEM;
	}
	*fd = r.winner;
	return SOCK_DONE;
}
