/* What is said of a store that cannot be used. */
#include "acme/issuance.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

static struct issuance issuance;
static struct name_set names;

static void refused(const char *store, bool lock, enum acme_result expected)
{
	struct issuance_setting setting = { .store = store, .names = &names };
	unsigned char bytes[1024];
	struct builder why;
	const char *text;

	builder_init(&why, bytes, sizeof bytes - 1);
	setting.session.deadline = deadline_in(1000);
	check(issuance_open(&issuance, &setting, lock, &why) == expected, "a store that is none");
	text = builder_cstr(&why);
	check(text && strncmp(text, store, strlen(store)) == 0 && strstr(text, ": a.test: "),
	      "which one, and for which name: %s", text ? text : "");
}

int main(void)
{
	char place[] = "/tmp/postern-issuance-XXXXXX", path[64];
	struct store holder;

	name_set_add(&names, span_str("a.test"));
	if (!mkdtemp(place))
		return 1;
	snprintf(path, sizeof path, "%s/none", place);
	refused(path, true, ACME_PERM);
	refused(path, false, ACME_PERM);
	check(store_lock(&holder, place, span_str("a.test"), 0) == STORE_OK, "somebody else");
	refused(place, true, ACME_TEMP);
	unlinkat(holder.own, "lock", 0);
	unlinkat(holder.dir, ".a.test", AT_REMOVEDIR);
	store_close(&holder);
	check(rmdir(place) == 0, "nothing else was made");
	return tap_end();
}
