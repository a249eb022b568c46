/* Bytes through the engine, as far as they go. */
#include <stdlib.h>
#include <string.h>

#include "tls/buffers.h"
#include "tls/front_conn.h"

enum {
	RECEIVE = 65536,    /* bytes received at once */
	OUT_ROOM = 65792,   /* and sent: four full records, and some */
	OUT_ENOUGH = 49152, /* with less there is room for one more */
	TURNS = 32,         /* before others have theirs */
	SPARE = 16
};

enum step { STILL, MOVED, OVER };

/*
 * Records are gathered, and then sent in one piece: what a call costs, and a client that is woken by each, is
 * more than a copy. Who has some that are not sent keeps the room for them; the others share it.
 */
union out {
	union out *next;
	unsigned char bytes[OUT_ROOM];
};
static union out *spare;
static size_t n_spare;

static unsigned char *take_out(void)
{
	union out *out = spare;

	if (!out) {
		out = malloc(sizeof *out);
		return out ? out->bytes : NULL;
	}
	spare = out->next;
	n_spare--;
	return out->bytes;
}

void front_drop_out(struct front_conn *c)
{
	union out *out = (void *)c->out;

	c->out = NULL;
	c->out_at = c->out_len = 0;
	if (!out)
		return;
	if (n_spare == SPARE) {
		free(out);
		return;
	}
	out->next = spare;
	spare = out;
	n_spare++;
}

static enum step gather(struct front_conn *c)
{
	enum step step = STILL;
	struct span records;

	while ((records = pump_records(&c->pump)).len > 0) {
		/* What the client said before it went away is still to be read. */
		if (!c->pump.deaf) {
			if (!c->out && !(c->out = take_out()))
				return OVER;
			records = span_head(records, OUT_ROOM - c->out_len);
			if (records.len == 0)
				return step;
			memcpy(c->out + c->out_len, records.p, records.len);
			c->out_len += records.len;
		}
		pump_records_sent(&c->pump, records.len);
		step = MOVED;
	}
	return step;
}

static enum step send_out(struct front_conn *c)
{
	ssize_t n;

	if (c->out_at == c->out_len || !c->far.writable)
		return STILL;
	n = front_write(&c->far, span_of(c->out + c->out_at, c->out_len - c->out_at));
	if (n < 0) {
		c->pump.deaf = true;
		c->out_at = c->out_len;
	}
	if (n > 0)
		c->out_at += (size_t)n;
	if (c->out_at == c->out_len)
		c->out_at = c->out_len = 0;
	return n != 0 ? MOVED : STILL;
}

static bool unsent(const struct front_conn *c)
{
	return c->out_len > 0 || pump_records(&c->pump).len > 0;
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

/* Each of them once; records are sent when there are many, or nothing else is to be done. */
static enum step move(struct front_conn *c)
{
	enum step all = c->out_len >= OUT_ENOUGH ? send_out(c) : STILL, step;

	for (int i = 0; i < 4; i++) {
		step = i == 0 ? gather(c)
		     : i == 1 ? receive(c)
		     : c->state != FRONT_CARRY ? STILL
		     : i == 2 ? write_plain(c) : read_plain(c);
		if (step == OVER)
			return OVER;
		all = step == MOVED ? MOVED : all;
	}
	return all == MOVED ? MOVED : send_out(c);
}

void front_flush(struct front_conn *c)
{
	while (gather(c) == MOVED || send_out(c) == MOVED)
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
	if (unsent(c))
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
		/* What was gathered is still to be sent: the client has ended its data, and reads on. */
		if (c->state == FRONT_CARRY && unsent(c))
			return true;
		__attribute__((fallthrough));
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
	bool sends = unsent(c), gives = pump_data(&c->pump).len > 0;
	struct loop *loop = front_loop(c);

	if (!sends)
		front_drop_out(c);
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
		front_break(c, "system");
		return;
	}
	for (int i = 0; i < TURNS && step == MOVED; i++) {
		step = move(c);
		if (step == MOVED)
			c->moved = front_loop(c)->now;
		if (step == OVER) {
			front_break(c, "system");
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
		front_break(c, "system");
}
