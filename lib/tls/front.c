/* A connection's beginning and end. */
#include "tls/front.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "base/log.h"
#include "tls/front_conn.h"

enum { NAME_CAP = 255, WHY_CAP = 200 };

static bool plan_sweep(struct front *f)
{
	struct loop *loop = &f->serve->loop;

	return loop_timer_set(loop, &f->sweep, loop->now + FRONT_SWEEP_MS);
}

static void sweep(struct loop_timer *t)
{
	struct front *f = loop_owner(t, struct front, sweep);

	sessions_sweep(f->server->sessions);
	plan_sweep(f);
}

bool front_init(struct front *f, const struct dns_servers *servers, const char *hosts_path)
{
	f->sweep.expired = sweep;
	if (f->server->sessions && !plan_sweep(f))
		return false;
	return !servers || hosts_init(&f->hosts, &f->serve->loop, servers, hosts_path);
}

struct loop *front_loop(const struct front_conn *c)
{
	return &c->front->serve->loop;
}

/* The list of those whose handshake is not done. */

static void enlist(struct front_conn *c)
{
	struct front *f = c->front;

	c->older = f->newest;
	*(f->newest ? &f->newest->newer : &f->oldest) = c;
	f->newest = c;
}

void front_strike(struct front_conn *c)
{
	struct front *f = c->front;

	*(c->older ? &c->older->newer : &f->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &f->newest) = c->older;
}

static void add_number(struct builder *out, uint64_t number)
{
	builder_byte(out, ' ');
	builder_number(out, number);
}

void front_say(const struct front_conn *c, const char *word, struct span why)
{
	struct builder *out = access_begin(c->front->access);
	const char *protocol = c->tls ? server_protocol(c->tls) : NULL;

	if (!out)
		return;
	log_field(out, span_str(c->tls ? c->tls->name : ""), NAME_CAP);
	builder_byte(out, ' ');
	if (c->peer.len > 0)
		addr_print_ip(out, &c->peer);
	else
		builder_byte(out, '-');
	builder_byte(out, ' ');
	builder_str(out, word);
	builder_byte(out, ' ');
	log_field(out, span_str(c->where), sizeof c->where);
	builder_byte(out, ' ');
	log_field(out, span_str(protocol), NAME_CAP);
	add_number(out, c->to_plain);
	add_number(out, c->to_far);
	add_number(out, (uint64_t)(deadline_now() - c->started));
	if (why.len > 0) {
		builder_byte(out, ' ');
		log_hostile(out, why, WHY_CAP);
	}
	access_end(c->front->access);
}

/* Some are kept for the next. */
enum { SPARE = 64 };
static struct front_conn *spare;
static size_t n_spare;

static struct front_conn *take_conn(void)
{
	struct front_conn *c = spare;

	if (!c)
		return calloc(1, sizeof *c);
	spare = c->newer;
	n_spare--;
	memset(c, 0, sizeof *c);
	return c;
}

static void give_conn(struct front_conn *c)
{
	if (n_spare == SPARE) {
		free(c);
		return;
	}
	c->newer = spare;
	spare = c;
	n_spare++;
}

/* Gives back all but the client's descriptors. */
static void forget(struct front_conn *c)
{
	if (c->state <= FRONT_HANDSHAKE)
		front_strike(c);
	hosts_leave(&c->host);
	front_forget_dial(c);
	loop_timer_clear(front_loop(c), &c->timer);
	front_close(c, &c->plain);
	front_drop_out(c);
	server_free(c->tls);
	free(c->bytes);
	serve_ended(c->front->serve, c->client);
	give_conn(c);
}

void front_hang_up(struct front_conn *c)
{
	front_close(c, &c->far);
	forget(c);
}

/* --- events */

static void go_on(struct front_conn *c)
{
	switch (c->state) {
	case FRONT_HELLO:
		front_listen(c);
		return;
	case FRONT_HANDSHAKE:
	case FRONT_CARRY:
		front_drive(c);
		return;
	case FRONT_CONNECT:
		/* What the client has to say waits. */
		return;
	case FRONT_LINGER:
		if (front_drained(&c->far))
			front_hang_up(c);
		return;
	case FRONT_DRAIN:
		if (front_drained(&c->plain))
			front_hang_up(c);
		return;
	}
}

