/* Stream sockets that connect: Happy Eyeballs (RFC 8305). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "net/sock.h"
#include "net/sock_result.h"

/*
 * A race: attempts 0 to n_started - 1 are under way (their pollfd waits) or
 * have failed (its fd is -1); the rest of `order` is still to be tried.
 */
struct race {
	const struct addr *order[SOCK_TRIES_MAX];
	struct pollfd attempt[SOCK_TRIES_MAX];
	size_t n, n_started;
	int64_t next;    /* when the next attempt may start at the latest */
	int first_error; /* of the attempt that failed first */
	int winner;      /* -1 as long as there is none */
};

/* The next address of a family (or of any other than that) from `*at` on; NULL when none is left. */
static const struct addr *next_of(const struct addr *list, size_t n, size_t *at, int family,
                                  bool same)
{
	while (*at < n) {
		const struct addr *a = &list[(*at)++];

		if ((addr_family(a) == family) == same)
			return a;
	}
	return NULL;
}

/* RFC 8305, section 4: families alternate, the order within one stays. */
static void arrange(struct race *r, const struct addr *list, size_t n)
{
	size_t same = 0, other = 0;
	bool turn = true;

	while (r->n < n && r->n < SOCK_TRIES_MAX) {
		const struct addr *a = next_of(list, n, turn ? &same : &other, addr_family(list), turn);

		if (a)
			r->order[r->n++] = a;
		turn = !turn;
	}
}

/* Attempt `i` is over. A failure makes room for the next one at once. */
static void finish(struct race *r, size_t i, int error, int64_t now)
{
	struct pollfd *p = &r->attempt[i];

	if (error == 0) {
		r->winner = p->fd;
	} else {
		if (p->fd >= 0)
			close(p->fd);
		if (r->first_error == 0)
			r->first_error = error;
		r->next = now;
	}
	p->fd = -1;
}

static void start(struct race *r, int64_t now)
{
	size_t i = r->n_started++;
	const struct addr *a = r->order[i];
	struct pollfd *p = &r->attempt[i];

	*p = (struct pollfd){ .events = POLLOUT };
	r->next = now + SOCK_DELAY_MS;
	p->fd = socket(addr_family(a), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		finish(r, i, errno, now);
	else if (connect(p->fd, &a->u.any, a->len) == 0)
		finish(r, i, 0, now);
	else if (errno != EINPROGRESS)
		finish(r, i, errno, now);
}

static void look(struct race *r, int64_t now)
{
	for (size_t i = 0; i < r->n_started && r->winner < 0; i++) {
		struct pollfd *p = &r->attempt[i];
		int error = 0;
		socklen_t len = sizeof error;

		if (p->fd < 0 || p->revents == 0)
			continue;
		if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			error = errno;
		finish(r, i, error, now);
	}
}

static bool under_way(const struct race *r)
{
	for (size_t i = 0; i < r->n_started; i++)
		if (r->attempt[i].fd >= 0)
			return true;
	return false;
}

/* Runs until somebody wins, all have failed, or the deadline passes: false. */
static bool run(struct race *r, int64_t deadline)
{
	int64_t now = deadline_now();

	r->next = now;
	while (r->winner < 0) {
		bool more = r->n_started < r->n;
		int events;

		if (now >= deadline)
			return false;
		if (more && now >= r->next) {
			start(r, now);
			continue;
		}
		if (!more && !under_way(r))
			return true;
		events = poll(r->attempt, r->n_started,
		              deadline_wait(more ? deadline_first(r->next, deadline) : deadline, now));
		now = deadline_now();
		if (events > 0)
			look(r, now);
	}
	return true;
}

static void close_losers(struct race *r)
{
	for (size_t i = 0; i < r->n_started; i++)
		if (r->attempt[i].fd >= 0)
			close(r->attempt[i].fd);
}

enum sock_result sock_connect(const struct addr *list, size_t n, int flags, int64_t deadline,
                              int *fd)
{
	struct race r = { .winner = -1, .first_error = n == 0 ? EADDRNOTAVAIL : 0 };
	bool in_time;

	*fd = -1;
	arrange(&r, list, n);
	in_time = run(&r, deadline);
	close_losers(&r);
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
