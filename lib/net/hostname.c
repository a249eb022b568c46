/* Names of hosts. */
#include "net/hostname.h"

#include "base/ascii.h"

bool hostname_label_ok(struct span label)
{
	if (label.len == 0 || label.len > HOSTNAME_LABEL_MAX)
		return false;
	if (label.p[0] == '-' || label.p[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!ascii_alnum(label.p[i]) && label.p[i] != '-')
			return false;
	return true;
}

bool hostname_ok(struct span name)
{
	struct span label = { NULL, 0 };
	uint64_t number;

	if (name.len == 0 || name.len > HOSTNAME_MAX)
		return false;
	while (span_split(&name, '.', &label))
		if (!hostname_label_ok(label))
			return false;
	return !span_number(label, UINT64_MAX, &number);
}

struct span hostname_fold(char text[HOSTNAME_MAX + 1], struct span name)
{
	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	if (!hostname_ok(name))
		name.len = 0;
	for (size_t i = 0; i < name.len; i++)
		text[i] = (char)ascii_lower(name.p[i]);
	text[name.len] = 0;
	return span_of(text, name.len);
}

struct span hostname_parent(struct span name)
{
	return span_from(name, span_find(name, '.') + 1);
}
