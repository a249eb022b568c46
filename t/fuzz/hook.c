/* A call of the hook from the client: what is read becomes the same bytes again, and nothing that
   a hook could take for something else. */
#include <stdlib.h>
#include <string.h>

#include "acme/hook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void plain(const char *word)
{
	for (; *word; word++)
		must(*word >= ' ' && *word <= '~' && *word != '"' && *word != '\\');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hook_call call;
	unsigned char bytes[HOOK_CALL_MAX];
	enum hook_verb verb;
	struct builder b;

	if (!hook_read(&call, &verb, NULL, span_of(data, size)))
		return 0;
	builder_init(&b, bytes, sizeof bytes);
	hook_write(&b, verb, call.method, call.identifier, call.token, call.auth, call.record);
	must(span_eq(builder_span(&b), span_of(data, size)));
	must(strchr(call.identifier, '/') == NULL && strchr(call.token, '/') == NULL);
	plain(call.method);
	plain(call.identifier);
	plain(call.token);
	plain(call.auth);
	plain(call.record);
	return 0;
}
