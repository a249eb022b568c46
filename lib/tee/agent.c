/* The guest agent's methods, found and answered. */
#include "tee/agent.h"

#include "tee/agent_json.h"
#include "tee/agent_parts.h"

enum form { NEW = 1, OLD = 2, BOTH = NEW | OLD };

static const struct {
	const char *name;
	enum agent_method method;
	enum form form;
} methods[] = {
	{ "GetTlsKey", AGENT_GET_TLS_KEY, BOTH },
	{ "GetKey", AGENT_GET_KEY, BOTH },
	{ "GetQuote", AGENT_GET_QUOTE, BOTH },
	{ "Attest", AGENT_ATTEST, BOTH },
	{ "Info", AGENT_INFO, BOTH },
	{ "GpuInfo", AGENT_GPU_INFO, BOTH },
	{ "Sign", AGENT_SIGN, BOTH },
	{ "Verify", AGENT_VERIFY, BOTH },
	{ "EmitEvent", AGENT_EMIT_EVENT, BOTH },
	{ "Version", AGENT_GET_VERSION, BOTH },
	{ "DeriveKey", AGENT_DERIVE_KEY, OLD },
	{ "DeriveK256Key", AGENT_DERIVE_K256_KEY, OLD },
	{ "TdxQuote", AGENT_TDX_QUOTE, OLD },
	{ "RawQuote", AGENT_RAW_QUOTE, OLD },
};

/* Takes a prefix off the front. */
static bool skip(struct span *path, const char *prefix)
{
	bool there = span_starts(*path, prefix);

	if (there)
		*path = span_from(*path, strlen(prefix));
	return there;
}

bool agent_find(struct span path, enum agent_method *method)
{
	enum form form = NEW;

	if (skip(&path, "/prpc/")) {
		form = OLD;
		skip(&path, "Tappd.");
	} else if (!skip(&path, "/")) {
		return false;
	}
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (methods[i].form & form && span_is(path, methods[i].name)) {
			*method = methods[i].method;
			return true;
		}
	return false;
}

bool agent_writes(enum agent_method method)
{
	return method == AGENT_EMIT_EVENT;
}

bool agent_fail(struct agent *a, const char *what, const char *why)
{
	struct builder b;

	builder_init(&b, a->why, sizeof a->why);
	builder_add(&b, span_head(span_str(what), AGENT_ERROR_MAX / 4));
	if (why) {
		builder_str(&b, ": ");
		builder_add(&b, span_head(span_str(why), AGENT_ERROR_MAX / 2));
	}
	(void)builder_cstr(&b);
	return false;
}

bool agent_wrong(struct agent *a)
{
	return agent_fail(a, "invalid argument", a->arguments->wrong);
}

static bool version(struct agent *a)
{
	builder_byte(a->out, '{');
	agent_put_text(a->out, "version", span_str(AGENT_VERSION));
	agent_put_text(a->out, "rev", span_str(AGENT_REVISION));
	builder_byte(a->out, '}');
	return true;
}

/* No driver of ours asks a GPU: what the original says without one. */
static bool gpu_info(struct agent *a)
{
	builder_str(a->out, "{\"attestation\":\"\"}");
	return true;
}

static bool call(struct agent *a, enum agent_method method)
{
	switch (method) {
	case AGENT_GET_TLS_KEY:
		return agent_get_tls_key(a);
	case AGENT_GET_KEY:
		return agent_get_key(a);
	case AGENT_GET_QUOTE:
		return agent_get_quote(a);
	case AGENT_ATTEST:
		return agent_attest(a);
	case AGENT_INFO:
		return agent_info(a);
	case AGENT_GPU_INFO:
		return gpu_info(a);
	case AGENT_SIGN:
		return agent_sign_data(a);
	case AGENT_VERIFY:
		return agent_verify_data(a);
	case AGENT_EMIT_EVENT:
		return agent_emit_event(a);
	case AGENT_GET_VERSION:
		return version(a);
	case AGENT_DERIVE_KEY:
		return agent_derive_key(a);
	case AGENT_DERIVE_K256_KEY:
		return agent_derive_k256_key(a);
	case AGENT_TDX_QUOTE:
		return agent_tdx_quote(a);
	case AGENT_RAW_QUOTE:
		return agent_raw_quote(a);
	}
	return agent_fail(a, "no such method", NULL);
}

int agent_refuse(struct agent *a, const char *why)
{
	a->out->len = 0;
	a->out->overflow = false;
	builder_str(a->out, "{\n  \"error\": ");
	json_write_string(a->out, span_str(why));
	builder_str(a->out, "\n}");
	return 400;
}

int agent_answer(struct agent *a, enum agent_method method)
{
	a->why[0] = '\0';
	if (!call(a, method))
		return agent_refuse(a, a->why);
	return builder_ok(a->out) ? 200 : agent_refuse(a, "the answer is too long");
}
