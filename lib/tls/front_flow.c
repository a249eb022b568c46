/* Bytes through the engine, as far as they go. */
#include <stdlib.h>
#include <string.h>

#include "tls/buffers.h"
#include "tls/front_conn.h"

enum {
	RECEIVE = 65536, /* bytes received at once */
	TURNS = 32       /* before others have theirs */
};

enum step { STILL, MOVED, OVER };

static enum step send_records(struct front_conn *c)
{
	struct span records = pump_records(&c->pump);
	ssize_t n;

	if (records.len == 0 || (!c->far.writable && !c->pump.deaf))
		return STILL;
	/* What the client said before it went away is still to be read. */
	n = c->pump.deaf ? (ssize_t)records.len : front_write(&c->far, records);
	if (n < 0) {
		c->pump.deaf = true;
		return MOVED;
	}
	if (n > 0)
		pump_records_sent(&c->pump, (size_t)n);
	return n > 0 ? MOVED : STILL;
}

bool front_keep(struct front_conn *c, struct span rest)
{
	unsigned char *p = rest.len > 0 ? malloc(rest.len) : NULL;

	if (rest.len > 0 && !p)
		return false;
	if (p)
		memcpy(p, rest.p, rest.len);
	free(c->bytes);
	c->bytes = p;
	c->at = 0;
	c->len = c->room = rest.len;
	return true;
}

static enum step feed_kept(struct front_conn *c)
{
	size_t fed = pump_feed(&c->pump, span_of(c->bytes + c->at, c->len - c->at));

	c->at += fed;
	if (c->at == c->len)
		front_keep(c, span_of(NULL, 0));
	return fed > 0 ? MOVED : STILL;
}

static enum step receive(struct front_conn *c)
{
	static unsigned char input[RECEIVE];
	size_t room, fed;
	ssize_t n;

	if (c->bytes)
		return feed_kept(c);
	if (!c->far.readable || c->pump.cut || !pump_room(&c->pump, &room))
		return STILL;
	n = front_read(&c->far, input, sizeof input);
	if (n == 0)
		return STILL;
	if (n < 0) {
		pump_transport_ended(&c->pump);
		return MOVED;
	}
	fed = pump_feed(&c->pump, span_of(input, (size_t)n));
	return front_keep(c, span_of(input + fed, (size_t)n - fed)) ? MOVED : OVER;
}

static enum step write_plain(struct front_conn *c)
{
	struct span data = pump_data(&c->pump);
	ssize_t n;

	if (data.len == 0)
		return STILL;
	if (c->plain_shut) {
		pump_data_used(&c->pump, data.len);
		return MOVED;
	}
	if (!c->plain.writable)
		return STILL;
	n = front_write(&c->plain, data);
	if (n < 0) {
		c->plain_shut = true;
		return MOVED;
	}
	c->to_plain += (uint64_t)n;
	pump_data_used(&c->pump, (size_t)n);
	return n > 0 ? MOVED : STILL;
}

static enum step read_plain(struct front_conn *c)
{
	unsigned char *at;
	size_t room;
	ssize_t n;

	if (c->plain_ended || !c->plain.readable)
		return STILL;
	at = pump_space(&c->pump, &room);
	if (!at)
		return STILL;
	n = front_read(&c->plain, at, room);
	if (n < 0) {
		c->plain_ended = true;
		/* A program that left some of its input unread looks like that, too. */
		c->plain_broke = n == FRONT_BROKEN && c->front->upstream;
		return MOVED;
	}
	if (n == 0)
		return STILL;
	c->to_far += (uint64_t)n;
	pump_written(&c->pump, (size_t)n);
	pump_flush(&c->pump);
	return MOVED;
}

/* Each of them once. */
static enum step move(struct front_conn *c)
{
	enum step all = STILL, step;

