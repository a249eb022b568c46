/* Whether a record is seen: all servers of its zone are asked until each shows it. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "net/dns_place.h"

enum {
	PAUSE_MS = 100,      /* before a server that does not show it is asked again, doubled ... */
	PAUSE_MAX_MS = 2000, /* ... up to this */
	ROUND_MS = 8000      /* a server that says nothing is given up for this time */
};

enum state { WAITING, ASKING, SHOWN, BEYOND };

/* One server and what is known of it. */
struct watch {
	enum state state;
	struct dns_servers server;
	struct dns_query query;
	int64_t wake, pause; /* WAITING: until when; for how long the next time */
};

/*
 * Whether there is a way to it, as far as this machine's routes say: connecting
 * a datagram socket sends nothing.
 */
static bool reachable(const struct addr *a)
{
	int fd = socket(addr_family(a), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool can = fd >= 0 && connect(fd, &a->u.any, a->len) == 0;
	int error = errno;

	if (fd >= 0)
		close(fd);
	return can || (error != ENETUNREACH && error != EHOSTUNREACH && error != EADDRNOTAVAIL &&
	               error != EAFNOSUPPORT);
}

static bool shows(struct dns_answer *a, struct span text)
{
	static unsigned char joined[DNS_TEXT_MAX];
	struct dns_record record;
	struct builder b;

	while (dns_next(a, &record)) {
		builder_init(&b, joined, sizeof joined);
		if (dns_txt(&b, record.data) && span_eq(builder_span(&b), text))
			return true;
	}
	return false;
}

/* An answer is there: it shows the record, or the server is asked again later. */
static void judge(struct watch *w, struct span text, int64_t now)
{
	w->state = w->query.answer.status == DNS_FOUND && shows(&w->query.answer, text) ? SHOWN
	                                                                                : WAITING;
	dns_end(&w->query);
	w->wake = now + w->pause;
	w->pause = w->pause * 2 < PAUSE_MAX_MS ? w->pause * 2 : PAUSE_MAX_MS;
}

static void step(struct watch *w, struct span owner, struct span text, int64_t now, int64_t deadline)
{
	bool done = false;

	if (w->state == WAITING && now >= w->wake) {
		w->state = ASKING;
		done = dns_start(&w->query, &w->server, owner, DNS_TXT,
		                 deadline_first(deadline, now + ROUND_MS));
	} else if (w->state == ASKING) {
		done = dns_step(&w->query, now);
	}
	if (done)
		judge(w, text, now);
}

/* Waits until one of them has something, or the next moment that one of them named. */
static void wait_all(const struct watch *list, size_t n, int64_t deadline, int64_t now)
{
	struct pollfd fds[DNS_PLACE_SERVERS_MAX];
	int64_t wake = deadline;
	nfds_t n_fds = 0;

	for (size_t i = 0; i < n; i++) {
		const struct watch *w = &list[i];

		if (w->state == WAITING)
			wake = deadline_first(wake, w->wake);
		if (w->state != ASKING)
			continue;
		wake = deadline_first(wake, w->query.wake);
		if (w->query.fd >= 0)
			fds[n_fds++] = (struct pollfd){ .fd = w->query.fd, .events = w->query.events };
	}
	poll(fds, n_fds, deadline_wait(wake, now));
}

static size_t count(const struct watch *list, size_t n, struct dns_seen *seen)
{
	*seen = (struct dns_seen){ .n_shown = 0 };
	for (size_t i = 0; i < n; i++) {
		if (list[i].state == SHOWN) {
			seen->n_shown++;
		} else if (list[i].state == BEYOND) {
			seen->n_beyond++;
		} else {
			seen->n_missing++;
			seen->missing = list[i].server.server[0];
		}
	}
	return seen->n_missing;
}

bool dns_place_wait(const struct dns_place *place, struct span text, int64_t deadline,
                    struct dns_seen *seen)
{
	static struct watch list[DNS_PLACE_SERVERS_MAX];
	int64_t now = deadline_now();

	memset(list, 0, sizeof list);
	for (size_t i = 0; i < place->n; i++) {
		list[i].state = reachable(&place->server[i]) ? WAITING : BEYOND;
		list[i].server.n = 1;
		list[i].server.server[0] = place->server[i];
		list[i].pause = PAUSE_MS;
		list[i].query.fd = -1;
	}
	while (count(list, place->n, seen) > 0 && now < deadline) {
		for (size_t i = 0; i < place->n; i++)
			step(&list[i], span_str(place->owner), text, now, deadline);
		if (count(list, place->n, seen) > 0)
			wait_all(list, place->n, deadline, now);
		now = deadline_now();
	}
	for (size_t i = 0; i < place->n; i++)
		dns_end(&list[i].query);
	return seen->n_missing == 0 && seen->n_shown > 0;
}
