/*
 * domain: from a custom domain to the app behind it and the gateway in front.
 *
 * The app's address is the first record that reads `app-id:port` at
 *
 *   TXT _dstack-app-address.H
 *   TXT _tapp-address.H                        (the older name)
 *   TXT _dstack-app-address-wildcard.PARENT    (PARENT is H without its first label)
 *
 * in this order: a later name counts only when DNS said that the earlier ones
 * have no such record. The gateway is what the rules take out of
 *
 *   CNAME H
 *   CNAME _dstack-gateway.H      (a CNAME cannot stand beside the A record of H)
 *   the fallback
 *
 * again in this order, and the fallback never because a lookup failed.
 *
 * A search is a state machine without I/O: it says which questions it wants
 * asked, is handed the answers in any order, and says when it is done.
 */
#ifndef RELAY_DOMAIN_H
#define RELAY_DOMAIN_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"
#include "net/dns.h"
#include "net/hostname.h"

enum {
	DOMAIN_TTL_MAX_S = 300,    /* however long an answer says it may be kept */
	DOMAIN_TTL_NONE_MAX_S = 10, /* when any part of it was "no such record", or none that is usable */
	DOMAIN_TTL_FAILED_S = 1,   /* RFC 9520, 3.2: failures are kept, too, for at least a second */
	DOMAIN_GROUPS = 10         /* capture groups that can be asked for, the whole match included */
};

/* How a gateway's name is taken out of the target of a CNAME. */
struct domain_rules {
	regex_t allowed;       /* compiled POSIX ERE the target must match */
	unsigned int group;    /* the gateway is this group; the whole target when it matched nothing */
	char fallback[HOSTNAME_MAX + 1]; /* "" for none */
	bool fixed;            /* there is but one gateway, the fallback: no CNAME is asked for */
};

enum domain_status {
	DOMAIN_FOUND,
	DOMAIN_NO_APP,     /* no usable app address record: not a custom domain */
	DOMAIN_NO_GATEWAY, /* an app, but no usable gateway */
	DOMAIN_FAILED      /* a lookup that decides failed */
};

/* What a status means, for a message. */
const char *domain_strerror(enum domain_status status);

enum domain_question {
	DOMAIN_TXT,
	DOMAIN_TXT_OLD,
	DOMAIN_TXT_WILDCARD,
	DOMAIN_CNAME,
	DOMAIN_CNAME_GATEWAY,
	DOMAIN_QUESTIONS,
	DOMAIN_FALLBACK = DOMAIN_QUESTIONS /* as a source: the configured gateway */
};

/* What a search found. The strings are in lower case and stand where the owner says. */
struct domain {
	enum domain_status status;
	const char *id;       /* app or instance id: one label of letters and digits; "" without */
	uint16_t port;        /* the record's */
	const char *gateway;  /* a host name; "" without */
	uint8_t id_source, gateway_source; /* enum domain_question */
	uint32_t ttl_s;       /* how long this may be kept: as long as every answer that decided it */
};

struct domain_search {
	const struct domain_rules *rules;
	const char *host;
	enum domain_state {
		DOMAIN_UNASKED, DOMAIN_ASKED, DOMAIN_HAS, DOMAIN_HAS_NONE, DOMAIN_UNKNOWN
	} state[DOMAIN_QUESTIONS];
	uint32_t ttl_s[DOMAIN_QUESTIONS]; /* how long each answer may be kept */
	char id[DOMAIN_QUESTIONS][HOSTNAME_LABEL_MAX + 1];
	uint16_t port[DOMAIN_QUESTIONS];
	char gateway[DOMAIN_QUESTIONS][HOSTNAME_MAX + 1];
};

/* Starts a search for `host`, a folded host name with at least one dot (net/hostname.h). Both are kept. */
void domain_search_init(struct domain_search *s, const struct domain_rules *rules, const char *host);

/*
 * A question that is to be asked now and was not asked yet, marked as asked.
 * False when there is none: answers are waited for, or the search is done.
 */
bool domain_search_next(struct domain_search *s, enum domain_question *question);

/* The name and the type of a question; the name may be too long to be asked for. */
enum dns_type domain_search_name(const struct domain_search *s, enum domain_question question,
                                 struct builder *name);

/* The answer to a question; only read during the call. */
void domain_search_answer(struct domain_search *s, enum domain_question question,
                          struct dns_answer *answer);

/*
 * True when the search is done, whatever answers are still missing: `*found`
 * is filled, with strings inside the search.
 */
bool domain_search_done(const struct domain_search *s, struct domain *found);

/* The name of a question or source for people: "TXT _dstack-app-address", "fallback". */
const char *domain_source(unsigned int source);

/*
 * An app address record: `id:port`, id 1 to 63 letters and digits, port 1 to
 * 65535. The id is left in lower case. False for anything else.
 */
bool domain_record_parse(struct span text, char id[HOSTNAME_LABEL_MAX + 1], uint16_t *port);

/*
 * The first label of a gateway's name for an app, ID[-[PORT][s|g]]: TLS passed
 * through to the app with `s`, ended by the gateway with `g` (HTTP/2 behind it) or
 * nothing. `*suffix` is 's', 'g' or 0; without a port it is 443 with `s`, else 80. The id is
 * left in lower case. False for anything else.
 */
bool domain_app_parse(struct span label, char id[HOSTNAME_LABEL_MAX + 1], uint16_t *port,
                      char *suffix);

/*
 * The gateway that the rules take out of `target` (folded): a host name. False
 * when the target does not match or what it gives is no host name.
 */
bool domain_gateway_match(const struct domain_rules *rules, const char *target,
                          char gateway[HOSTNAME_MAX + 1]);

#endif
