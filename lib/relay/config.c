/* The relay's rules from text. */
#include "relay/config.h"

#include <string.h>

/* Each takes a variable's text, NULL when it is unset, and says what is wrong with it, or NULL. */

static const char *allowed(struct config *c, const char *text)
{
	static const char standard[] = "^_\\.(.+\\.phala\\.network)$";

	return regcomp(&c->domain.allowed, text ? text : standard, REG_EXTENDED)
	               ? "not a POSIX extended regular expression" : NULL;
}

static const char *group(struct config *c, const char *text)
{
	uint64_t number = 1;

	if (text && !span_number(span_str(text), DOMAIN_GROUPS - 1, &number))
		return "not a number from 0 to 9";
	c->domain.group = (unsigned int)number;
	return NULL;
}

static const char *fallback(struct config *c, const char *text)
{
	if (hostname_fold(c->domain.fallback, span_str(text)).len == 0 && text)
		return "not a host name";
	return NULL;
}

static const char *port(struct config *c, const char *text)
{
	uint64_t number = 80;

	c->redirect.port_from_record = text && strcmp(text, "txt") == 0;
	if (text && !c->redirect.port_from_record &&
	    (!span_number(span_str(text), UINT16_MAX, &number) || number == 0))
		return "neither a port nor \"txt\"";
	c->redirect.port = (uint16_t)number;
	return NULL;
}

static const char *suffix(struct config *c, const char *text)
{
	c->redirect.suffix = 0;
	if (!text)
		return NULL;
	if (strcmp(text, "s") != 0 && strcmp(text, "g") != 0)
		return "neither \"s\" nor \"g\"";
	c->redirect.suffix = text[0];
	return NULL;
}

static const char *status(struct config *c, const char *text)
{
	uint64_t number = 307;

	if (text && !span_number(span_str(text), 308, &number))
		number = 0;
	c->redirect.status = (int)number;
	return number == 301 || number == 302 || number == 307 || number == 308
	               ? NULL : "none of 301, 302, 307, 308";
}

static const char *other(struct config *c, const char *text)
{
	static const char *const names[] = {
		[REDIRECT_APP] = "app", [REDIRECT_SELF] = "self", [REDIRECT_DENY] = "deny",
	};

	c->redirect.other = REDIRECT_APP;
	for (size_t i = 0; text && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(text, names[i]) == 0) {
			c->redirect.other = (enum redirect_other)i;
			return NULL;
		}
	return text ? "none of app, self, deny" : NULL;
}

static const struct {
	const char *name;
	const char *(*set)(struct config *c, const char *text);
} variables[] = {
	{ "GATEWAY_DOMAIN_CAPTURE_GROUP", group },
	{ "FALLBACK_GATEWAY_DOMAIN", fallback },
	{ "RELAY_PORT", port },
	{ "RELAY_SUFFIX", suffix },
	{ "RELAY_STATUS", status },
	{ "RELAY_OTHER", other },
	{ "ALLOWED_DOMAIN_REGEX", allowed }, /* last: so nothing is held when one is malformed */
};

const char *config_read(struct config *c, const char *(*get)(const char *name), const char **why)
{
	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		*why = variables[i].set(c, get(variables[i].name));
		if (*why)
			return variables[i].name;
	}
	return NULL;
}