static void note(struct front_side *s, uint32_t events)
{
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		s->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		s->hung_up = true;
	if (s->in == s->out && events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		s->writable = true;
}

static void far_ready(struct loop_watch *w, uint32_t events)
{
	struct front_conn *c = loop_owner(w, struct front_conn, far.in_watch);

	note(&c->far, events);
	go_on(c);
}

static void far_out_ready(struct loop_watch *w, uint32_t events)
{
	struct front_conn *c = loop_owner(w, struct front_conn, far.out_watch);

	(void)events;
	c->far.writable = true;
	go_on(c);
}

static void plain_ready(struct loop_watch *w, uint32_t events)
{
	struct front_conn *c = loop_owner(w, struct front_conn, plain.in_watch);

	note(&c->plain, events);
	/* Both ways: who was there has gone, and takes nothing more. */
	if (events & (EPOLLHUP | EPOLLERR))
		c->plain_shut = true;
	go_on(c);
}

static void expired(struct loop_timer *t)
{
	struct front_conn *c = loop_owner(t, struct front_conn, timer);
	struct front *f = c->front;
	int64_t now = front_loop(c)->now;

	if (c->linger && now >= c->linger) {
		if (c->state == FRONT_CARRY)
			front_end(c, "done");
		else
			front_hang_up(c);
	} else if (c->state <= FRONT_HANDSHAKE && now >= c->started + f->handshake_ms) {
		front_end(c, "stalled");
	} else if (c->state == FRONT_CARRY && f->total_ms && now >= c->started + f->total_ms) {
		front_break(c, "total");
	} else if (c->state == FRONT_CARRY && f->idle_ms && now >= c->moved + f->idle_ms) {
		front_break(c, "idle");
	} else {
		go_on(c);
	}
}

bool front_set_timer(struct front_conn *c)
{
	const struct front *f = c->front;
	int64_t at = c->linger ? c->linger : DEADLINE_NEVER;

	if (c->state <= FRONT_HANDSHAKE)
		at = c->started + f->handshake_ms;
	if (c->state == FRONT_CARRY && f->total_ms)
		at = deadline_first(at, c->started + f->total_ms);
	if (c->state == FRONT_CARRY && f->idle_ms)
		at = deadline_first(at, c->moved + f->idle_ms);
	/* A timer that is early is cheaper than one that is moved with every byte. */
	if (c->timer.slot && c->timer.at <= at)
		return true;
	return loop_timer_set(front_loop(c), &c->timer, at);
}

/* --- the driver */

static struct front_side side(int in, int out)
{
	return (struct front_side){ .in = in, .out = out, .in_watch.fd = -1, .out_watch.fd = -1,
		                    .readable = true, .writable = true };
}

static void find_local(struct front_conn *c)
{
	struct sockaddr_storage local;
	socklen_t len = sizeof local;

	if (c->far.socket && getsockname(c->far.in, (struct sockaddr *)&local, &len) == 0)
		addr_set(&c->local, (struct sockaddr *)&local, len);
}

static bool start(struct serve *serve, int in_fd, int out_fd, const struct addr *peer,
                  struct client *client)
{
	struct front_conn *c = take_conn();
	struct front *f = serve->context;

	if (!c)
		return false;
	c->front = f;
	c->far = side(in_fd, out_fd);
	c->far.socket = in_fd == out_fd;
	c->far.in_watch.ready = far_ready;
	c->far.out_watch.ready = far_out_ready;
	c->plain = side(-1, -1);
	c->plain.socket = true;
	c->plain.in_watch.ready = plain_ready;
	c->peer = *peer;
	c->local.mode = -1;
	find_local(c);
	c->from_front = f->trusted && networks_has(f->trusted, peer);
	c->client = client;
	c->timer.expired = expired;
	c->started = c->moved = serve->loop.now;
	enlist(c);
	front_listen(c);
	return true;
}

static bool evict(struct serve *serve)
{
	struct front *f = serve->context;
	struct front_conn *c = f->oldest;

	if (!c)
		return false;
	front_say(c, "evicted", span_of(NULL, 0));
	front_hang_up(c);
	return true;
}

/* What is under way has the grace time. */
static void drain(struct serve *serve)
{
	(void)serve;
}

const struct serve_driver front_driver = { start, evict, drain };
