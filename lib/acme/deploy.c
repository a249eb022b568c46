/* The deploy hook, and whether it was done. */
#include "acme/deploy.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "base/file.h"
#include "base/log.h"
#include "tls/store.h"

#define MARKER "deployed"

enum deploy_state deploy_state(int own, const char *version)
{
	unsigned char text[STORE_VERSION_MAX + 1];
	size_t len;

	switch (file_read(own, MARKER, text, sizeof text, &len)) {
	case FILE_MISSING:
		return DEPLOY_NEVER;
	case FILE_OK:
		if (len > 0 && text[len - 1] == '\n' && span_is(span_of(text, len - 1), version))
			return DEPLOY_DONE;
		break;
	case FILE_EXISTS:
	case FILE_TOO_LARGE:
	case FILE_WRONG_KIND:
	case FILE_ERROR:
		break;
	}
	return DEPLOY_MISSING;
}

static bool mark(int own, const char *version, struct builder *why)
{
	unsigned char text[STORE_VERSION_MAX + 1];
	enum file_result result;
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_str(&b, version);
	builder_byte(&b, '\n');
	result = file_replace(own, MARKER, 0644, builder_span(&b));
	if (result == FILE_OK)
		return true;
	builder_str(why, MARKER ": ");
	builder_str(why, file_strerror(result));
	return false;
}

static bool explain(struct builder *why, const char *hook, const char *what, int number)
{
	log_hostile(why, span_str(hook), 256);
	builder_str(why, ": ");
	builder_str(why, what);
	if (number >= 0)
		builder_number(why, (uint64_t)number);
	return false;
}

bool deploy_run(const char *hook, const char *name, const char *directory, int own,
                const char *version, int64_t deadline, struct builder *why)
{
	const char *const argv[] = { hook, name, directory, NULL };
	int status = 0;

	/* From here on it is known that there is one to be done. */
	if (deploy_state(own, version) == DEPLOY_NEVER && !mark(own, "none", why))
		return false;
	switch (child_run(argv, NULL, NULL, deadline, &status)) {
	case CHILD_EXITED:
		return status == 0 ? mark(own, version, why) : explain(why, hook, "exit status ", status);
	case CHILD_KILLED:
		return explain(why, hook, "ended by signal ", status);
	case CHILD_TIMEOUT:
		return explain(why, hook, "did not end in time", -1);
	case CHILD_ERROR:
		break;
	}
	return explain(why, hook, strerror(errno), -1);
}
