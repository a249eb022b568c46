/* Links over TLS: the pump between two links. */
#include "tls/secure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tls/client.h"

static const char *protocols[] = { "http/1.1" };

/* Some 75 kB. */
struct secure {
	struct link link; /* first */
	struct link *below;
	bool deaf;        /* it takes no more: what is to be sent is thrown away */
	struct pump pump;
	struct tls_client client;
};

static struct secure *of(struct link *l)
{
	return (struct secure *)(void *)l;
}

/*
 * Records are sent as far as they go. A peer that takes no more may have said why, or have ended
 * properly: reading goes on, as if they had been sent.
 */
static void push(struct secure *s)
{
	struct span records;

	while ((records = pump_records(&s->pump)).len > 0) {
		enum link_result r = LINK_BROKEN;
		size_t n = records.len;

		if (!s->deaf)
			r = s->below->kind->write(s->below, records, &n);
		if (r == LINK_LATER)
			return;
		s->deaf = r != LINK_OK;
		pump_records_sent(&s->pump, r == LINK_OK ? n : records.len);
	}
}

/* What came is taken in, once. False: nothing to be done now. */
static bool pull(struct secure *s)
{
	size_t room, n;
	unsigned char *at = pump_room(&s->pump, &room);

	if (!at)
		return false;
	s->below->doubt = s->link.doubt;
	s->link.doubt = false;
	switch (s->below->kind->read(s->below, at, room, &n)) {
	case LINK_OK:
		pump_received(&s->pump, n);
		return true;
	case LINK_LATER:
		return false;
	case LINK_END:
	case LINK_BROKEN:
		pump_transport_ended(&s->pump);
		return true;
	}
	return false;
}

static void fail(struct secure *s, const char *why)
{
	s->link.state = LINK_FAILED;
	s->link.why = why;
}

/* The handshake, as far as it goes. */
static void shake_hands(struct secure *s)
{
	do {
		push(s);
		switch (pump_state(&s->pump)) {
		case PUMP_HANDSHAKE:
			break;
		case PUMP_OPEN:
			s->link.state = LINK_OPEN;
			s->link.to = s->below->to;
			return;
		case PUMP_FAILED:
			fail(s, pump_error_is_trust(pump_error(&s->pump)) || s->client.check.unpinned
			                ? "untrusted" : "tls");
			push(s);
			return;
		case PUMP_ENDED:
		case PUMP_CUT:
			fail(s, "tls");
			return;
		}
	} while (pull(s));
}

/* The link below was opened, could not be, or can go on. True: there is something to tell. */
static bool go_on(struct secure *s)
{
	if (s->link.state == LINK_FAILED)
		return false;
	if (s->link.state == LINK_OPEN) {
		push(s);
		return true;
	}
	switch (s->below->state) {
	case LINK_OPENING:
		return false;
	case LINK_FAILED:
		fail(s, s->below->why);
		s->link.timed_out = s->below->timed_out;
		return true;
	case LINK_OPEN:
		shake_hands(s);
		return s->link.state != LINK_OPENING;
	}
	return false;
}

static void below_ready(struct link *below)
{
	struct secure *s = below->owner;

	if (go_on(s))
		s->link.ready(&s->link);
}

static enum link_result read_secure(struct link *l, void *buf, size_t cap, size_t *len)
{
	struct secure *s = of(l);

	*len = 0;
	for (;;) {
		struct span data = span_head(pump_data(&s->pump), cap);

		if (data.len > 0) {
			memcpy(buf, data.p, data.len);
			pump_data_used(&s->pump, data.len);
			*len = data.len;
			return LINK_OK;
		}
		push(s);
		switch (pump_state(&s->pump)) {
		case PUMP_ENDED:
			return LINK_END;
		case PUMP_CUT:
		case PUMP_FAILED:
			return LINK_BROKEN;
		case PUMP_HANDSHAKE:
		case PUMP_OPEN:
			break;
		}
		if (!pull(s))
			return LINK_LATER;
	}
}

static enum link_result write_secure(struct link *l, struct span bytes, size_t *len)
{
	struct secure *s = of(l);
	size_t n;

	*len = 0;
	do {
		n = pump_write(&s->pump, span_from(bytes, *len));
		*len += n;
		push(s);
	} while (n > 0 && *len < bytes.len);
	pump_flush(&s->pump);
	push(s);
	if (s->deaf || (*len == 0 && pump_state(&s->pump) != PUMP_OPEN))
		return LINK_BROKEN;
	return *len > 0 ? LINK_OK : LINK_LATER;
}

static void finish_secure(struct link *l)
{
	pump_half_close(&of(l)->pump);
	push(of(l));
}

static void close_secure(struct link *l)
{
	struct secure *s = of(l);

	if (l->state == LINK_OPEN) {
		pump_close(&s->pump);
		push(s);
	}
	s->below->kind->close(s->below);
	explicit_bzero(&s->client, sizeof s->client);
	free(s);
}

static const struct link_kind secure_kind = { read_secure, write_secure, finish_secure,
	                                      close_secure };

/* False: errno. A host that no certificate can have is a link that failed. */
static bool set_up(struct secure *s, const struct secure_way *w, const struct link_goal *goal)
{
	const struct client_peer peer = { .anchors = w->anchors, .pins = w->pins, .n_pins = w->n_pins,
		                          .host = goal->host, .is_address = goal->host_is_address,
		                          .unix_now = (int64_t)time(NULL), .protocols = protocols,
		                          .n_protocols = 1 };

	switch (client_start(&s->client, &peer, &s->pump)) {
	case CLIENT_OK:
		return true;
	case CLIENT_BAD_HOST:
		fail(s, "untrusted");
		return true;
	case CLIENT_SYSTEM:
		break;
	}
	return false;
}

struct link *secure_open(const struct link_way *way, const struct link_goal *goal,
                         void (*ready)(struct link *l), void *owner)
{
	const struct secure_way *w = (const struct secure_way *)(const void *)way;
	struct secure *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->link = (struct link){ .kind = &secure_kind, .state = LINK_OPENING, .ready = ready,
	                         .owner = owner };
	s->below = w->below->open(w->below, goal, below_ready, s);
	if (!s->below) {
		free(s);
		return NULL;
	}
	if (!set_up(s, w, goal)) {
		s->below->kind->close(s->below);
		free(s);
		return NULL;
	}
	go_on(s);
	return &s->link;
}
