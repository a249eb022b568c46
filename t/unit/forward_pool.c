/* Which connections are kept, for whom, and for how long. */
#include "forward_fake.h"
#include "tap.h"

static struct forward_pool pool = { .max = 4, .max_idle = 2, .idle_ms = 1000 };
static struct loop loop;

static void ignore(struct link *l)
{
	(void)l;
}

static struct link *made(void)
{
	const struct link_goal goal = { .loop = &loop };

	if (!forward_pool_enter(&pool))
		return NULL;
	return fake_open(NULL, &goal, ignore, NULL);
}

static void keep(const char *key, struct link *l, int64_t now)
{
	loop.now = now;
	forward_pool_keep(&pool, span_str(key), l);
}

static struct link *take(const char *key, int64_t since)
{
	return forward_pool_take(&pool, span_str(key), since);
}

static void stop(struct loop *l)
{
	l->stop = !pool.oldest;
}

int main(void)
{
	struct link *a, *b, *c, *d, *e;

	if (!loop_init(&loop, stop))
		return 1;
	builder_init(&fake.heard, fake.heard_text, sizeof fake.heard_text);
	fake.lingers = true;
	forward_pool_init(&pool, &loop);
	a = made();
	b = made();
	c = made();
	d = made();
	check(a && b && c && d && !made(), "there is a limit");
	keep("x", a, 100);
	keep("y", b, 200);
	check(!take("z", 0) && !take("", 0) && !take("xx", 0), "not for another key");
	check(!take("x", 101) && take("x", 100) == a && !take("x", 0), "not when it was idle for too long, and once");
	keep("x", a, 300);
	keep("x", c, 400);
	check(fake.closed == 1 && pool.n == 3 && pool.n_idle == 2, "only so many, the oldest goes");
	check(take("x", 0) == c && take("x", 0) == a, "the latest first");
	check(a->doubt && c->doubt, "and not before the system was asked about it");
	keep("x", a, 500);
	check((b = made()) && pool.n == 4, "one more");
	check((e = made()) && fake.closed == 2 && pool.n == 4 && pool.n_idle == 0, "an idle one makes room");
	forward_pool_leave(&pool, e);
	check(fake.closed == 3 && pool.n == 3, "one less");
	/* What comes unasked. */
	fake.says = span_str("x");
	keep("x", d, 600);
	fake_of(d)->asked = true;
	d->ready(d);
	check(fake.closed == 4 && pool.n == 2 && !take("x", 0), "bytes that nobody asked for close it");
	keep("x", b, 600);
	fake_of(b)->asked = true;
	check(!take("x", 0) && fake.closed == 5, "so they do when it is taken");
	fake.says = span_str("");
	keep("x", c, deadline_now() - 900);
	check(loop_run(&loop) && fake.closed == 6 && pool.n_idle == 0, "after a while it is closed");
	d = made();
	keep("x", d, deadline_now());
	forward_pool_drain(&pool);
	check(fake.closed == fake.opened && pool.n == 0, "and at the end");
	loop_free(&loop);
	return tap_end();
}
