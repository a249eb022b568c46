/*
 * What is asked of the guest agent, as JSON or as a query: the first byte says which. Whatever comes
 * of it, all its members can be asked for in every way.
 */
#include <stdlib.h>

#include "tee/agent_arguments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct agent_arguments a;

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void inside(struct span s, const uint8_t *data, size_t size)
{
	must(s.len == 0 || (s.p >= data && s.p + s.len <= data + size) ||
	     (s.p >= a.room && s.p + s.len <= a.room + sizeof a.room));
	/* Each byte is read. */
	for (size_t i = 0; i < s.len; i++)
		must(s.p[i] <= 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "path", "data", "alt_names", "usage_ra_tls", "not_after", "x" };
	struct json_value list, v = { NULL, -1 };
	struct span s;
	uint64_t n;
	bool flag, ok;

	if (size == 0)
		return 0;
	ok = data[0] & 1 ? agent_arguments_query(&a, span_of(data + 1, size - 1))
	                 : agent_arguments_json(&a, span_of(data + 1, size - 1));
	for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++) {
		if (agent_text(&a, names[i], &s))
			inside(s, data, size);
		if (agent_bytes(&a, names[i], &s))
			inside(s, data, size);
		agent_flag(&a, names[i], &flag);
		if (agent_number(&a, names[i], 1000, &flag, &n))
			must(n <= 1000);
		if (!agent_list(&a, names[i], &list))
			continue;
		v.at = -1;
		while (agent_list_next(&a, list, &v, &s))
			inside(s, data, size);
	}
	return 0;
}
