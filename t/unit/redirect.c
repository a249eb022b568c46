/* The relay's answers as a table: path, host, what DNS said, rules. */
#include "relay/redirect.h"

#include <string.h>

#include "tap.h"

#define CHALLENGE "/.well-known/acme-challenge/"
#define TOKEN "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"

static struct http_request request;
static struct httpd_reply reply;
static unsigned char text[HTTPD_BODY_MAX];
static struct builder storage;

static bool ask(const char *line, const char *host)
{
	static char bytes[HTTP_HEAD_MAX];
	size_t scanned = 0, used;

	snprintf(bytes, sizeof bytes, "%s HTTP/1.1\r\nHost: %s\r\n\r\n", line, host);
	return http_request_parse(span_str(bytes), &scanned, &request, &used) == 200;
}

static struct domain domain_of(const char *id, unsigned int port, const char *gateway)
{
	return (struct domain){ .status = DOMAIN_FOUND, .id = id, .port = (uint16_t)port,
	                        .gateway = gateway };
}

static void hosts(void)
{
	static const struct {
		const char *field, *host; /* "" for no custom domain */
	} table[] = {
		{ "app.example.test", "app.example.test" },
		{ "App.EXAMPLE.Test", "app.example.test" },
		{ "app.example.test.", "app.example.test" },
		{ "app.example.test:80", "app.example.test" },
		{ "APP.example.test.:8080", "app.example.test" },
		{ "xn--bcher-kva.example.test", "xn--bcher-kva.example.test" },
		{ "a.b", "a.b" },
		{ "4.example.test", "4.example.test" },
		{ "a--b.c", "a--b.c" },
		{ "192.0.2.1", "" },
		{ "192.0.2.1:80", "" },
		{ "192.0.2.1.", "" },
		{ "[2001:db8::1]", "" },
		{ "[::ffff:192.0.2.1]:80", "" },
		{ "192.0.2", "" },
		{ "999.999.999.999", "" },
		{ "example.1", "" },
		{ "localhost", "" },
		{ "localhost.", "" },
		{ "relay", "" },
		{ "_app.example.test", "" },
		{ "a_b.example.test", "" },
		{ "-a.example.test", "" },
		{ "a-.example.test", "" },
		{ "a..test", "" },
		{ ".test", "" },
		{ "a.test..", "" },
		{ "...", "" },
		{ "a~b.test", "" },
		{ "a;b.test", "" },
		{ "$a.test", "" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char name[HOSTNAME_MAX + 1];

		check(ask("GET /", table[i].field) &&
		              span_is(redirect_host(name, &request), table[i].host),
		      "Host: %s", table[i].field);
	}
}

static void long_hosts(void)
{
	char host[300], name[HOSTNAME_MAX + 1];

	memset(host, 'a', sizeof host);
	for (size_t i = 49; i < sizeof host; i += 50)
		host[i] = '.';
	host[253] = 0;
	check(ask("GET /", host) && redirect_host(name, &request).len == 253, "253 bytes of host");
	host[253] = '.';
	host[254] = 0;
	check(ask("GET /", host) && redirect_host(name, &request).len == 253, "... and a dot");
	host[253] = 'a';
	check(ask("GET /", host) && redirect_host(name, &request).len == 0, "254 are no name");
	memset(host, 'a', 70);
	memcpy(host + 63, ".test", 6);
	check(ask("GET /", host) && redirect_host(name, &request).len == 68, "a label of 63 bytes");
	memset(host, 'a', 70);
	memcpy(host + 64, ".test", 6);
	check(ask("GET /", host) && redirect_host(name, &request).len == 0, "64 are no label");
}

static void absolute_form(void)
{
	char name[HOSTNAME_MAX + 1];

	check(ask("GET http://Other.Test:81" CHALLENGE TOKEN "?q", "app.example.test") &&
	              span_is(redirect_host(name, &request), "other.test") &&
	              span_is(request.path, CHALLENGE TOKEN) && span_is(request.query, "?q"),
	      "an absolute target's host stands above the field");
	check(ask("GET http://192.0.2.1/", "app.example.test") &&
	              redirect_host(name, &request).len == 0,
	      "... when it is an address, too");
}

static void classes(void)
{
	static const struct {
		const char *path;
		enum counters_path class;
		bool needs_domain;
	} table[] = {
		{ "/", COUNTERS_ROOT, true },
		{ "/health", COUNTERS_HEALTH, true },
		{ "/metrics", COUNTERS_METRICS, true },
		{ "/health/", COUNTERS_OTHER, true },
		{ "/Health", COUNTERS_OTHER, true },
		{ "//health", COUNTERS_OTHER, true },
		{ "/index.html", COUNTERS_OTHER, true },
		{ "//evil.test/", COUNTERS_OTHER, true },
		{ CHALLENGE TOKEN, COUNTERS_ACME, true },
		{ CHALLENGE "a", COUNTERS_ACME, true },
		{ CHALLENGE, COUNTERS_ACME, false },
		{ CHALLENGE "a/b", COUNTERS_ACME, false },
		{ CHALLENGE "../x", COUNTERS_ACME, false },
		{ CHALLENGE "a.b", COUNTERS_ACME, false },
		{ CHALLENGE "%41", COUNTERS_ACME, false },
		{ CHALLENGE "a=", COUNTERS_ACME, false },
		{ "/.well-known/acme-challenge", COUNTERS_OTHER, true },
		{ "/.WELL-KNOWN/acme-challenge/a", COUNTERS_OTHER, true },
		{ "/.well-known/other", COUNTERS_OTHER, true },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char line[200];

		snprintf(line, sizeof line, "GET %s", table[i].path);
		check(ask(line, "app.example.test") && redirect_path(request.path) == table[i].class &&
		              redirect_needs_domain(&request) == table[i].needs_domain,
		      "the class of %s", table[i].path);
	}
	check(ask("OPTIONS *", "app.example.test") && redirect_path(request.path) == COUNTERS_OTHER &&
	              !redirect_needs_domain(&request),
	      "OPTIONS * is about no domain");
}

/* The gateway's naming: ID[-[PORT][SUFFIX]].GATEWAY. */
static void app_hosts(void)
{
	static const struct {
		const char *what;
		unsigned int rule; /* 0: from the record */
		char suffix;
		unsigned int record;
		const char *host;
	} table[] = {
		{ "80", 80, 0, 443, "app.gw.test" },
		{ "80 s", 80, 's', 443, "app-80s.gw.test" },
		{ "80 g", 80, 'g', 443, "app-g.gw.test" },
		{ "443", 443, 0, 80, "app-443.gw.test" },
		{ "443 s", 443, 's', 80, "app-s.gw.test" },
		{ "443 g", 443, 'g', 80, "app-443g.gw.test" },
		{ "8080", 8080, 0, 80, "app-8080.gw.test" },
		{ "8080 s", 8080, 's', 80, "app-8080s.gw.test" },
		{ "8080 g", 8080, 'g', 80, "app-8080g.gw.test" },
		{ "65535", 65535, 0, 80, "app-65535.gw.test" },
		{ "1", 1, 0, 80, "app-1.gw.test" },
		{ "txt, record 80", 0, 0, 80, "app.gw.test" },
		{ "txt, record 443", 0, 0, 443, "app.gw.test" },
		{ "txt, record 8080", 0, 0, 8080, "app-8080.gw.test" },
		{ "txt s, record 80", 0, 's', 80, "app-s.gw.test" },
		{ "txt s, record 443", 0, 's', 443, "app-s.gw.test" },
		{ "txt s, record 8080", 0, 's', 8080, "app-8080s.gw.test" },
		{ "txt g, record 80", 0, 'g', 80, "app-g.gw.test" },
		{ "txt g, record 443", 0, 'g', 443, "app-g.gw.test" },
		{ "txt g, record 8080", 0, 'g', 8080, "app-8080g.gw.test" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct redirect_rules rules = { .status = 307, .suffix = table[i].suffix,
			                        .port = (uint16_t)(table[i].rule ? table[i].rule : 80),
			                        .port_from_record = table[i].rule == 0 };
		struct domain domain = domain_of("app", table[i].record, "gw.test");

		builder_init(&storage, text, sizeof text);
		check(redirect_app_host(&storage, &rules, &domain) &&
		              span_is(builder_span(&storage), table[i].host),
		      "RELAY_PORT, RELAY_SUFFIX %s: %s", table[i].what, table[i].host);
	}
}

static void long_app_hosts(void)
{
	char id[HOSTNAME_LABEL_MAX + 1], gateway[HOSTNAME_MAX + 1];
	struct redirect_rules rules = { .status = 307, .port = 80 };
	struct domain domain = domain_of(id, 80, "gw.test");

	memset(id, 'a', 63);
	id[63] = 0;
	builder_init(&storage, text, sizeof text);
	check(redirect_app_host(&storage, &rules, &domain), "an id of 63 bytes");
	rules.port = 8080;
	builder_init(&storage, text, sizeof text);
	check(!redirect_app_host(&storage, &rules, &domain), "... but not with a port behind it");
	id[58] = 0;
	builder_init(&storage, text, sizeof text);
	check(redirect_app_host(&storage, &rules, &domain), "58 bytes leave room for -8080");
	memset(gateway, 'a', sizeof gateway);
	for (size_t i = 49; i < sizeof gateway; i += 50)
		gateway[i] = '.';
	gateway[251] = 0;
	domain = domain_of("a", 80, gateway);
	rules.port = 80;
	builder_init(&storage, text, sizeof text);
	check(redirect_app_host(&storage, &rules, &domain) && storage.len == 253, "253 bytes in all");
	domain.id = "ab";
	builder_init(&storage, text, sizeof text);
	check(!redirect_app_host(&storage, &rules, &domain), "not 254");
	builder_init(&storage, text, 20);
	check(!redirect_app_host(&storage, &rules, &domain), "nor what does not fit");
}

struct answer {
	int status;
	const char *location, *body; /* NULL: none */
	unsigned int retry_after_s;
};

/* False also means: answered as for any other host, told by status 0. */
static bool answers(const struct redirect_rules *rules, const struct domain *domain,
                    struct answer wanted)
{
	char name[HOSTNAME_MAX + 1];
	struct span host = redirect_host(name, &request);

	reply = (struct httpd_reply){ .status = 0 };
	builder_init(&storage, text, sizeof text);
	if (!redirect_answer(rules, &request, host, domain, &reply, &storage))
		return wanted.status == 0;
	if (reply.status != wanted.status || !builder_ok(&storage))
		printf("# %d\n", reply.status);
	return reply.status == wanted.status && reply.retry_after_s == wanted.retry_after_s &&
	       span_is(reply.location, wanted.location ? wanted.location : "") &&
	       (!wanted.body || span_is(reply.body, wanted.body)) &&
	       (!wanted.location || reply.body.len == 0);
}

#define HOST "app.example.test"
#define TO_APP "https://id.gw.test"
#define NO_APP "cannot redirect " HOST ": no app address record (TXT _dstack-app-address, id:port)\n"
#define NO_GATEWAY "cannot redirect " HOST ": no gateway (no CNAME that is allowed, and no fallback)\n"
#define FAILED "cannot resolve " HOST ": DNS lookup failed\n"
#define BUSY "cannot resolve " HOST ": too many lookups\n"

/* Each kind of path with each outcome of the search under each RELAY_OTHER. */
static void table_of_answers(void)
{
	enum { NOBODY = DOMAIN_FAILED + 1, OUTCOMES };
	static const struct answer challenges[OUTCOMES] = {
		[DOMAIN_FOUND] = { 307, TO_APP CHALLENGE TOKEN "?a=b", NULL, 0 },
		[DOMAIN_NO_APP] = { 502, NULL, NO_APP, 0 },
		[DOMAIN_NO_GATEWAY] = { 502, NULL, NO_GATEWAY, 0 },
		[DOMAIN_FAILED] = { 503, NULL, FAILED, 5 },
		[NOBODY] = { 503, NULL, BUSY, 1 },
	};
	static const struct answer others[3][OUTCOMES] = {
		[REDIRECT_APP] = {
			{ 307, TO_APP, NULL, 0 }, { 0, NULL, NULL, 0 }, { 502, NULL, NO_GATEWAY, 0 },
			{ 503, NULL, FAILED, 5 }, { 503, NULL, BUSY, 1 },
		},
		[REDIRECT_SELF] = {
			{ 308, "https://" HOST, NULL, 0 }, { 0, NULL, NULL, 0 },
			{ 308, "https://" HOST, NULL, 0 }, { 503, NULL, FAILED, 5 },
			{ 503, NULL, BUSY, 1 },
		},
		[REDIRECT_DENY] = {
			{ 404, NULL, "not found\n", 0 }, { 0, NULL, NULL, 0 },
			{ 404, NULL, "not found\n", 0 }, { 503, NULL, FAILED, 5 },
			{ 503, NULL, BUSY, 1 },
		},
	};
	static const char *const paths[] = {
		"/", "/health", "/metrics", "/other", "//x/../y;z?a=b&c", "/%0d%0aX:%20y", "/?", "/\"<>\\^`{|}",
	};

	for (int outcome = DOMAIN_FOUND; outcome < OUTCOMES; outcome++)
		for (int other = REDIRECT_APP; other <= REDIRECT_DENY; other++) {
			struct redirect_rules rules = { .status = 307, .port = 80,
				                        .other = (enum redirect_other)other };
			struct domain domain = domain_of("id", 443, "gw.test");
			const struct domain *d = outcome == NOBODY ? NULL : &domain;

			domain.status = (enum domain_status)(outcome == NOBODY ? 0 : outcome);
			check(ask("GET " CHALLENGE TOKEN "?a=b", "App.Example.Test:80") &&
			              answers(&rules, d, challenges[outcome]),
			      "a challenge, outcome %d, RELAY_OTHER %d", outcome, other);
			for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
				struct answer wanted = others[other][outcome];
				char line[100], location[200];

				snprintf(line, sizeof line, "POST %s", paths[i]);
				snprintf(location, sizeof location, "%s%s",
				         wanted.location ? wanted.location : "", paths[i]);
				wanted.location = wanted.location ? location : NULL;
				check(ask(line, HOST) && answers(&rules, d, wanted),
				      "%s, outcome %d, RELAY_OTHER %d", paths[i], outcome, other);
			}
		}
}

static void statuses(void)
{
	static const int allowed[] = { 301, 302, 307, 308 };
	struct domain domain = domain_of("id", 443, "gw.test");

	for (size_t i = 0; i < 4; i++) {
		struct redirect_rules rules = { .status = allowed[i], .port = 80 };

		check(ask("HEAD /x", HOST) &&
		              answers(&rules, &domain, (struct answer){ allowed[i], TO_APP "/x", NULL, 0 }),
		      "RELAY_STATUS=%d", allowed[i]);
	}
}

static void too_long_to_redirect(void)
{
	static char line[HTTP_TARGET_MAX + 20], location[HTTP_TARGET_MAX + 40];
	struct redirect_rules rules = { .status = 307, .port = 8080 };
	char id[HOSTNAME_LABEL_MAX + 1];
	struct domain domain = domain_of(id, 443, "gw.test");

	memset(id, 'a', 63);
	id[63] = 0;
	check(ask("GET /", HOST) &&
	              answers(&rules, &domain, (struct answer){
			502, NULL, "the app of " HOST " has no valid host name\n", 0 }),
	      "502 when the app's label would be too long");
	memset(line, 'x', sizeof line);
	memcpy(line, "GET /", 5);
	line[4 + HTTP_TARGET_MAX] = 0;
	id[2] = 0;
	rules.port = 80;
	snprintf(location, sizeof location, "https://aa.gw.test%s", line + 4);
	check(ask(line, HOST) && answers(&rules, &domain, (struct answer){ 307, location, NULL, 0 }),
	      "the longest target there can be is redirected whole");
}

static void local(const char *line, int status, const char *body)
{
	struct counters *counters = counters_open(NULL);

	reply = (struct httpd_reply){ .status = 0 };
	builder_init(&storage, text, sizeof text);
	if (!counters || !ask(line, "192.0.2.1"))
		check(false, "%s can be asked", line);
	redirect_local(&request, counters, &reply, &storage);
	check(reply.status == status && reply.location.len == 0 &&
	              span_starts(reply.body, body),
	      "%s on another host: %d", line, status);
}

static void other_hosts(void)
{
	local("GET /health", 200, "OK");
	check(reply.body.len == 2, "... and nothing more");
	local("GET /", 200, "postern relay");
	local("GET /metrics", 200, "# HELP http_requests_total ");
	check(strcmp(reply.content_type, "text/plain; version=0.0.4") == 0, "... with its version");
	local("GET /metrics?x", 200, "# HELP ");
	local("GET /other", 404, "not found\n");
	local("GET /health/", 404, "not found\n");
	local("GET " CHALLENGE TOKEN, 404, "not found\n");
	local("GET " CHALLENGE, 404, "not found\n");
	local("OPTIONS *", 404, "not found\n");
}

int main(void)
{
	hosts();
	long_hosts();
	absolute_form();
	classes();
	app_hosts();
	long_app_hosts();
	table_of_answers();
	statuses();
	too_long_to_redirect();
	other_hosts();
	return tap_end();
}
