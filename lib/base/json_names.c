/* Names of members, sorted. */
#include "base/json_names.h"

#include "base/json_string.h"

/* Lists of 1, 2, 4 ... names: an object has no more than there are ints. */
enum { LISTS = 31 };

struct names {
	struct span text;
	struct json_token *tokens;
	bool twice;
};

static struct span between(const struct names *n, const struct json_token *t)
{
	return span_of(n->text.p + t->start, (size_t)(t->end - t->start));
}

/* FNV-1a over the characters a name means, however it is spelled. */
static int name_hash(struct span raw)
{
	uint32_t hash = 2166136261, c;

	while (json_string_next(&raw, &c))
		hash = (hash ^ c) * 16777619;
	return (int)(hash >> 1);
}

/* By hashes, and where those are equal, as they can be made to be, by the names. */
static int order(struct names *n, const struct json_token *a, const struct json_token *b)
{
	int r;

	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	r = json_string_order(between(n, a), between(n, b));
	n->twice = n->twice || r == 0;
	return r;
}

/* Of two sorted lists one. Equal names come to be held against each other, once both are in one list. */
static int merge(struct names *n, int a, int b)
{
	int head = -1, *end = &head;

	while (a >= 0 && b >= 0) {
		int *from = order(n, &n->tokens[a], &n->tokens[b]) < 0 ? &a : &b;

		*end = *from;
		end = &n->tokens[*from].next;
		*from = *end;
	}
	*end = a >= 0 ? a : b;
	return head;
}

bool json_names_differ(struct span text, struct json_token *tokens, int first)
{
	struct names n = { .text = text, .tokens = tokens };
	int list[LISTS], sorted = -1, next;

	for (int i = 0; i < LISTS; i++)
		list[i] = -1;
	for (int one = first; one >= 0; one = next) {
		int i = 0, more = one;

		next = tokens[one].next;
		tokens[one].next = -1;
		tokens[one].size = name_hash(between(&n, &tokens[one]));
		for (; i < LISTS - 1 && list[i] >= 0; i++) {
			more = merge(&n, list[i], more);
			list[i] = -1;
		}
		list[i] = i == LISTS - 1 ? merge(&n, list[i], more) : more;
	}
	for (int i = 0; i < LISTS; i++)
		sorted = merge(&n, list[i], sorted);
	for (; sorted >= 0; sorted = next) {
		next = tokens[sorted].next;
		tokens[sorted].next = -1;
		tokens[sorted].size = 0;
	}
	return !n.twice;
}
