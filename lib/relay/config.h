/*
 * config: the relay's rules as its environment spells them (environ(7)).
 *
 *   ALLOWED_DOMAIN_REGEX          POSIX ERE; ^_\.(.+\.phala\.network)$
 *   GATEWAY_DOMAIN_CAPTURE_GROUP  0 to 9; 1
 *   FALLBACK_GATEWAY_DOMAIN       a host name; none
 *   RELAY_PORT                    1 to 65535, or txt; 80
 *   RELAY_SUFFIX                  s or g; none
 *   RELAY_STATUS                  301, 302, 307 or 308; 307
 *   RELAY_OTHER                   app, self or deny; app
 */
#ifndef RELAY_CONFIG_H
#define RELAY_CONFIG_H

#include "relay/domain.h"
#include "relay/redirect.h"

struct config {
	struct domain_rules domain;
	struct redirect_rules redirect;
};

/*
 * Fills `c` from what `get` says of each name (NULL: unset, the default).
 * Returns NULL, or the name of a variable that is malformed, with the reason
 * in `*why`. With NULL the rules hold a compiled expression, for regfree(3) or until the
 * process ends.
 */
const char *config_read(struct config *c, const char *(*get)(const char *name), const char **why);

#endif
