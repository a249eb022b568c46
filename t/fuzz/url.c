/*
 * URLs: what is taken lies inside the text and can stand in a request; what is
 * resolved is a URL, and resolving it again changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "net/http.h"
#include "net/http_class.h"
#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void look(struct span text)
{
	unsigned char storage[URL_MAX + 16];
	struct url u;
	struct span host;
	struct builder b;
	bool is_address;
	uint16_t port;

	if (!url_parse(&u, text))
		return;
	must(u.port > 0 && u.host.len > 0 && u.host.len <= HTTP_HOST_MAX);
	must(u.host.p > text.p && u.host.p + u.host.len <= text.p + text.len);
	must(u.path.len > 0 && u.path.p[0] == '/' && (u.query.len == 0 || u.query.p[0] == '?'));
	must(http_class_span(u.path, HTTP_CLASS_TARGET) == u.path.len);
	must(http_class_span(u.query, HTTP_CLASS_TARGET) == u.query.len);
	builder_init(&b, storage, sizeof storage);
	url_write_host(&b, &u);
	must(http_host_parse(builder_span(&b), &host, &is_address, &port) && span_eq(host, u.host) &&
	     is_address == u.host_is_address && (port == 0 || port == u.port));
}

/* The text is a base up to its first space, then a reference; or, without one, a reference alone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char storage[URL_MAX], again[URL_MAX];
	struct span text = span_of(data, size), base, reference;
	struct builder b, c;
	size_t n = span_find(text, ' ');

	look(text);
	base = n < size ? span_head(text, n) : span_str("https://a.test:8443/b/c/d?e");
	reference = n < size ? span_from(text, n + 1) : text;
	look(base);
	builder_init(&b, storage, sizeof storage);
	if (!url_resolve(&b, base, reference)) {
		must(b.len == 0);
		return 0;
	}
	look(builder_span(&b));
	must(span_find(builder_span(&b), '#') == b.len);
	builder_init(&c, again, sizeof again);
	must(url_resolve(&c, base, builder_span(&b)));
	/* Dots in a base's own path stay when the reference is empty, and go when it is absolute. */
	must(c.len <= b.len);
	return 0;
}
