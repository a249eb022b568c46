/* The search for a custom domain's app and gateway. */
#include "relay/domain.h"

#include <string.h>

#include "base/ascii.h"

const char *domain_strerror(enum domain_status status)
{
	switch (status) {
	case DOMAIN_FOUND:
		return "found";
	case DOMAIN_NO_APP:
		return "no app address record";
	case DOMAIN_NO_GATEWAY:
		return "no gateway: no CNAME that is allowed, and no fallback";
	case DOMAIN_FAILED:
		return "DNS lookup failed";
	}
	return "unknown";
}

static const struct {
	const char *prefix, *source;
	enum dns_type type;
	bool parent;
} questions[DOMAIN_QUESTIONS] = {
	[DOMAIN_TXT] = { "_dstack-app-address.", "TXT _dstack-app-address", DNS_TXT, false },
	[DOMAIN_TXT_OLD] = { "_tapp-address.", "TXT _tapp-address", DNS_TXT, false },
	[DOMAIN_TXT_WILDCARD] = { "_dstack-app-address-wildcard.",
	                          "TXT _dstack-app-address-wildcard", DNS_TXT, true },
	[DOMAIN_CNAME] = { "", "CNAME", DNS_CNAME, false },
	[DOMAIN_CNAME_GATEWAY] = { "_dstack-gateway.", "CNAME _dstack-gateway", DNS_CNAME, false },
};

const char *domain_source(unsigned int source)
{
	return source < DOMAIN_QUESTIONS ? questions[source].source : "fallback";
}

/* An app or instance id. */
static bool id_ok(struct span id)
{
	for (size_t i = 0; i < id.len; i++)
		if (!ascii_alnum(id.p[i]))
			return false;
	return id.len > 0 && id.len <= HOSTNAME_LABEL_MAX;
}

static void take_id(char to[HOSTNAME_LABEL_MAX + 1], struct span id)
{
	for (size_t i = 0; i < id.len; i++)
		to[i] = (char)ascii_lower(id.p[i]);
	to[id.len] = 0;
}

static bool parse_port(struct span text, uint16_t *port)
{
	uint64_t number;

	if (!span_number(text, UINT16_MAX, &number) || number == 0)
		return false;
	*port = (uint16_t)number;
	return true;
}

bool domain_record_parse(struct span text, char id[HOSTNAME_LABEL_MAX + 1], uint16_t *port)
{
	struct span name = span_head(text, span_find(text, ':'));

	if (!id_ok(name) || !parse_port(span_from(text, name.len + 1), port))
		return false;
	take_id(id, name);
	return true;
}

bool domain_app_parse(struct span label, char id[HOSTNAME_LABEL_MAX + 1], uint16_t *port,
                      char *suffix)
{
	struct span name = span_head(label, span_find(label, '-'));
	struct span rest = span_from(label, name.len + 1);
	unsigned char last = rest.len > 0 ? ascii_lower(rest.p[rest.len - 1]) : 0;

	*suffix = last == 's' || last == 'g' ? (char)last : 0;
	*port = *suffix == 's' ? 443 : 80;
	if (*suffix)
		rest.len--;
	/* A hyphen alone is no way to say nothing. */
	if (name.len < label.len && !*suffix && rest.len == 0)
		return false;
	if (!id_ok(name) || (rest.len > 0 && !parse_port(rest, port)))
		return false;
	take_id(id, name);
	return true;
}

bool domain_gateway_match(const struct domain_rules *rules, const char *target,
                          char gateway[HOSTNAME_MAX + 1])
{
	regmatch_t match[DOMAIN_GROUPS];
	struct span name = span_str(target);

	if (regexec(&rules->allowed, target, DOMAIN_GROUPS, match, 0) != 0)
		return false;
	if (rules->group < DOMAIN_GROUPS && match[rules->group].rm_so >= 0)
		name = span_of(target + match[rules->group].rm_so,
		               (size_t)(match[rules->group].rm_eo - match[rules->group].rm_so));
	return hostname_fold(gateway, name).len > 0;
}

void domain_search_init(struct domain_search *s, const struct domain_rules *rules, const char *host)
{
	s->rules = rules;
	s->host = host;
	for (int i = 0; i < DOMAIN_QUESTIONS; i++) {
		s->state[i] = DOMAIN_UNASKED;
		s->ttl_s[i] = DOMAIN_TTL_MAX_S;
	}
}

/* Where a list of questions, asked in order of preference, has come to. */
static enum domain_state settle(const struct domain_search *s, const enum domain_question *list,
                                size_t n, size_t *which)
{
	for (*which = 0; *which < n; ++*which)
		if (s->state[list[*which]] != DOMAIN_HAS_NONE)
			return s->state[list[*which]];
	return DOMAIN_HAS_NONE;
}

enum { APPS = 3, GATEWAYS = 2 };
static const enum domain_question app_order[APPS] = { DOMAIN_TXT, DOMAIN_TXT_OLD, DOMAIN_TXT_WILDCARD };
static const enum domain_question gateway_order[GATEWAYS] = { DOMAIN_CNAME, DOMAIN_CNAME_GATEWAY };

static enum domain_state app_state(const struct domain_search *s, size_t *which)
{
	return settle(s, app_order, APPS, which);
}

static enum domain_state gateway_state(const struct domain_search *s, size_t *which)
{
	return settle(s, gateway_order, GATEWAYS, which);
}

/*
 * The likely answers are asked for at once: the first TXT and the CNAME. When
 * one of them is not there, all that could stand in for it is, so that no
 * search takes more than two round trips.
 */
