/*
 * counters: the relay's figures, in memory that processes can share, and
 * their Prometheus text (exposition format 0.0.4).
 *
 * Every figure is a 64-bit word that is only ever added to atomically, so a
 * process a connection, several workers and a reader need no lock. Labels are
 * from fixed sets: nothing a client sends becomes one.
 */
#ifndef RELAY_COUNTERS_H
#define RELAY_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/serve.h"
#include "relay/resolver.h"

enum counters_method {
	COUNTERS_GET, COUNTERS_HEAD, COUNTERS_POST, COUNTERS_PUT, COUNTERS_DELETE, COUNTERS_PATCH,
	COUNTERS_OPTIONS, COUNTERS_METHOD_OTHER, COUNTERS_METHODS
};

enum counters_path {
	COUNTERS_ACME, COUNTERS_HEALTH, COUNTERS_METRICS, COUNTERS_ROOT, COUNTERS_OTHER,
	COUNTERS_INVALID, COUNTERS_PATHS
};

enum { COUNTERS_STATUSES = 20, COUNTERS_BUCKETS = 12 };

struct counters {
	uint64_t magic, size; /* of this layout */
	uint64_t requests[COUNTERS_METHODS][COUNTERS_PATHS][COUNTERS_STATUSES];
	uint64_t duration[COUNTERS_BUCKETS + 1]; /* requests by the first bound they do not exceed */
	uint64_t duration_us;                    /* all durations added up */
	uint64_t redirects, redirects_failed;
	struct serve_counts serve;
	struct resolver_counts resolver;
};

/*
 * Figures in memory shared with every process forked later, or, with a path,
 * in that file, which is made when it is not there and shared with everybody
 * who has it open. NULL with errno; EINVAL for a file that is something else.
 */
struct counters *counters_open(const char *path);

/* The class of a method and the name of a path class. */
enum counters_method counters_method(struct span method);
const char *counters_path_name(enum counters_path path);

/* A request was answered after `us` microseconds. */
void counters_request(struct counters *c, enum counters_method method, enum counters_path path,
                      int status, int64_t us);

/* A custom domain's request was to be redirected, and was or was not. */
void counters_redirect(struct counters *c, bool success);

/* Appends everything as text; figures of requests that never came are left out. */
void counters_print(const struct counters *c, struct builder *out);

#endif
