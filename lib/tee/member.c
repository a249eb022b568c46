/* Members of Intel's JSON documents. */
#include "tee/member.h"

#include "base/hex.h"
#include "base/utc.h"

bool member_plain(struct json_value string, struct span *text)
{
	struct span source = json_source(string);

	if (json_type(string) != JSON_STRING || span_find(source, '\\') != source.len)
		return false;
	*text = span_of(source.p + 1, source.len - 2);
	return true;
}

bool member_text(struct json_value object, const char *name, struct span *text)
{
	return member_plain(json_member(object, name), text);
}

bool member_hex(struct json_value object, const char *name, unsigned char *bytes, size_t len)
{
	struct builder b;
	struct span text;

	builder_init(&b, bytes, len);
	return member_text(object, name, &text) && text.len == 2 * len && hex_decode(&b, text);
}

bool member_time(struct json_value object, const char *name, int64_t *unix_s)
{
	struct span text;

	return member_text(object, name, &text) && utc_parse(text, unix_s);
}

bool member_number(struct json_value object, const char *name, uint64_t max, uint64_t *number)
{
	return json_number(json_member(object, name), max, number);
}

bool member_array(struct json_value object, const char *name, struct json_value *array)
{
	*array = json_member(object, name);
	return json_type(*array) == JSON_ARRAY;
}
