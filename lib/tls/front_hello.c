/* The first bytes of a connection, until there is a hello in them: a PROXY header perhaps, and TLS. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/proxy.h"
#include "tls/front_conn.h"

/* A hello and a header in front of it. */
enum { STREAM_MAX = PROXY_READ_MAX + HELLO_STREAM_MAX, FIRST_ROOM = 2048 };

/* Keeps what came until there is more; false when memory is short. */
static bool hold(struct front_conn *c, struct span bytes)
{
	size_t room = c->room > 0 ? c->room : FIRST_ROOM;
	unsigned char *p;

	while (room < bytes.len)
		room *= 2;
	if (room > c->room) {
		p = realloc(c->bytes, room);
		if (!p)
			return false;
		c->bytes = p;
		c->room = room;
	}
	memcpy(c->bytes, bytes.p, bytes.len);
	c->len = bytes.len;
	return true;
}

/* Reads once, behind what was kept. False when there is nothing for now; the end is an empty span. */
static bool receive(struct front_conn *c, struct span *all)
{
	static unsigned char input[STREAM_MAX];
	ssize_t n;

	*all = span_of(NULL, 0);
	if (c->len > 0)
		memcpy(input, c->bytes, c->len);
	n = front_read(&c->far, input + c->len, sizeof input - c->len);
	if (n == 0)
		return false;
	if (n > 0)
		*all = span_of(input, c->len + (size_t)n);
	return true;
}

/* The header of a front: whose connection it is from now on. False: refused, and over. */
static bool take_header(struct front_conn *c, struct span *bytes)
{
	struct proxy p;

	switch (proxy_read(&p, *bytes)) {
	case PROXY_OK:
		break;
	case PROXY_MORE:
		return true;
	case PROXY_NONE:
	case PROXY_MALFORMED:
		front_refuse_bytes(c, span_of(NULL, 0), HELLO_NOT_TLS);
		return false;
	}
	if (p.known) {
		c->peer = p.from;
		c->local = p.to;
	}
	c->from_front = false;
	*bytes = span_from(*bytes, p.len);
	return true;
}

/* The address a client without a name came to. */
static struct span address_of(const struct front_conn *c, struct builder *text)
{
	int family = addr_family(&c->local);

	if (family != AF_INET && family != AF_INET6)
		return span_of(NULL, 0);
	addr_print_ip(text, &c->local);
	return builder_ok(text) ? builder_span(text) : span_of(NULL, 0);
}

/* The engine begins where the hello does. */
static void begin(struct front_conn *c, const struct hello *hello, struct span bytes)
{
	unsigned char text[INET6_ADDRSTRLEN + 16];
	enum server_result result;
	struct builder address;

	c->tls = server_new();
	if (!c->tls) {
		front_refuse(c, "system", HELLO_INTERNAL_ERROR);
		return;
	}
	builder_init(&address, text, sizeof text);
	result = server_start(c->tls, c->front->server, hello, address_of(c, &address), &c->pump);
	if (result != SERVER_OK) {
		front_refuse(c, server_result_name(result), server_result_alert(result));
		return;
	}
	c->pump.hears = true;
	c->state = FRONT_HANDSHAKE;
	if (front_keep(c, span_from(bytes, pump_feed(&c->pump, bytes))))
		front_drive(c);
	else
		front_end(c, "system");
}

/* It waits for more, if memory allows. */
static bool wait_for_more(struct front_conn *c, struct span bytes)
{
	if (hold(c, bytes))
		return true;
	front_hang_up(c);
	return false;
}

/* What came so far. False: the state is another one, or the connection over. */
static bool look(struct front_conn *c, struct span bytes)
{
	static unsigned char store[HELLO_MESSAGE_MAX];
	enum hello_result result;
	struct hello hello;

	if (c->from_front && !take_header(c, &bytes))
		return false;
	if (c->from_front || bytes.len == 0)
		return wait_for_more(c, bytes);
	result = hello_read(&hello, bytes, store);
	if (result == HELLO_MORE)
		return wait_for_more(c, bytes);
	if (result == HELLO_OK)
		begin(c, &hello, bytes);
	else
		front_refuse_bytes(c, bytes, result);
	return false;
}

void front_listen(struct front_conn *c)
{
	struct span all;

	while (receive(c, &all)) {
		if (all.len == 0) {
			front_say(c, c->len > 0 ? hello_name(HELLO_MORE) : "empty", span_of(NULL, 0));
			front_hang_up(c);
			return;
		}
		if (!look(c, all))
			return;
	}
	if (!front_watch(c, &c->far) || !front_set_timer(c))
		front_hang_up(c);
}
