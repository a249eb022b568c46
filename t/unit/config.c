/* Each variable of the relay: unset, good, malformed. */
#include "relay/config.h"

#include <string.h>

#include "tap.h"

/* One variable is set, or none. */
static const char *set_name, *set_value;

static const char *get(const char *name)
{
	return set_name && strcmp(name, set_name) == 0 ? set_value : NULL;
}

static struct config config;
static const char *why;

static bool good(const char *name, const char *value)
{
	const char *wrong;

	set_name = name;
	set_value = value;
	memset(&config, 0x55, sizeof config);
	wrong = config_read(&config, get, &why);
	if (wrong)
		printf("# %s: %s\n", wrong, why);
	return !wrong;
}

static void bad(const char *name, const char *value)
{
	const char *wrong;

	set_name = name;
	set_value = value;
	wrong = config_read(&config, get, &why);
	check(wrong && strcmp(wrong, name) == 0 && why && *why, "%s=%s is refused: %s", name, value,
	      why ? why : "no");
	if (!wrong)
		regfree(&config.domain.allowed);
}

static void end(void)
{
	regfree(&config.domain.allowed);
}

static void defaults(void)
{
	char gateway[HOSTNAME_MAX + 1];

	check(good(NULL, NULL), "nothing set");
	check(config.domain.group == 1 && strcmp(config.domain.fallback, "") == 0, "group 1, no fallback");
	check(domain_gateway_match(&config.domain, "_.prod5.phala.network", gateway) &&
	              strcmp(gateway, "prod5.phala.network") == 0 &&
	              !domain_gateway_match(&config.domain, "_.gw.test", gateway),
	      "the original's expression");
	check(config.redirect.status == 307 && config.redirect.other == REDIRECT_APP &&
	              !config.redirect.port_from_record && config.redirect.port == 80 &&
	              config.redirect.suffix == 0,
	      "307, app, 80, no suffix");
	end();
}

static void expression(void)
{
	char gateway[HOSTNAME_MAX + 1];

	check(good("ALLOWED_DOMAIN_REGEX", "^_\\.(gw[0-9]\\.test)$") &&
	              domain_gateway_match(&config.domain, "_.gw7.test", gateway) &&
	              !domain_gateway_match(&config.domain, "_.prod5.phala.network", gateway),
	      "an expression stands in place of the default");
	end();
	bad("ALLOWED_DOMAIN_REGEX", "(");
	bad("ALLOWED_DOMAIN_REGEX", "[a");
	bad("ALLOWED_DOMAIN_REGEX", "a{2,1}");
	bad("ALLOWED_DOMAIN_REGEX", "a\\");
}

static void group(void)
{
	for (unsigned int i = 0; i <= 9; i++) {
		char text[] = { (char)('0' + i), 0 };

		check(good("GATEWAY_DOMAIN_CAPTURE_GROUP", text) && config.domain.group == i, "group %u", i);
		end();
	}
	bad("GATEWAY_DOMAIN_CAPTURE_GROUP", "10");
	bad("GATEWAY_DOMAIN_CAPTURE_GROUP", "-1");
	bad("GATEWAY_DOMAIN_CAPTURE_GROUP", "one");
	bad("GATEWAY_DOMAIN_CAPTURE_GROUP", "1 ");
	bad("GATEWAY_DOMAIN_CAPTURE_GROUP", "99999999999999999999");
}

static void fallback(void)
{
	check(good("FALLBACK_GATEWAY_DOMAIN", "Prod5.Phala.Network.") &&
	              strcmp(config.domain.fallback, "prod5.phala.network") == 0,
	      "a fallback, folded");
	end();
	bad("FALLBACK_GATEWAY_DOMAIN", "https://gw.test");
	bad("FALLBACK_GATEWAY_DOMAIN", "gw.test:443");
	bad("FALLBACK_GATEWAY_DOMAIN", "gw.test/");
	bad("FALLBACK_GATEWAY_DOMAIN", "_.gw.test");
	bad("FALLBACK_GATEWAY_DOMAIN", "192.0.2.1");
	bad("FALLBACK_GATEWAY_DOMAIN", "gw test");
	bad("FALLBACK_GATEWAY_DOMAIN", ".");
}

static void port(void)
{
	check(good("RELAY_PORT", "txt") && config.redirect.port_from_record, "RELAY_PORT=txt");
	end();
	check(good("RELAY_PORT", "8080") && !config.redirect.port_from_record &&
	              config.redirect.port == 8080,
	      "RELAY_PORT=8080");
	end();
	check(good("RELAY_PORT", "65535") && config.redirect.port == 65535, "RELAY_PORT=65535");
	end();
	bad("RELAY_PORT", "0");
	bad("RELAY_PORT", "65536");
	bad("RELAY_PORT", "TXT");
	bad("RELAY_PORT", "http");
	bad("RELAY_PORT", "80s");
	bad("RELAY_PORT", "-80");
	bad("RELAY_PORT", "80,443");
}

static void suffix(void)
{
	check(good("RELAY_SUFFIX", "s") && config.redirect.suffix == 's', "RELAY_SUFFIX=s");
	end();
	check(good("RELAY_SUFFIX", "g") && config.redirect.suffix == 'g', "RELAY_SUFFIX=g");
	end();
	bad("RELAY_SUFFIX", "gs");
	bad("RELAY_SUFFIX", "S");
	bad("RELAY_SUFFIX", "x");
	bad("RELAY_SUFFIX", "-s");
}

static void status(void)
{
	static const char *const wrong[] = {
		"303", "300", "304", "305", "306", "309", "200", "0", "3070", "307 ", "temporary", "-307",
	};
	static const struct {
		const char *text;
		int status;
	} right[] = { { "301", 301 }, { "302", 302 }, { "307", 307 }, { "308", 308 } };

	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		check(good("RELAY_STATUS", right[i].text) && config.redirect.status == right[i].status,
		      "RELAY_STATUS=%s", right[i].text);
		end();
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		bad("RELAY_STATUS", wrong[i]);
}

static void other(void)
{
	check(good("RELAY_OTHER", "app") && config.redirect.other == REDIRECT_APP, "RELAY_OTHER=app");
	end();
	check(good("RELAY_OTHER", "self") && config.redirect.other == REDIRECT_SELF, "RELAY_OTHER=self");
	end();
	check(good("RELAY_OTHER", "deny") && config.redirect.other == REDIRECT_DENY, "RELAY_OTHER=deny");
	end();
	bad("RELAY_OTHER", "App");
	bad("RELAY_OTHER", "allow");
	bad("RELAY_OTHER", "self ");
}

int main(void)
{
	defaults();
	expression();
	group();
	fallback();
	port();
	suffix();
	status();
	other();
	return tap_end();
}
