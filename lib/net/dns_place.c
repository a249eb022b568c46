/* Where a record belongs: zones, aliases, servers. */
#include "net/dns_place.h"

#include <string.h>

#include "base/ascii.h"
#include "base/deadline.h"
#include "net/host.h"
#include "net/hostname.h"

enum {
	PORT = 53,
	HOPS_MAX = 16,
	LOOKUP_MS = 5000 /* one server's name that nobody can resolve does not use up the whole time */
};

struct search {
	struct dns_place *place;
	const struct dns_servers *resolvers, *first;
	int64_t deadline;
};

static bool is(const char *text, struct span name)
{
	return span_is_nocase(name, text);
}

/* `name` in lower case; false when it cannot be asked for. `to` may be where it stands. */
static bool keep(char to[DNS_NAME_MAX + 1], struct span name)
{
	if (!dns_name_ok(name))
		return false;
	name = span_head(name, name.len - (name.p[name.len - 1] == '.'));
	for (size_t i = 0; i < name.len; i++)
		to[i] = (char)ascii_lower(name.p[i]);
	to[name.len] = 0;
	return true;
}

/* The end of an answer's CNAME chain. */
static bool keep_owner(char to[DNS_NAME_MAX + 1], const struct dns_answer *a)
{
	unsigned char text[DNS_TARGET_MAX];
	struct builder b;

	builder_init(&b, text, sizeof text);
	dns_owner(&b, a);
	return builder_ok(&b) && keep(to, builder_span(&b));
}

static bool keep_primary(char to[DNS_NAME_MAX + 1], struct dns_answer *a)
{
	unsigned char text[DNS_TARGET_MAX];
	struct dns_record record;
	struct builder b;

	builder_init(&b, text, sizeof text);
	if (!dns_next(a, &record) || !dns_primary(&b, a, record.data))
		return false;
	if (!keep(to, builder_span(&b)))
		to[0] = 0; /* no primary that could be asked; who knows it may say so */
	return true;
}

/* A zone begins at this name. */
static enum dns_status ask_zone(const struct search *s, struct span name)
{
	char owner[DNS_NAME_MAX + 1];
	enum dns_status status;
	struct dns_query q;

	status = dns_ask(&q, s->resolvers, name, DNS_SOA, s->deadline);
	if (status == DNS_FOUND && (!keep_owner(owner, &q.answer) || !is(owner, name)))
		status = DNS_NONE; /* an alias of a zone's name */
	if (status == DNS_FOUND &&
	    (!keep(s->place->zone, name) || !keep_primary(s->place->primary, &q.answer)))
		status = DNS_BAD_NAME;
	dns_end(&q);
	return status;
}

/* The zone at `name` or the nearest above it. */
static enum dns_status find_zone(const struct search *s, struct span name)
{
	enum dns_status status = DNS_NONE;

	for (; name.len > 0 && status == DNS_NONE; name = hostname_parent(name))
		status = ask_zone(s, name);
	return status;
}

static void add_server(struct dns_place *place, const struct addr *a)
{
	for (size_t i = 0; i < place->n; i++)
		if (addr_eq(&place->server[i], a))
			return;
	if (place->n < DNS_PLACE_SERVERS_MAX)
		place->server[place->n++] = *a;
}

/* The names of the zone's servers; those that cannot be asked for are no use to anybody. */
static enum dns_status server_names(const struct search *s, size_t *n,
                                    char names[DNS_PLACE_NAMES_MAX][DNS_NAME_MAX + 1])
{
	unsigned char text[DNS_TARGET_MAX];
	struct dns_record record;
	enum dns_status status;
	struct dns_query q;
	struct builder b;

	*n = 0;
	status = dns_ask(&q, s->resolvers, span_str(s->place->zone), DNS_NS, s->deadline);
	while (*n < DNS_PLACE_NAMES_MAX && dns_next(&q.answer, &record)) {
		builder_init(&b, text, sizeof text);
		if (dns_target(&b, &q.answer, record.data) && keep(names[*n], builder_span(&b)))
			++*n;
	}
	dns_end(&q);
	return status;
}

static enum dns_status find_servers(const struct search *s)
{
	char names[DNS_PLACE_NAMES_MAX][DNS_NAME_MAX + 1];
	struct host_list list;
	enum dns_status status, last = DNS_NONE;
	size_t n;

	s->place->n = 0;
	status = server_names(s, &n, names);
	if (status != DNS_FOUND)
		return status;
	for (size_t i = 0; i < n; i++) {
		status = host_lookup(&list, span_str(names[i]), PORT, NULL, s->resolvers,
		                     deadline_first(s->deadline, deadline_in(LOOKUP_MS)));
		if (status == DNS_SYSTEM)
			return status;
		if (status != DNS_FOUND) {
			last = status;
			continue;
		}
		for (size_t k = 0; k < list.n; k++)
			add_server(s->place, &list.addr[k]);
	}
	return s->place->n > 0 ? DNS_FOUND : last;
}

/* Those who must know: the given ones, then the zone's own. */
static struct dns_servers authorities(const struct search *s)
{
	struct dns_servers all = { .n = 0 };

	if (s->first)
		all = *s->first;
	for (size_t i = 0; i < s->place->n && all.n < DNS_SERVERS_MAX; i++)
		all.server[all.n++] = s->place->server[i];
	return all;
}

/*
 * What the zone's servers say about the owner. DNS_FOUND: a zone begins there;
 * DNS_NONE: it is a name of the zone, or an alias, which is then in `end`;
 * DNS_FAILED: they do not know, because the name is another zone's.
 */
static enum dns_status ask_owner(const struct search *s, char end[DNS_NAME_MAX + 1])
{
	struct dns_servers servers = authorities(s);
	enum dns_status status;
	struct dns_query q;

	status = dns_ask(&q, &servers, span_str(s->place->owner), DNS_SOA, s->deadline);
	if ((status == DNS_FOUND || status == DNS_NONE) && !keep_owner(end, &q.answer))
		status = DNS_BAD_NAME;
	dns_end(&q);
	return status;
}

static struct span parent_of(const char *name)
{
	struct span parent = hostname_parent(span_str(name));

	return parent.len > 0 ? parent : span_str(name);
}

enum dns_status dns_place_find(struct dns_place *place, const struct dns_servers *resolvers,
                               const struct dns_servers *first, struct span name, int64_t deadline)
{
	struct search s = { place, resolvers, first, deadline };
	char end[DNS_NAME_MAX + 1] = "";
	enum dns_status status;
	struct span from;

	memset(place, 0, sizeof *place);
	if (!keep(place->owner, name))
		return DNS_BAD_NAME;
	from = parent_of(place->owner);
	for (unsigned int hops = 0; hops < HOPS_MAX; hops++) {
		bool at_owner = from.len == strlen(place->owner);

		status = find_zone(&s, from);
		if (status == DNS_FOUND)
			status = find_servers(&s);
		if (status != DNS_FOUND)
			return status;
		status = ask_owner(&s, end);
		if ((status == DNS_NONE || status == DNS_FOUND) && strcmp(end, place->owner) != 0) {
			memcpy(place->owner, end, sizeof end);
			from = parent_of(place->owner);
		} else if (status == DNS_NONE || (status == DNS_FOUND && strcmp(place->zone, end) == 0)) {
			return DNS_FOUND;
		} else if (!at_owner && (status == DNS_FOUND || status == DNS_FAILED)) {
			from = span_str(place->owner);
		} else {
			return status == DNS_FOUND ? DNS_FAILED : status;
		}
	}
	return DNS_FAILED;
}
