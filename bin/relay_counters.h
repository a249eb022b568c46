/* relay_counters: the relay's counters, in a file or not, or the end of the program. */
#ifndef BIN_RELAY_COUNTERS_H
#define BIN_RELAY_COUNTERS_H

#include <errno.h>
#include <string.h>

#include "base/prog.h"
#include "relay/counters.h"

static struct counters *relay_counters_open(const char *file)
{
	struct counters *counters = counters_open(file);
	const char *what = file ? prog_text(span_str(file)) : "counters";

	if (!counters && (errno == ENOMEM || errno == ENOSPC || errno == EMFILE || errno == ENFILE))
		prog_temp("%s: %s", what, strerror(errno));
	if (!counters && errno == EINVAL)
		prog_perm("%s: not a metrics file of this version", what);
	if (!counters)
		prog_perm("%s: %s", what, strerror(errno));
	return counters;
}

#endif
