/* Lines of an access log. */
#include "net/access.h"

#include "base/log.h"

enum { WHERE_CAP = 255 };

void access_init(struct access *a)
{
	builder_init(&a->lines, a->text, sizeof a->text);
}

void access_add(struct access *a, struct span host, const char *class, int status,
                struct span where, int64_t us)
{
	struct builder *out = access_begin(a);

	if (!out)
		return;
	log_field(out, host, HTTP_HOST_MAX);
	builder_byte(out, ' ');
	builder_str(out, class);
	builder_byte(out, ' ');
	builder_number(out, (uint64_t)status);
	builder_byte(out, ' ');
	log_field(out, where, WHERE_CAP);
	builder_byte(out, ' ');
	builder_number(out, us > 0 ? (uint64_t)us : 0);
	access_end(a);
}

struct builder *access_begin(struct access *a)
{
	return a->on ? &a->lines : NULL;
}

void access_end(struct access *a)
{
	builder_byte(&a->lines, '\n');
	if (a->lines.cap - a->lines.len < ACCESS_LINE_MAX)
		a->flush(a);
}

void access_line(struct access *a, const struct http_request *request, const char *class,
                 int status, struct span where, int64_t us)
{
	access_add(a, request ? request->host : span_of(NULL, 0), class, status, where, us);
}
