/* Paths: steps are taken off the front, and gone. */
#include "base/json_path.h"

#include <limits.h>

#include "base/ascii.h"
#include "base/json_string.h"

struct step {
	bool is_index, from_end;
	uint64_t index;
	struct span name; /* as between the quotes of a JSON string */
};

static bool in_name(unsigned char c)
{
	return ascii_alnum(c) || c == '_' || c == '-';
}

/* A JSON string off the front, without its quotes. */
static bool take_quoted(struct span *rest, struct span *name)
{
	size_t n = 1;

	while (n < rest->len && rest->p[n] != '"')
		n += rest->p[n] == '\\' ? 2 : 1;
	if (n >= rest->len)
		return false;
	*name = span_of(rest->p + 1, n - 1);
	*rest = span_from(*rest, n + 1);
	return json_string_ok(*name);
}

static bool take_index(struct span *rest, struct step *step)
{
	size_t n = 0;

	step->is_index = true;
	step->from_end = span_starts(*rest, "-");
	if (step->from_end)
		*rest = span_from(*rest, 1);
	while (n < rest->len && ascii_digit(rest->p[n]))
		n++;
	if (!span_number(span_head(*rest, n), INT_MAX, &step->index))
		return false;
	*rest = span_from(*rest, n);
	return true;
}

/* Behind a dot. */
static bool take_name(struct span *rest, struct step *step)
{
	size_t n = 0;

	if (span_starts(*rest, "\""))
		return take_quoted(rest, &step->name);
	while (n < rest->len && in_name(rest->p[n]))
		n++;
	step->name = span_head(*rest, n);
	*rest = span_from(*rest, n);
	return n > 0;
}

/* Behind an opening bracket. */
static bool take_bracket(struct span *rest, struct step *step)
{
	bool good = span_starts(*rest, "\"") ? take_quoted(rest, &step->name) : take_index(rest, step);

	good = good && span_starts(*rest, "]");
	*rest = span_from(*rest, 1);
	return good;
}

/* A step off the front of a path that has one. */
static bool take_step(struct span *rest, struct step *step)
{
	unsigned char c = rest->p[0];

	*step = (struct step){ .is_index = false };
	*rest = span_from(*rest, 1);
	return c == '.' ? take_name(rest, step) : c == '[' && take_bracket(rest, step);
}

/* Without the dot that is no step's. */
static struct span without_root(struct span path)
{
	return span_is(path, ".") || span_starts(path, ".[") ? span_from(path, 1) : path;
}

bool json_path_ok(struct span path)
{
	struct span rest = without_root(path);
	struct step step;

	if (path.len == 0 || path.len > JSON_PATH_MAX)
		return false;
	while (rest.len > 0)
		if (!take_step(&rest, &step))
			return false;
	return true;
}

static struct json_value absent_of(struct json_value v)
{
	return (struct json_value){ v.in, -1 };
}

static struct json_value element(struct json_value array, const struct step *step)
{
	uint64_t n = json_count(array), at = step->index;
	struct json_value v;

	if (json_type(array) != JSON_ARRAY || at > n || (step->from_end && at == 0))
		return absent_of(array);
	if (step->from_end)
		at = n - at;
	for (v = json_first(array); at > 0 && v.at >= 0; at--)
		v = json_next(array, v);
	return v;
}

/* Between the quotes. */
static struct span inside(struct json_value string)
{
	struct span source = json_source(string);

	return span_of(source.p + 1, source.len - 2);
}

static struct json_value member(struct json_value object, struct span name)
{
	struct json_value v;

	if (json_type(object) != JSON_OBJECT)
		return absent_of(object);
	for (v = json_first(object); v.at >= 0; v = json_next(object, v))
		if (json_string_same(inside(json_name(object, v)), name))
			return v;
	return v;
}

struct json_value json_path_find(struct json_value root, struct span path)
{
	struct span rest = without_root(path);
	struct step step;

	while (rest.len > 0 && json_type(root) != JSON_ABSENT) {
		if (!take_step(&rest, &step))
			return absent_of(root);
		root = step.is_index ? element(root, &step) : member(root, step.name);
	}
	return root;
}
