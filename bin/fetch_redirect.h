/* fetch_redirect: answers that send http-fetch elsewhere, and what goes there. */
#ifndef BIN_FETCH_REDIRECT_H
#define BIN_FETCH_REDIRECT_H

#include <string.h>

#include "base/ascii.h"
#include "fetch_options.h"
#include "tls/fetch.h"

static bool fetch_is_redirect(const struct http_response *head, struct span *location)
{
	return (head->status == 301 || head->status == 302 || head->status == 303 ||
	        head->status == 307 || head->status == 308) &&
	       http_response_field(head, "Location", 0, location);
}

/* The same scheme, host and port. */
static bool fetch_same_origin(const struct url *a, const struct url *b)
{
	if (a->https != b->https || a->port != b->port || a->host.len != b->host.len)
		return false;
	for (size_t i = 0; i < a->host.len; i++)
		if (ascii_lower(a->host.p[i]) != ascii_lower(b->host.p[i]))
			return false;
	return true;
}

/*
 * What a method becomes (RFC 9110, 15.4): 303 asks for another thing, and with 301 and 302
 * everybody makes a POST a GET.
 */
static void fetch_redirect_method(struct fetch_request *request, int status)
{
	bool see_other = status == 303 && strcmp(request->method, "HEAD") != 0;
	bool as_ever = status < 303 && strcmp(request->method, "POST") == 0;

	if (!see_other && !as_ever)
		return;
	request->method = "GET";
	request->has_body = false;
}

/*
 * Makes the request one to where the answer points. Another server gets no secrets, and
 * those that were left out once do not come back.
 */
static void fetch_redirect(struct fetch_request *request, struct fetch_options *o, int status,
                           struct span location)
{
	static unsigned char text[URL_MAX];
	struct url from, to;
	struct builder b;

	builder_init(&b, text, sizeof text);
	if (!url_resolve(&b, request->url, location) || !url_parse(&from, request->url) ||
	    !url_parse(&to, builder_span(&b)))
		prog_temp("redirect to what is no http: or https: URL: %s", prog_text(location));
	if (from.https && !to.https)
		prog_perm("redirect from https: to http: is not followed: %s", prog_text(location));
	if (!fetch_same_origin(&from, &to)) {
		if (o->has_via)
			prog_perm("redirect to another host than the socket's is not followed: %s",
			          prog_text(location));
		request->fields = builder_span(&o->fields.open);
	}
	fetch_redirect_method(request, status);
	memcpy(o->url, text, b.len);
	request->url = span_of(o->url, b.len);
}

#endif
