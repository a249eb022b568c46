/* Members of objects of JSON. */
#include "tee/agent_json.h"

#include "base/hex.h"
#include "base/json.h"

void agent_put(struct builder *out, const char *name)
{
	unsigned char last = out->len > 0 ? out->p[out->len - 1] : '{';

	if (last != '{' && last != '[')
		builder_byte(out, ',');
	json_write_string(out, span_str(name));
	builder_byte(out, ':');
}

void agent_put_hex(struct builder *out, const char *name, struct span bytes)
{
	agent_put(out, name);
	builder_byte(out, '"');
	hex_encode(out, bytes);
	builder_byte(out, '"');
}

void agent_put_text(struct builder *out, const char *name, struct span text)
{
	agent_put(out, name);
	json_write_string(out, text);
}
