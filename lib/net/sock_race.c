/* Attempts to connect, side by side. */
#include "net/sock_race.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

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
static void arrange(struct sock_race *r, const struct addr *list, size_t n)
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

void sock_race_init(struct sock_race *r, const struct addr *list, size_t n, int64_t now)
{
	r->n = r->n_started = r->n_open = 0;
	r->next = now;
	r->first_error = n == 0 ? EADDRNOTAVAIL : 0;
	r->winner = -1;
	arrange(r, list, n);
}

bool sock_race_more(const struct sock_race *r)
{
	return r->n_started < r->n;
}

void sock_race_finish(struct sock_race *r, size_t i, int error, int64_t now)
{
	if (error == 0) {
		r->winner = r->fd[i];
		r->won = i;
	} else {
		if (r->fd[i] >= 0)
			close(r->fd[i]);
		if (r->first_error == 0)
			r->first_error = error;
		r->next = now;
	}
	r->fd[i] = -1;
	r->n_open--;
}

void sock_race_start(struct sock_race *r, int64_t now)
{
	size_t i = r->n_started++;
	const struct addr *a = r->order[i];

	r->n_open++;
	r->next = now + SOCK_DELAY_MS;
	r->fd[i] = socket(addr_family(a), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd[i] < 0)
		sock_race_finish(r, i, errno, now);
	else if (connect(r->fd[i], &a->u.any, a->len) == 0)
		sock_race_finish(r, i, 0, now);
	else if (errno != EINPROGRESS)
		sock_race_finish(r, i, errno, now);
}

void sock_race_look(struct sock_race *r, size_t i, int64_t now)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(r->fd[i], SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	sock_race_finish(r, i, error, now);
}

void sock_race_end(struct sock_race *r)
{
	for (size_t i = 0; i < r->n_started; i++) {
		if (r->fd[i] >= 0)
			close(r->fd[i]);
		r->fd[i] = -1;
	}
	r->n_open = 0;
}
