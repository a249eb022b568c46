/* Figures in shared memory, and their text. */
#include "relay/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t magic = 0x31746e756f436e50;

static const char *const methods[COUNTERS_METHODS] = {
	"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "other",
};

static const char *const paths[COUNTERS_PATHS] = {
	"/.well-known/acme-challenge", "/health", "/metrics", "/", "other", "invalid",
};

/* The last one stands for all others. */
static const int statuses[COUNTERS_STATUSES] = {
	200, 204, 301, 302, 307, 308, 400, 404, 405, 408, 414, 431, 500, 501, 502, 503, 504, 505, 101, 0,
};

/* The upper bounds of the histogram, in microseconds and as text in seconds. */
static const struct {
	int64_t us;
	const char *s;
} bounds[COUNTERS_BUCKETS] = {
	{ 50, "0.00005" }, { 100, "0.0001" }, { 500, "0.0005" }, { 1000, "0.001" },
	{ 5000, "0.005" }, { 10000, "0.01" }, { 50000, "0.05" }, { 100000, "0.1" },
	{ 500000, "0.5" }, { 1000000, "1" }, { 2500000, "2.5" }, { 5000000, "5" },
};

/*
 * A new file is empty; whoever makes it its size, it ends up the same. It gets
 * its blocks, too: on a full disk, the first figure would otherwise be a SIGBUS.
 */
static bool prepare(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode) && st.st_size == 0) {
		errno = posix_fallocate(fd, 0, sizeof(struct counters));
		return errno != ENOSPC && errno != EDQUOT && ftruncate(fd, sizeof(struct counters)) == 0;
	}
	errno = EINVAL;
	return S_ISREG(st.st_mode) && st.st_size == sizeof(struct counters);
}

/* Several processes may do this to a new file at once: the magic is there last. */
static bool claim(struct counters *c)
{
	uint64_t found = __atomic_load_n(&c->magic, __ATOMIC_ACQUIRE);

	if (found == 0) {
		__atomic_store_n(&c->size, sizeof *c, __ATOMIC_RELAXED);
		__atomic_store_n(&c->magic, magic, __ATOMIC_RELEASE);
	} else if (found != magic || c->size != sizeof *c) {
		return false;
	}
	return true;
}

struct counters *counters_open(const char *path)
{
	int fd = -1, flags = MAP_SHARED | MAP_ANONYMOUS;
	struct counters *c;

	if (path) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
		if (fd < 0)
			return NULL;
		if (!prepare(fd)) {
			close(fd);
			return NULL;
		}
		flags = MAP_SHARED;
	}
	c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (fd >= 0)
		close(fd);
	if (c == MAP_FAILED)
		return NULL;
	if (!claim(c)) {
		munmap(c, sizeof *c);
		errno = EINVAL;
		return NULL;
	}
	return c;
}

enum counters_method counters_method(struct span method)
{
	for (int i = 0; i < COUNTERS_METHOD_OTHER; i++)
		if (span_is(method, methods[i]))
			return (enum counters_method)i;
	return COUNTERS_METHOD_OTHER;
}

const char *counters_path_name(enum counters_path path)
{
	static const char *const names[COUNTERS_PATHS] = {
		"acme", "health", "metrics", "root", "other", "invalid",
	};

	return names[path];
}

static void add(uint64_t *figure, uint64_t n)
{
	__atomic_fetch_add(figure, n, __ATOMIC_RELAXED);
}

static uint64_t figure(const uint64_t *f)
{
	return __atomic_load_n(f, __ATOMIC_RELAXED);
}

void counters_request(struct counters *c, enum counters_method method, enum counters_path path,
                      int status, int64_t us)
{
	int s = 0, bucket = 0;

	while (s < COUNTERS_STATUSES - 1 && statuses[s] != status)
		s++;
	while (bucket < COUNTERS_BUCKETS && us > bounds[bucket].us)
		bucket++;
	add(&c->requests[method][path][s], 1);
	add(&c->duration[bucket], 1);
	add(&c->duration_us, us > 0 ? (uint64_t)us : 0);
}

void counters_redirect(struct counters *c, bool success)
{
	add(success ? &c->redirects : &c->redirects_failed, 1);
}

static void family(struct builder *out, const char *name, const char *type, const char *help)
{
	builder_str(out, "# HELP ");
	builder_str(out, name);
	builder_byte(out, ' ');
	builder_str(out, help);
	builder_str(out, "\n# TYPE ");
	builder_str(out, name);
	builder_byte(out, ' ');
	builder_str(out, type);
	builder_byte(out, '\n');
}

static void sample(struct builder *out, const char *name, const char *labels, uint64_t value)
{
	builder_str(out, name);
	builder_str(out, labels);
	builder_byte(out, ' ');
	builder_number(out, value);
	builder_byte(out, '\n');
}

