/*
 * chal_dns: what the hooks for DNS challenges share: which record is meant, and
 * waiting until it is seen.
 *
 *   dns-01, dns-account-01   auth is the SHA-256 of a key authorization, in base64url
 *   dns-persist-01           no token; auth is the record's text; the record stays
 */
#ifndef BIN_CHAL_DNS_H
#define BIN_CHAL_DNS_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/builder.h"
#include "base/deadline.h"
#include "base/prog.h"
#include "chal.h"
#include "net/addr.h"
#include "net/dns.h"
#include "net/dns_place.h"
#include "net/dns_update.h"
#include "net/token.h"

enum {
	CHAL_DNS_WAIT_S = 120,
	CHAL_DNS_WAIT_MAX_S = 86400,
	CHAL_DNS_LIMIT_MS = 60000, /* for all that is not waiting */
	CHAL_DNS_TELL_MS = 3000    /* who waits longer is told what for */
};

struct chal_dns {
	struct chal call;
	struct span record; /* name of the TXT record, lower case, without a final dot */
	unsigned char name[32 + DNS_NAME_MAX + 1]; /* where it stands */
	bool stays;         /* the record is not for one validation alone */
	int64_t wait_ms;    /* 0: nobody waits */
	bool later;         /* "wait" will be called */
};

/* The prefix of a record whose name follows from the identifier's alone. */
static const char *chal_dns_prefix(struct span method)
{
	if (span_is(method, "dns-01"))
		return "_acme-challenge.";
	if (span_is(method, "dns-persist-01"))
		return "_validation-persist.";
	return NULL;
}

static void chal_dns_name(struct chal_dns *c)
{
	const char *prefix = chal_dns_prefix(c->call.method), *given = prog_env("CHAL_RECORD");
	struct builder b;
	struct span name;

	if (!given && !prefix)
		prog_perm("CHAL_RECORD is not set");
	builder_init(&b, c->name, sizeof c->name);
	builder_str(&b, given ? given : prefix);
	if (!given)
		builder_add(&b, c->call.ident);
	name = builder_span(&b);
	if (!builder_ok(&b) || !dns_name_ok(name))
		prog_perm("%s: not a name: %s", given ? "CHAL_RECORD" : "the record",
		          prog_text(given ? span_str(given) : c->call.ident));
	c->record = span_head(name, name.len - (name.p[name.len - 1] == '.'));
	for (size_t i = 0; i < c->record.len; i++)
		c->name[i] = ascii_lower(c->name[i]);
}

/* Text that stays what it is on its way through a zone file or a shell's quotes. */
static bool chal_dns_printable(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	return text.len > 0 && text.len <= DNS_UPDATE_TEXT_MAX;
}

static void chal_dns_values(struct chal_dns *c)
{
	if (c->stays && c->call.token.len > 0)
		prog_perm("dns-persist-01 has no token: %s", prog_text(c->call.token));
	if (!c->stays && !token_ok(c->call.token))
		prog_perm("not a token (1 to 128 digits of base64url): %s", prog_text(c->call.token));
	if (c->stays ? !chal_dns_printable(c->call.auth) : !token_thumbprint_ok(c->call.auth))
		prog_perm("not what a record of %s says: %s", prog_text(c->call.method),
		          prog_text(c->call.auth));
}

/*
 * Checks the call in `c`, with what the environment says about it; false when it
 * is no DNS challenge.
 */
static bool chal_dns_open(struct chal_dns *c)
{
	const char *wait = prog_env("CHAL_DNS_WAIT"), *later = prog_env("CHAL_LATER");

	c->stays = span_is(c->call.method, "dns-persist-01");
	if (!c->stays && !span_is(c->call.method, "dns-01") &&
	    !span_is(c->call.method, "dns-account-01"))
		return false;
	chal_dns_values(c);
	chal_dns_name(c);
	c->wait_ms = CHAL_DNS_WAIT_S * INT64_C(1000);
	if (wait)
		c->wait_ms = (int64_t)prog_number("CHAL_DNS_WAIT", wait, 0, CHAL_DNS_WAIT_MAX_S) * 1000;
	if (later && strcmp(later, "1") != 0)
		prog_perm("CHAL_LATER: not 1: %s", prog_text(span_str(later)));
	c->later = later;
	return true;
}

/* Finds where the record belongs, or ends the program. */
static void chal_dns_find(const struct chal_dns *c, struct dns_place *place,
                          const struct dns_servers *resolvers, const struct dns_servers *first,
                          int64_t deadline)
{
	enum dns_status status = dns_place_find(place, resolvers, first, c->record, deadline);

	switch (status) {
	case DNS_FOUND:
		return;
	case DNS_NONE:
		prog_perm("%s: it is in no zone, or in one without servers", place->owner);
	case DNS_BAD_NAME:
		prog_perm("%s: it leads to a name that cannot be asked for", place->owner);
	case DNS_FAILED:
	case DNS_SYSTEM:
		break;
	}
	prog_temp("%s: its zone was not found: %s", place->owner, dns_strerror(status));
}

/* How far it came, for a message. */
static const char *chal_dns_missing(const struct dns_seen *seen)
{
	static char text[128];
	struct builder b;

	builder_init(&b, text, sizeof text);
	builder_number(&b, seen->n_missing);
	builder_str(&b, " of ");
	builder_number(&b, seen->n_missing + seen->n_shown);
	builder_str(&b, " servers");
	if (seen->n_missing > 0) {
		builder_str(&b, ", one of them ");
		addr_print_ip(&b, &seen->missing);
	}
	return builder_cstr(&b);
}

/* Whether this call is the one that waits. */
static bool chal_dns_waits(const struct chal_dns *c)
{
	return c->wait_ms > 0 &&
	       (c->call.verb == CHAL_WAIT || (c->call.verb == CHAL_BEGIN && !c->later));
}

/* The exit status of a call that did its part. */
static int chal_dns_status(const struct chal_dns *c)
{
	return c->call.verb == CHAL_BEGIN && c->later && c->wait_ms > 0 ? CHAL_EXIT_LATER : PROG_OK;
}

/* True when every server of the zone shows the record. Who waits long is told so. */
static bool chal_dns_wait(const struct chal_dns *c, const struct dns_place *place,
                          struct dns_seen *seen, int64_t deadline)
{
	int64_t tell = deadline_first(deadline, deadline_in(CHAL_DNS_TELL_MS));

	if (dns_place_wait(place, c->call.auth, tell, seen))
		return true;
	if (deadline_now() < deadline) {
		prog_warn("waiting until %s is shown by %s", place->owner, chal_dns_missing(seen));
		return dns_place_wait(place, c->call.auth, deadline, seen);
	}
	return false;
}

#endif
