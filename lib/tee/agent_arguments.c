/* What a caller of the guest agent's interface asks for. */
#include "tee/agent_arguments.h"

#include "base/hex.h"
#include "net/query.h"

static void start(struct agent_arguments *a, bool from_query)
{
	a->from_query = from_query;
	a->wrong = NULL;
	builder_init(&a->scratch, a->room, sizeof a->room);
}

static bool read_object(struct agent_arguments *a, struct span text)
{
	return json_read(&a->doc, text, a->tokens, AGENT_ARGUMENTS) &&
	       json_type(json_root(&a->doc)) == JSON_OBJECT;
}

static bool is_blank(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!memchr(" \t\r\n", text.p[i], 4))
			return false;
	return true;
}

bool agent_arguments_json(struct agent_arguments *a, struct span text)
{
	start(a, false);
	return read_object(a, is_blank(text) ? span_str("{}") : text);
}

/* The one member that is a list. */
static bool is_list(struct span name)
{
	return span_is(name, "alt_names") || span_is(name, "alt_names[]");
}

/*
 * The members of one kind, as JSON. Strings grow at most sixfold, and a query is as long as a
 * request line.
 */
static bool write_pairs(struct agent_arguments *a, struct builder *out, struct span query, bool lists)
{
	struct span name, value;
	bool bad = false;

	while (query_next(&query, &a->scratch, &name, &value, &bad)) {
		if (is_list(name) != lists)
			continue;
		if (out->p[out->len - 1] != '{' && out->p[out->len - 1] != '[')
			builder_byte(out, ',');
		if (!lists) {
			json_write_string(out, name);
			builder_byte(out, ':');
		}
		json_write_string(out, value);
	}
	return !bad;
}

bool agent_arguments_query(struct agent_arguments *a, struct span query)
{
	struct builder text;
	bool ok;

	start(a, true);
	/* The first half is for the text that is made, the second for what is decoded. */
	builder_init(&text, a->room, sizeof a->room / 2);
	builder_init(&a->scratch, a->room + sizeof a->room / 2, sizeof a->room / 2);
	builder_byte(&text, '{');
	ok = write_pairs(a, &text, query, false);
	builder_str(&text, text.len > 1 ? ",\"alt_names\":[" : "\"alt_names\":[");
	ok = ok && write_pairs(a, &text, query, true);
	builder_str(&text, "]}");
	return ok && builder_ok(&text) && read_object(a, builder_span(&text));
}

/* Absent too for null. */
static struct json_value member(struct agent_arguments *a, const char *name)
{
	struct json_value v = json_member(json_root(&a->doc), name);

	if (json_type(v) == JSON_NULL)
		v.at = -1;
	return v;
}

static bool wrong(struct agent_arguments *a, const char *name)
{
	a->wrong = name;
	return false;
}

bool agent_text(struct agent_arguments *a, const char *name, struct span *text)
{
	struct json_value v = member(a, name);

	*text = span_str("");
	return json_type(v) == JSON_ABSENT || json_text(v, &a->scratch, text) || wrong(a, name);
}

bool agent_bytes(struct agent_arguments *a, const char *name, struct span *bytes)
{
	struct span text;
	size_t at;

	if (!agent_text(a, name, &text))
		return false;
	if (span_starts(text, "0x"))
		text = span_from(text, 2);
	at = a->scratch.len;
	if (!hex_decode(&a->scratch, text))
		return wrong(a, name);
	*bytes = span_from(builder_span(&a->scratch), at);
	return true;
}

bool agent_flag(struct agent_arguments *a, const char *name, bool *flag)
{
	struct json_value v = member(a, name);

	*flag = false;
	if (json_type(v) == JSON_ABSENT || json_boolean(v, flag))
		return true;
	if (!a->from_query)
		return wrong(a, name);
	*flag = json_is(v, "true") || json_is(v, "1");
	return *flag || json_is(v, "false") || json_is(v, "0") || wrong(a, name);
}

bool agent_number(struct agent_arguments *a, const char *name, uint64_t max, bool *there,
                  uint64_t *number)
{
	struct json_value v = member(a, name);
	struct span text;

	*there = json_type(v) != JSON_ABSENT;
	*number = 0;
	if (!*there || json_number(v, max, number))
		return true;
	return (json_text(v, &a->scratch, &text) && span_number(text, max, number)) || wrong(a, name);
}

bool agent_list(struct agent_arguments *a, const char *name, struct json_value *list)
{
	struct json_value v = member(a, name);

	*list = v;
	if (json_type(v) == JSON_ABSENT)
		return true;
	if (json_type(v) != JSON_ARRAY)
		return wrong(a, name);
	for (struct json_value i = json_first(v); json_type(i) != JSON_ABSENT; i = json_next(v, i))
		if (json_type(i) != JSON_STRING)
			return wrong(a, name);
	return true;
}

bool agent_list_next(struct agent_arguments *a, struct json_value list, struct json_value *v,
                     struct span *text)
{
	*v = json_type(*v) == JSON_ABSENT ? json_first(list) : json_next(list, *v);
	/* What is no text (a NUL, half a pair) is no name of anything either: it stays empty. */
	*text = span_str("");
	if (json_type(*v) == JSON_STRING && !json_text(*v, &a->scratch, text))
		*text = span_str("");
	return json_type(*v) != JSON_ABSENT;
}