static void print_request(struct builder *out, int method, int path, int status, uint64_t value)
{
	builder_str(out, "http_requests_total{method=\"");
	builder_str(out, methods[method]);
	builder_str(out, "\",path=\"");
	builder_str(out, paths[path]);
	builder_str(out, "\",status=\"");
	if (statuses[status])
		builder_number(out, (uint64_t)statuses[status]);
	else
		builder_str(out, "other");
	sample(out, "\"}", "", value);
}

static void print_requests(const struct counters *c, struct builder *out)
{
	family(out, "http_requests_total", "counter", "Requests answered.");
	for (int m = 0; m < COUNTERS_METHODS; m++)
		for (int p = 0; p < COUNTERS_PATHS; p++)
			for (int s = 0; s < COUNTERS_STATUSES; s++)
				if (figure(&c->requests[m][p][s]) > 0)
					print_request(out, m, p, s, figure(&c->requests[m][p][s]));
}

static void print_durations(const struct counters *c, struct builder *out)
{
	uint64_t sum = 0, us = figure(&c->duration_us);

	family(out, "http_request_duration_seconds", "histogram",
	       "From a complete request head to its answer.");
	for (int i = 0; i < COUNTERS_BUCKETS; i++) {
		sum += figure(&c->duration[i]);
		builder_str(out, "http_request_duration_seconds_bucket{le=\"");
		builder_str(out, bounds[i].s);
		sample(out, "\"}", "", sum);
	}
	sum += figure(&c->duration[COUNTERS_BUCKETS]);
	sample(out, "http_request_duration_seconds_bucket", "{le=\"+Inf\"}", sum);
	builder_str(out, "http_request_duration_seconds_sum ");
	builder_number(out, us / 1000000);
	builder_byte(out, '.');
	for (uint64_t digit = 100000; digit > 0; digit /= 10)
		builder_byte(out, (unsigned char)('0' + us / digit % 10));
	builder_byte(out, '\n');
	sample(out, "http_request_duration_seconds_count", "", sum);
}

static void print_dns(const struct resolver_counts *r, struct builder *out)
{
	static const char *const labels[3][3] = {
		{ "{type=\"combined\",status=\"success\"}", "{type=\"combined\",status=\"none\"}",
		  "{type=\"combined\",status=\"failure\"}" },
		{ "{type=\"txt\",status=\"success\"}", "{type=\"txt\",status=\"none\"}",
		  "{type=\"txt\",status=\"failure\"}" },
		{ "{type=\"cname\",status=\"success\"}", "{type=\"cname\",status=\"none\"}",
		  "{type=\"cname\",status=\"failure\"}" },
	};

	family(out, "dns_lookups_total", "counter",
	       "Searches for a custom domain (combined) and the questions they asked.");
	for (int i = 0; i < 3; i++)
		sample(out, "dns_lookups_total", labels[0][i], figure(&r->lookups[i]));
	for (int t = 0; t < 2; t++)
		for (int i = 0; i < 3; i++)
			sample(out, "dns_lookups_total", labels[t + 1][i], figure(&r->asked[t][i]));
	family(out, "dns_cache_total", "counter", "Custom domains asked for, by where the answer was.");
	sample(out, "dns_cache_total", "{result=\"hit\"}", figure(&r->hits));
	sample(out, "dns_cache_total", "{result=\"miss\"}", figure(&r->misses));
	sample(out, "dns_cache_total", "{result=\"joined\"}", figure(&r->joined));
	family(out, "dns_cache_evicted_total", "counter", "Names dropped to make room for newer ones.");
	sample(out, "dns_cache_evicted_total", "", figure(&r->evicted));
}

static void print_connections(const struct serve_counts *s, struct builder *out)
{
	int64_t open = __atomic_load_n(&s->open, __ATOMIC_RELAXED);

	family(out, "connections_total", "counter", "Connections, by what became of them.");
	sample(out, "connections_total", "{result=\"accepted\"}", figure(&s->accepted));
	sample(out, "connections_total", "{result=\"refused\"}", figure(&s->refused));
	sample(out, "connections_total", "{result=\"evicted\"}", figure(&s->evicted));
	sample(out, "connections_total", "{result=\"error\"}", figure(&s->accept_errors));
	family(out, "connections_open", "gauge", "Connections open now.");
	sample(out, "connections_open", "", open > 0 ? (uint64_t)open : 0);
}

void counters_print(const struct counters *c, struct builder *out)
{
	print_requests(c, out);
	print_durations(c, out);
	print_dns(&c->resolver, out);
	family(out, "redirects_total", "counter", "Requests for a custom domain, redirected or not.");
	sample(out, "redirects_total", "{status=\"success\"}", figure(&c->redirects));
	sample(out, "redirects_total", "{status=\"failure\"}", figure(&c->redirects_failed));
	print_connections(&c->serve, out);
}
