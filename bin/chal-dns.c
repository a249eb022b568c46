/*
 * chal-dns: a challenge hook that puts the records of DNS challenges into a zone
 * by signed dynamic updates, and takes them out again.
 */
#include <time.h>

#include "base/jail.h"
#include "chal_update.h"

enum { TIME_MAX = 0x7fffffff, REMOVE_MS = 10000 };

static enum dns_update_result change(const struct chal_dns *c, struct chal_update *s,
                                     const struct dns_place *place, bool remove, int64_t limit_ms)
{
	struct dns_update update = { .remove = remove,
		                     .zone = span_str(place->zone),
		                     .owner = span_str(place->owner),
		                     .text = c->call.auth,
		                     .ttl = s->ttl };

	return dns_update_send(&update, s->has_key ? &s->key : NULL, &s->servers, &s->clock_s,
	                       deadline_in(limit_ms));
}

static void must_change(const struct chal_dns *c, struct chal_update *s, const struct dns_place *place,
                        bool remove)
{
	int64_t clock_s = s->clock_s;
	enum dns_update_result result = change(c, s, place, remove, CHAL_DNS_LIMIT_MS / 2);
	char server[64];
	struct builder b;

	if (s->clock_s != clock_s)
		prog_warn("by the server's clock this one is wrong by %lld s",
		          (long long)(s->clock_s - clock_s));
	if (result == DNS_UPDATE_DONE)
		return;
	builder_init(&b, server, sizeof server);
	addr_print(&b, &s->servers.server[0]);
	if (dns_update_permanent(result))
		prog_perm("%s: update of zone %s at %s: %s", place->owner, place->zone,
		          builder_cstr(&b), dns_update_strerror(result));
	prog_temp("%s: update of zone %s at %s: %s", place->owner, place->zone, builder_cstr(&b),
	          dns_update_strerror(result));
}

/* A record nobody will use is taken away again, as far as that can be done. */
static void must_be_seen(const struct chal_dns *c, struct chal_update *s, const struct dns_place *place)
{
	struct dns_seen seen;

	if (chal_dns_wait(c, place, &seen, deadline_in(c->wait_ms)))
		return;
	if (c->call.verb == CHAL_BEGIN && !c->stays)
		change(c, s, place, true, REMOVE_MS);
	prog_temp("%s: not shown after %lld s by %s", place->owner, (long long)(c->wait_ms / 1000),
	          chal_dns_missing(&seen));
}

static void act(const struct chal_dns *c, struct chal_update *s)
{
	static struct dns_place place;

	chal_update_find(c, s, &place);
	if (c->call.verb != CHAL_WAIT)
		must_change(c, s, &place, c->call.verb != CHAL_BEGIN);
	if (chal_dns_waits(c))
		must_be_seen(c, s, &place);
}

int main(int argc, char **argv)
{
	static struct chal_update setting;
	static struct chal_dns call;
	const char *now = NULL;
	int option;

	prog_init("chal-dns", "[-T time] begin|wait|done|failed method ident token auth");
	while ((option = getopt(argc, argv, "+hT:")) != -1) {
		if (option == 'h')
			prog_help();
		if (option != 'T')
			prog_usage();
		now = optarg;
	}
	chal_arguments(&call.call, argc, argv);
	if (!chal_dns_open(&call))
		return PROG_NO;
	if (now)
		setting.clock_s = (int64_t)prog_number("-T", now, 0, TIME_MAX) - (int64_t)time(NULL);
	if (call.stays && (call.call.verb == CHAL_DONE || call.call.verb == CHAL_FAILED))
		return PROG_OK;
	chal_update_environment(&setting);
	if (jail_enter(&(struct jail){ .promises = JAIL_NET }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
	prog_alarm(call.wait_ms + 2 * CHAL_DNS_LIMIT_MS);
	act(&call, &setting);
	tsig_key_wipe(&setting.key);
	return chal_dns_status(&call);
}
