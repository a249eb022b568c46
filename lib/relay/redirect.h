/*
 * redirect: what the relay answers, as rules without I/O.
 */
#ifndef RELAY_REDIRECT_H
#define RELAY_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/http.h"
#include "net/httpd.h"
#include "relay/counters.h"
#include "relay/domain.h"

/* What becomes of a custom domain's requests that are no challenges. */
enum redirect_other {
	REDIRECT_APP,  /* redirected to the app, as challenges are */
	REDIRECT_SELF, /* 308 to the same address with https: */
	REDIRECT_DENY  /* 404 */
};

struct redirect_rules {
	int status;                /* 301, 302, 307 or 308 */
	enum redirect_other other;
	bool port_from_record;     /* the app's port is that of its record; 80 and 443 give no suffix */
	uint16_t port;             /* else this one; 80 gives no suffix, nor 443 with 's' */
	char suffix;               /* 's', 'g' (the gateway's naming) or 0 */
};

/* The class of a request's path. */
enum counters_path redirect_path(struct span path);

/*
 * The request's host when it can be a custom domain: a host name with a dot,
 * folded into `text`; else empty.
 */
struct span redirect_host(char text[HOSTNAME_MAX + 1], const struct http_request *request);

/*
 * The answer depends on whose host it is: false for what is not found anywhere, a path
 * below the challenges' that is none, and the "*" of OPTIONS.
 */
bool redirect_needs_domain(const struct http_request *request);

/*
 * Appends the host of the app's HTTPS endpoint, ID[-[PORT][SUFFIX]].GATEWAY.
 * False when that is no host name (its first label or all of it is too long).
 */
bool redirect_app_host(struct builder *out, const struct redirect_rules *rules,
                       const struct domain *domain);

/* Appends the URL that a request for `path` and `query` is sent to; as above. */
bool redirect_url(struct builder *out, const struct redirect_rules *rules,
                  const struct domain *domain, struct span path, struct span query);

/*
 * The answer to `request` for the custom domain `host`, of which `domain` was
 * found (NULL: the resolver is too busy to look). Text and Location are built in `storage`.
 * False when the domain turned out to be none, and the request is not a
 * challenge: it is to be answered as for any other host.
 */
bool redirect_answer(const struct redirect_rules *rules, const struct http_request *request,
                     struct span host, const struct domain *domain, struct httpd_reply *reply,
                     struct builder *storage);

/* redirect_answer() sends the request to the app, if that has a host name. */
bool redirect_to_app(const struct redirect_rules *rules, const struct http_request *request,
                     const struct domain *domain);

/* The answer on a host that is no custom domain: /health, /metrics, / and 404 for the rest. */
void redirect_local(const struct http_request *request, const struct counters *counters,
                    struct httpd_reply *reply, struct builder *storage);

#endif
