/* The first bytes of a connection, until there is a hello in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/sni_conn.h"

/* A hello is kept for a moment: storage that most of them fit in is kept for the next. */
enum { SPARE_STORES = 32, STORE = 2048 };
union store {
	union store *next;
	unsigned char bytes[STORE];
};
static union store *spare;
static size_t n_spare;

void sni_drop_bytes(struct sni_conn *c)
{
	union store *store = (void *)c->bytes;

	c->bytes = NULL;
	if (!store || c->room != STORE || n_spare == SPARE_STORES) {
		free(store);
		return;
	}
	store->next = spare;
	spare = store;
	n_spare++;
}

/* Room for `room` bytes, at least STORE. */
static unsigned char *take(size_t room)
{
	union store *store = spare;

	if (room != STORE || !store)
		return malloc(room);
	spare = store->next;
	n_spare--;
	return store->bytes;
}

/* Keeps what came; false when memory is short. */
static bool keep(struct sni_conn *c, struct span bytes)
{
	if (c->bytes)
		return true;
	c->room = bytes.len <= STORE ? STORE : bytes.len;
	c->bytes = take(c->room);
	if (!c->bytes)
		return false;
	memcpy(c->bytes, bytes.p, bytes.len);
	c->len = bytes.len;
	return true;
}

/* More room behind what was kept. */
static bool grow(struct sni_conn *c)
{
	size_t room = c->room * 2 < HELLO_STREAM_MAX ? c->room * 2 : HELLO_STREAM_MAX;
	unsigned char *p = malloc(room);

	if (!p)
		return false;
	memcpy(p, c->bytes, c->len);
	sni_drop_bytes(c);
	c->bytes = p;
	c->room = room;
	return true;
}

/* It is there, or it never will be. */
static void heard(struct sni_conn *c, struct span bytes, const struct hello *hello, enum hello_result result)
{
	if (result != HELLO_OK) {
		sni_refuse_bytes(c, bytes, result);
		return;
	}
	if (hello->has_name && hostname_fold(c->name, hello->name).len == 0) {
		sni_refuse_name(c, hello->name, "bad-name", HELLO_UNRECOGNIZED_NAME);
		return;
	}
	sni_strike(c);
	c->state = SNI_CHOOSE;
	loop_timer_clear(sni_loop(c), &c->timer);
	if (keep(c, bytes))
		sni_choose(c);
	else
		sni_refuse(c, "system", HELLO_INTERNAL_ERROR);
}

/* Reads once, behind what was kept. False when there is nothing for now; the end is an empty span. */
static bool receive(struct sni_conn *c, struct span *all)
{
	static unsigned char input[HELLO_STREAM_MAX];
	unsigned char *at = input;
	size_t room = sizeof input;
	ssize_t n;

	*all = span_of(NULL, 0);
	if (c->bytes && c->len == c->room && !grow(c))
		return true;
	if (c->bytes) {
		at = c->bytes + c->len;
		room = c->room - c->len;
	}
	do
		n = c->socket ? recv(c->in, at, room, MSG_DONTWAIT) : read(c->in, at, room);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		return true;
	c->len += c->bytes ? (size_t)n : 0;
	*all = c->bytes ? span_of(c->bytes, c->len) : span_of(input, (size_t)n);
	return true;
}

void sni_listen(struct sni_conn *c)
{
	static unsigned char store[HELLO_MESSAGE_MAX];
	struct loop *loop = sni_loop(c);
	enum hello_result result;
	struct hello hello;
	struct span all;

	while (receive(c, &all)) {
		if (all.len == 0) {
			sni_say(c, span_of(NULL, 0), c->len > 0 ? hello_name(HELLO_MORE) : "empty");
			sni_hang_up(c);
			return;
		}
		result = hello_read(&hello, all, store);
		if (result != HELLO_MORE) {
			heard(c, all, &hello, result);
			return;
		}
		if (!keep(c, all))
			break;
	}
	if (!sni_watch(c) || (!c->timer.slot && !loop_timer_set(loop, &c->timer, c->started + SNI_HELLO_MS)))
		sni_hang_up(c);
}