static bool due(const struct domain_search *s, enum domain_question question)
{
	switch (question) {
	case DOMAIN_TXT:
		return true;
	case DOMAIN_CNAME:
		return !s->rules->fixed;
	case DOMAIN_TXT_OLD:
	case DOMAIN_TXT_WILDCARD:
		return s->state[DOMAIN_TXT] == DOMAIN_HAS_NONE;
	case DOMAIN_CNAME_GATEWAY:
		return s->state[DOMAIN_CNAME] == DOMAIN_HAS_NONE;
	case DOMAIN_QUESTIONS:
		break;
	}
	return false;
}

bool domain_search_next(struct domain_search *s, enum domain_question *question)
{
	struct domain found;

	if (domain_search_done(s, &found))
		return false;
	for (int i = 0; i < DOMAIN_QUESTIONS; i++) {
		if (s->state[i] != DOMAIN_UNASKED || !due(s, (enum domain_question)i))
			continue;
		s->state[i] = DOMAIN_ASKED;
		*question = (enum domain_question)i;
		return true;
	}
	return false;
}

enum dns_type domain_search_name(const struct domain_search *s, enum domain_question question,
                                 struct builder *name)
{
	struct span host = span_str(s->host);

	builder_str(name, questions[question].prefix);
	builder_add(name, questions[question].parent ? hostname_parent(host) : host);
	return questions[question].type;
}

static bool read_txt(struct domain_search *s, enum domain_question question,
                     struct dns_answer *answer)
{
	struct dns_record record;

	while (dns_next(answer, &record)) {
		/* Longer than any app address record: what does not fit is none. */
		unsigned char text[HOSTNAME_LABEL_MAX + sizeof ":65535"];
		struct builder b;

		builder_init(&b, text, sizeof text);
		if (dns_txt(&b, record.data) && builder_ok(&b) &&
		    domain_record_parse(builder_span(&b), s->id[question], &s->port[question]))
			return true;
	}
	return false;
}

static bool read_cname(struct domain_search *s, enum domain_question question,
                       struct dns_answer *answer)
{
	char target[4 * DNS_NAME_MAX + 1];
	struct dns_record record;
	struct builder b;

	builder_init(&b, target, sizeof target);
	return dns_next(answer, &record) && dns_target(&b, answer, record.data) &&
	       builder_cstr(&b) && domain_gateway_match(s->rules, target, s->gateway[question]);
}

static void limit(uint32_t *s, uint32_t most)
{
	if (*s > most)
		*s = most;
}

void domain_search_answer(struct domain_search *s, enum domain_question question,
                          struct dns_answer *answer)
{
	enum domain_state state = DOMAIN_UNKNOWN;
	bool has = false;

	switch (answer->status) {
	case DNS_FOUND:
		has = questions[question].type == DNS_TXT ? read_txt(s, question, answer)
		                                          : read_cname(s, question, answer);
		state = has ? DOMAIN_HAS : DOMAIN_HAS_NONE;
		break;
	case DNS_NONE:
		state = DOMAIN_HAS_NONE;
		break;
	case DNS_BAD_NAME:
		/* With its prefix the name is too long to exist. */
		s->state[question] = DOMAIN_HAS_NONE;
		return;
	case DNS_FAILED:
	case DNS_SYSTEM:
		break;
	}
	s->state[question] = state;
	limit(&s->ttl_s[question], answer->ttl);
	if (!has)
		limit(&s->ttl_s[question], DOMAIN_TTL_NONE_MAX_S);
}

/* Done: the answers of each list up to this one decided. */
static bool done(const struct domain_search *s, struct domain *found, enum domain_status status,
                 size_t app, size_t gateway)
{
	found->status = status;
	found->ttl_s = DOMAIN_TTL_MAX_S;
	for (size_t i = 0; i < APPS && i <= app; i++)
		limit(&found->ttl_s, s->ttl_s[app_order[i]]);
	if (status == DOMAIN_NO_APP || s->rules->fixed)
		return true;
	for (size_t i = 0; i < GATEWAYS && i <= gateway; i++)
		limit(&found->ttl_s, s->ttl_s[gateway_order[i]]);
	return true;
}

static bool failed(struct domain *found)
{
	*found = (struct domain){ .status = DOMAIN_FAILED, .id = "", .gateway = "",
	                          .ttl_s = DOMAIN_TTL_FAILED_S };
	return true;
}

bool domain_search_done(const struct domain_search *s, struct domain *found)
{
	size_t app, gateway = 0;
	enum domain_state app_is = app_state(s, &app);
	enum domain_state gateway_is = s->rules->fixed ? DOMAIN_HAS_NONE : gateway_state(s, &gateway);

	*found = (struct domain){ .id = "", .gateway = "" };
	if (app_is == DOMAIN_UNKNOWN)
		return failed(found);
	if (app_is == DOMAIN_HAS_NONE)
		return done(s, found, DOMAIN_NO_APP, app, gateway);
	if (app_is != DOMAIN_HAS)
		return false;
	found->id = s->id[app_order[app]];
	found->port = s->port[app_order[app]];
	found->id_source = (uint8_t)app_order[app];
	if (gateway_is == DOMAIN_UNKNOWN)
		return failed(found);
	if (gateway_is == DOMAIN_HAS) {
		found->gateway = s->gateway[gateway_order[gateway]];
		found->gateway_source = (uint8_t)gateway_order[gateway];
		return done(s, found, DOMAIN_FOUND, app, gateway);
	}
	if (gateway_is != DOMAIN_HAS_NONE)
		return false;
	if (!s->rules->fallback[0])
		return done(s, found, DOMAIN_NO_GATEWAY, app, gateway);
	found->gateway = s->rules->fallback;
	found->gateway_source = DOMAIN_FALLBACK;
	return done(s, found, DOMAIN_FOUND, app, gateway);
}
