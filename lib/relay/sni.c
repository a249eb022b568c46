/* A connection's beginning and end. */
#include "relay/sni.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "relay/sni_conn.h"

enum { NAME_CAP = 255 };

bool sni_init(struct sni *s, const struct dns_servers *servers, const char *hosts_path)
{
	struct loop *loop = &s->serve->loop;

	s->rules.fixed = true;
	memcpy(s->rules.fallback, s->base, strlen(s->base) + 1);
	return hosts_init(&s->hosts, loop, servers, hosts_path) && clients_init(&s->names) &&
	       (!s->base[0] || resolver_init(&s->resolver, loop, servers, &s->rules, &s->counts));
}

struct loop *sni_loop(const struct sni_conn *c)
{
	return &c->sni->serve->loop;
}

/* The list of those that have not sent a hello yet. */

static void enlist(struct sni_conn *c)
{
	struct sni *s = c->sni;

	c->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = c;
	s->newest = c;
}

void sni_strike(struct sni_conn *c)
{
	struct sni *s = c->sni;

	*(c->older ? &c->older->newer : &s->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &s->newest) = c->older;
}

bool sni_watch(struct sni_conn *c)
{
	return c->watch.fd >= 0 ||
	       loop_add(sni_loop(c), &c->watch, c->in, EPOLLIN | EPOLLRDHUP | EPOLLET) || errno == EPERM;
}

void sni_say(const struct sni_conn *c, struct span name, const char *word)
{
	struct builder *out = access_begin(c->sni->access);
	int64_t ms = deadline_now() - c->started;

	if (!out)
		return;
	log_field(out, name, NAME_CAP);
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
	builder_number(out, c->pair.flow[0].bytes);
	builder_byte(out, ' ');
	builder_number(out, c->pair.flow[1].bytes);
	builder_byte(out, ' ');
	builder_number(out, (uint64_t)ms);
	access_end(c->sni->access);
}

/* Frees it; the client's descriptors are closed or somebody else's. */
void sni_forget(struct sni_conn *c)
{
	struct serve *serve = c->sni->serve;

	if (c->state == SNI_HELLO)
		sni_strike(c);
	resolver_leave(&c->domain);
	hosts_leave(&c->host);
	sni_forget_dial(c);
	loop_timer_clear(sni_loop(c), &c->timer);
	clients_leave(&c->sni->names, c->named);
	serve_ended(serve, c->client);
	sni_drop_bytes(c);
	free(c);
}

void sni_hang_up(struct sni_conn *c)
{
	loop_forget(sni_loop(c), &c->watch);
	close(c->in);
	if (c->out != c->in)
		close(c->out);
	sni_forget(c);
}

static void ready(struct loop_watch *w, uint32_t events)
{
	struct sni_conn *c = loop_owner(w, struct sni_conn, watch);

	(void)events;
	if (c->state == SNI_HELLO)
		sni_listen(c);
	else if (c->state == SNI_LINGER && sni_drained(c))
		sni_hang_up(c);
}

static void expired(struct loop_timer *t)
{
	struct sni_conn *c = loop_owner(t, struct sni_conn, timer);

	if (c->state == SNI_HELLO)
		sni_say(c, span_of(NULL, 0), "stalled");
	sni_hang_up(c);
}

/* --- the driver */

static bool start(struct serve *serve, int in_fd, int out_fd, const struct addr *peer,
                  struct client *client)
{
	struct sni_conn *c = calloc(1, sizeof *c);

	if (!c)
		return false;
	c->sni = serve->context;
	c->in = in_fd;
	c->out = out_fd;
	c->socket = in_fd == out_fd;
	c->peer = *peer;
	c->client = client;
	c->watch = (struct loop_watch){ .fd = -1, .ready = ready };
	c->timer.expired = expired;
	c->started = serve->loop.now;
	enlist(c);
	sni_listen(c);
	return true;
}

static bool evict(struct serve *serve)
{
	struct sni *s = serve->context;
	struct sni_conn *c = s->oldest;

	if (!c)
		return false;
	sni_say(c, span_of(NULL, 0), "evicted");
	sni_hang_up(c);
	return true;
}

/* A hello under way has its time; a pair the grace time. */
static void drain(struct serve *serve)
{
	(void)serve;
}

const struct serve_driver sni_driver = { start, evict, drain };
