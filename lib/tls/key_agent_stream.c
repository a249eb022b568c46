/* A connection of key-agent: a name, then requests. */
#include "tls/key_agent_stream.h"

#include "base/deadline.h"
#include "tls/key_agent.h"

enum { PREFIX = 2 };

struct connection {
	struct stream stream; /* first */
	struct key_agent *agent;
	void *held;
	bool entered;
	const struct signer_secrets *secrets; /* NULL: not opened */
};

static struct connection *of(struct stream *s)
{
	return (struct connection *)(void *)s;
}

static void start(struct stream *s, void *context, int64_t now)
{
	struct connection *c = of(s);

	c->agent = context;
	c->entered = c->agent->enter(c->agent, s, &c->held);
	s->want = c->entered ? STREAM_READ : STREAM_CLOSE;
	s->deadline = now + KEY_AGENT_BEGIN_MS;
}

static bool answer_open(struct connection *c, struct span request, struct builder *answer)
{
	const unsigned char public = 1;

	if (request.len < 2 || request.p[0] != KEY_AGENT_OPEN)
		return false;
	c->secrets = c->agent->open(c->agent, &c->stream, c->held, span_from(request, 1));
	if (c->secrets)
		return signer_answer(c->secrets, span_of(&public, 1), answer);
	builder_byte(answer, 1);
	c->stream.want = STREAM_LINGER;
	return true;
}

/* One request; its answer with the length before it. False: the connection has failed. */
static bool answer(struct connection *c, struct span request, struct builder *out)
{
	unsigned char bytes[SIGNER_FRAME_MAX];
	struct builder answer;

	builder_init(&answer, bytes, sizeof bytes);
	if (!(c->secrets ? signer_answer(c->secrets, request, &answer) :
	                   answer_open(c, request, &answer)) ||
	    !builder_ok(&answer))
		return false;
	builder_u16be(out, (uint16_t)answer.len);
	builder_add(out, builder_span(&answer));
	return builder_ok(out);
}

static size_t step(struct stream *s, struct span in, bool end, struct builder *out, int64_t now)
{
	struct connection *c = of(s);
	size_t len;

	if (s->want != STREAM_READ) {
		if (end || s->draining)
			s->want = STREAM_CLOSE;
		return in.len;
	}
	if (in.len >= PREFIX) {
		len = (size_t)in.p[0] << 8 | in.p[1];
		if (len == 0 || len > KEY_AGENT_FRAME_MAX) {
			s->want = STREAM_CLOSE;
			return in.len;
		}
		if (in.len - PREFIX >= len) {
			if (!answer(c, span_head(span_from(in, PREFIX), len), out))
				s->want = STREAM_CLOSE;
			s->deadline = s->want == STREAM_LINGER ? now + KEY_AGENT_BEGIN_MS : DEADLINE_NEVER;
			return PREFIX + len;
		}
	}
	if (end || (s->draining && in.len == 0))
		s->want = STREAM_CLOSE;
	else if (in.len > 0 && s->deadline == DEADLINE_NEVER)
		s->deadline = now + KEY_AGENT_BEGIN_MS;
	return 0;
}

static void expired(struct stream *s, struct span in, struct builder *out, int64_t now)
{
	(void)in;
	(void)out;
	(void)now;
	s->want = STREAM_CLOSE;
}

static void gone(struct stream *s)
{
	struct connection *c = of(s);

	if (c->entered)
		c->agent->leave(c->agent, c->held, c->secrets);
	c->entered = false;
	c->secrets = NULL;
}

const struct stream_kind key_agent_kind = { sizeof(struct connection), start, step, expired, gone };