	for (int i = 0; i < 4; i++) {
		step = i == 0 ? send_records(c)
		     : i == 1 ? receive(c)
		     : c->state != FRONT_CARRY ? STILL
		     : i == 2 ? write_plain(c) : read_plain(c);
		if (step == OVER)
			return OVER;
		all = step == MOVED ? MOVED : all;
	}
	return all;
}

void front_flush(struct front_conn *c)
{
	while (send_records(c) == MOVED)
		;
}

/*
 * Nothing more comes from the plain side: what the client, and we, still have to do. Our end is sent as
 * TLS has it and then as the transport has it. A client to whom nobody listens may see that.
 * False: it is over.
 */
static bool plain_is_over(struct front_conn *c)
{
	if (!c->plain_ended)
		return true;
	if (c->plain_broke) {
		front_break(c, "reset");
		return false;
	}
	pump_half_close(&c->pump);
	if (pump_records(&c->pump).len > 0)
		return true;
	if (!c->far_shut)
		front_shut(c, &c->far);
	c->far_shut = true;
	if (c->plain_shut && !c->linger)
		c->linger = front_loop(c)->now + FRONT_LINGER_MS;
	return true;
}

/* Nothing more comes from the client, who may still be sent something. */
static void far_has_ended(struct front_conn *c)
{
	if (c->far_ended || !pump_heard_end(&c->pump) || pump_data(&c->pump).len > 0)
		return;
	c->far_ended = true;
	front_shut(c, &c->plain);
}

/* The client has ended it: what was sent to the plain side is let arrive there. */
static void far_is_over(struct front_conn *c, const char *word)
{
	front_say(c, word, span_of(NULL, 0));
	front_flush(c);
	c->state = FRONT_DRAIN;
	front_close(c, &c->far);
	front_shut(c, &c->plain);
	c->linger = front_loop(c)->now + FRONT_LINGER_MS;
	loop_timer_clear(front_loop(c), &c->timer);
	if (front_drained(&c->plain) || !front_set_timer(c))
		front_hang_up(c);
}

/* Where the engine stands. False: another state, or over. */
static bool look(struct front_conn *c)
{
	switch (pump_state(&c->pump)) {
	case PUMP_HANDSHAKE:
		return true;
	case PUMP_OPEN:
		if (c->state == FRONT_CARRY)
			return true;
		front_connect(c);
		return false;
	case PUMP_ENDED:
	case PUMP_CUT:
		if (c->state == FRONT_CARRY)
			far_is_over(c, pump_state(&c->pump) == PUMP_CUT && !c->far_shut ? "cut" : "done");
		else
			front_end(c, "cut");
		return false;
	case PUMP_FAILED:
		front_failed(c);
		return false;
	}
	return false;
}

/* Waits for what is needed to go on; the buffers are somebody else's meanwhile, when there is nothing in them. */
static bool rest(struct front_conn *c, bool again)
{
	bool sends = pump_records(&c->pump).len > 0, gives = pump_data(&c->pump).len > 0;
	struct loop *loop = front_loop(c);

	if (!sends && !gives)
		buffers_reclaim(&c->tls->ssl.eng);
	if (!front_watch(c, &c->far) || !front_want(c, &c->far, sends))
		return false;
	if (c->state == FRONT_CARRY && !front_want(c, &c->plain, gives))
		return false;
	return again ? loop_timer_set(loop, &c->timer, loop->now) : front_set_timer(c);
}

void front_drive(struct front_conn *c)
{
	enum step step = MOVED;

	if (!buffers_lend(&c->tls->ssl.eng)) {
		front_end(c, "system");
		return;
	}
	for (int i = 0; i < TURNS && step == MOVED; i++) {
		step = move(c);
		if (step == MOVED)
			c->moved = front_loop(c)->now;
		if (step == OVER) {
			front_end(c, "system");
			return;
		}
		if (!look(c))
			return;
		if (c->state == FRONT_CARRY) {
			far_has_ended(c);
			if (!plain_is_over(c))
				return;
		}
	}
	if (!rest(c, step == MOVED))
		front_end(c, "system");
}
