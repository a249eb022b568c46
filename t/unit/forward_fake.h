/*
 * A reverse proxy between a client and an upstream that are both bytes in memory: what the
 * client sends and what the upstream answers, in pieces as wanted, and what each of them gets.
 */
#ifndef UNIT_FORWARD_FAKE_H
#define UNIT_FORWARD_FAKE_H

#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "net/conn.h"
#include "net/forward.h"

enum { FAKE_ROOM = 1 << 19 };

struct fake_link;

/* The upstream's side, all its connections together. */
static struct fake {
	struct span says;      /* over each connection, from its beginning */
	size_t grain;          /* bytes of that at a time; 0: all */
	size_t takes;          /* bytes of the request at a time; 0: all */
	bool lingers;          /* what it says is followed by silence, not by the end */
	bool dead_first;       /* its first connection is dead */
	const char *until;     /* it says nothing before it heard this; NULL: the first byte */
	bool refuses;          /* cannot be connected to */
	int opened, closed;
	struct fake_link *last; /* opened */
	struct builder heard;  /* all it got */
	unsigned char heard_text[FAKE_ROOM];
} fake;

struct fake_link {
	struct link link;
	int number;
	size_t at;
	bool asked, paused, finished;
};

static struct fake_link *fake_of(struct link *l)
{
	return (struct fake_link *)(void *)l;
}

/* The last it heard is this. */
static bool fake_heard(const char *end)
{
	size_t len = strlen(end);

	return fake.heard.len >= len && memcmp(fake.heard.p + fake.heard.len - len, end, len) == 0;
}

static enum link_result fake_read(struct link *l, void *buf, size_t cap, size_t *len)
{
	struct fake_link *f = fake_of(l);
	struct span rest = span_from(fake.says, f->at);

	*len = 0;
	/* It speaks when it was spoken to. */
	if (!f->asked || (fake.until && !fake_heard(fake.until)))
		return LINK_LATER;
	if (fake.dead_first && f->number == 1)
		return LINK_END;
	if (rest.len == 0)
		return fake.lingers ? LINK_LATER : LINK_END;
	f->paused = fake.grain > 0 && !f->paused;
	if (f->paused)
		return LINK_LATER;
	rest = span_head(rest, fake.grain > 0 && fake.grain < cap ? fake.grain : cap);
	memcpy(buf, rest.p, rest.len);
	f->at += rest.len;
	*len = rest.len;
	return LINK_OK;
}

static enum link_result fake_write(struct link *l, struct span bytes, size_t *len)
{
	*len = 0;
	fake_of(l)->asked = true;
	if (fake.dead_first && fake_of(l)->number == 1)
		return LINK_BROKEN;
	/* A further request has a further answer. */
	if (fake_of(l)->at == fake.says.len && span_starts(bytes, "GET "))
		fake_of(l)->at = 0;
	if (fake.takes > 0)
		bytes = span_head(bytes, fake.takes);
	builder_add(&fake.heard, bytes);
	*len = bytes.len;
	return LINK_OK;
}

static void fake_finish(struct link *l)
{
	fake_of(l)->finished = true;
}

static void fake_close(struct link *l)
{
	fake.closed++;
	free(l);
}

static const struct link_kind fake_kind = { fake_read, fake_write, fake_finish, fake_close };

static struct link *fake_open(const struct link_way *way, const struct link_goal *goal,
                              void (*ready)(struct link *l), void *owner)
{
	struct fake_link *f = calloc(1, sizeof *f);

	(void)way;
	(void)goal;
	if (!f)
		abort();
	f->link = (struct link){ .kind = &fake_kind, .state = fake.refuses ? LINK_FAILED : LINK_OPEN,
	                         .why = "refused", .ready = ready, .owner = owner };
	f->number = ++fake.opened;
	fake.last = f;
	return &f->link;
}

/* The client's side. The connection is only looked at for its descriptors, of which it has none. */
static struct {
	struct conn conn;
	struct httpd h;
} client;

static const struct link_way fake_way = { fake_open };
static const struct addr fake_addr = { .mode = -1 };
static struct loop fake_loop;
static struct access fake_access;
static struct forward fake_forward;
static struct forward_target fake_target = { .addr = &fake_addr, .authority = { (const unsigned char *)"up", 2 },
	                                     .class = "forward" };
static unsigned char client_text[FAKE_ROOM];
static struct builder client_got;

static inline bool fake_answer(struct httpd *h, const struct http_request *request, struct httpd_reply *reply)
{
	int status = forward_begin(&fake_forward, h, request, &fake_target, reply);

	if (status != 0)
		forward_explain(reply, status);
	return true;
}

static const struct httpd_app fake_app = { .answer = fake_answer, .take = forward_take,
	                                   .give = forward_give, .late = forward_late,
	                                   .cancel = forward_cancel };

static inline void fake_nothing(struct stream *s)
{
	(void)s;
}

static inline void fake_flush(struct access *a)
{
	access_init(a);
}

/* Once. */
static inline void fake_init(void)
{
	if (!loop_init(&fake_loop, NULL))
		abort();
	access_init(&fake_access);
	fake_access.flush = fake_flush;
	fake_forward = (struct forward){ .loop = &fake_loop, .access = &fake_access, .way = &fake_way,
		                         .connect_ms = 1000, .first_ms = 1000, .idle_ms = 1000,
		                         .pool = { .max = 4, .max_idle = 2, .idle_ms = 60000 } };
	if (!forward_init(&fake_forward))
		abort();
}

/* What is between two steps is forgotten; the upstream's ways stay. */
static inline void fake_reset(void)
{
	forward_pool_drain(&fake_forward.pool);
	fake.opened = fake.closed = 0;
	builder_init(&fake.heard, fake.heard_text, sizeof fake.heard_text);
	builder_init(&client_got, client_text, sizeof client_text);
	memset(&client, 0, sizeof client);
	client.conn.in_fd = client.conn.out_fd = -1;
	client.h.stream.kind = &httpd_kind;
	client.h.stream.wake = fake_nothing;
	httpd_kind.start(&client.h.stream, (void *)(uintptr_t)&fake_app, 0);
}

/*
 * Steps over what the client sends, `piece` bytes of it after the other (0: at once), and its end,
 * until nothing moves any more. Returns what the client got.
 */
static inline struct span fake_run(struct span sends, size_t piece, bool ends)
{
	static unsigned char text[2 * STREAM_OUT_MIN];
	struct stream *s = &client.h.stream;
	size_t used = 0, here = piece > 0 && piece < sends.len ? piece : sends.len;
	/* A head that comes in pieces makes nothing move for as many steps. */
	size_t idle = 0, most = fake.grain > 0 ? 2 * fake.says.len + 4 : 3;

	while (s->want != STREAM_CLOSE && idle < most) {
		struct builder out;
		bool all = here == sends.len;
		size_t n;

		builder_init(&out, text, sizeof text);
		n = httpd_kind.step(s, span_of(sends.p + used, here - used), ends && all, &out, 0);
		if (n > here - used || !builder_ok(&out))
			abort();
		used += n;
		builder_add(&client_got, builder_span(&out));
		idle = n > 0 || out.len > 0 || !all ? 0 : idle + 1;
		if (!all)
			here = sends.len - here > piece ? here + piece : sends.len;
		/* The end of the last answer that the client will ever read. */
		if (s->want == STREAM_LINGER && all)
			break;
	}
	return builder_span(&client_got);
}

/* The connection is over, whatever state it is in. */
static inline void fake_gone(void)
{
	httpd_kind.gone(&client.h.stream);
}

#endif
