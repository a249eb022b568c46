/* The search for a custom domain, fed with hand-made DNS answers in every order. */
#include <stdlib.h>
#include <string.h>

#include "relay/domain.h"
#include "tap.h"

enum { OK = 0x8180, FAILURE = 0x8182, NO_NAME = 0x8183, REFUSAL = 0x8185, IN = 1 };

#define ID "5b912f5c1a2d4e8f90716253a4b5c6d7e8f90a1b"

static struct domain_rules rules;
static struct domain_search s;
static struct domain found;
static unsigned char store[4096];
static struct builder m;

static void add_name(struct builder *b, struct span rest)
{
	struct span label;

	while (span_split(&rest, '.', &label)) {
		builder_byte(b, (unsigned char)label.len);
		builder_add(b, label);
	}
	builder_byte(b, 0);
}

/* What the search calls a question. */
static enum dns_type asked_for(enum domain_question q, struct builder *name)
{
	static char text[600];

	builder_init(name, text, sizeof text);
	return domain_search_name(&s, q, name);
}

static void begin(enum domain_question q, unsigned int flags, unsigned int answers,
                  unsigned int authority)
{
	struct builder name;
	enum dns_type type = asked_for(q, &name);

	builder_init(&m, store, sizeof store);
	builder_u16be(&m, 0x1234);
	builder_u16be(&m, (uint16_t)flags);
	builder_u16be(&m, 1);
	builder_u16be(&m, (uint16_t)answers);
	builder_u16be(&m, (uint16_t)authority);
	builder_u16be(&m, 0);
	add_name(&m, builder_span(&name));
	builder_u16be(&m, (uint16_t)type);
	builder_u16be(&m, IN);
}

/* A record at the question's name, which stands at offset 12. */
static void record(enum dns_type type, uint32_t ttl, struct span data)
{
	builder_u16be(&m, 0xc00c);
	builder_u16be(&m, (uint16_t)type);
	builder_u16be(&m, IN);
	builder_u32be(&m, ttl);
	builder_u16be(&m, (uint16_t)data.len);
	builder_add(&m, data);
}

static void txt_record(uint32_t ttl, const char *text)
{
	unsigned char data[300];
	struct builder b;

	builder_init(&b, data, sizeof data);
	builder_byte(&b, (unsigned char)strlen(text));
	builder_str(&b, text);
	record(DNS_TXT, ttl, builder_span(&b));
}

static void cname_record(uint32_t ttl, const char *target)
{
	unsigned char data[300];
	struct builder b;

	builder_init(&b, data, sizeof data);
	add_name(&b, span_str(target));
	record(DNS_CNAME, ttl, builder_span(&b));
}

static void soa_record(uint32_t ttl)
{
	unsigned char data[64];
	struct builder b;

	builder_init(&b, data, sizeof data);
	add_name(&b, span_str("ns.test"));
	add_name(&b, span_str("host.test"));
	for (int i = 0; i < 5; i++)
		builder_u32be(&b, ttl);
	record(DNS_SOA, ttl, builder_span(&b));
}

/* The message as the answer to that question. */
static void deliver(enum domain_question q)
{
	struct dns_answer answer;
	struct builder name;
	enum dns_type type = asked_for(q, &name);

	dns_answer_parse(&answer, builder_span(&m), builder_span(&name), type);
	domain_search_answer(&s, q, &answer);
}

/* Answers in short: what is answered, and for how long it may be kept. */
static void has_ttl(enum domain_question q, const char *what, uint32_t ttl)
{
	struct builder name;

	begin(q, OK, 1, 0);
	if (asked_for(q, &name) == DNS_TXT)
		txt_record(ttl, what);
	else
		cname_record(ttl, what);
	deliver(q);
}

static void has(enum domain_question q, const char *what)
{
	has_ttl(q, what, 60);
}

static void none_ttl(enum domain_question q, unsigned int flags, uint32_t ttl)
{
	begin(q, flags, 0, 1);
	soa_record(ttl);
	deliver(q);
}

static void none(enum domain_question q)
{
	none_ttl(q, NO_NAME, 60);
}

static void fails(enum domain_question q)
{
	begin(q, FAILURE, 0, 0);
	deliver(q);
}

static void fall_back_to(const char *name)
{
	snprintf(rules.fallback, sizeof rules.fallback, "%s", name);
}

static void start(void)
{
	domain_search_init(&s, &rules, "app.example.test");
}

/* Takes all questions that are due; true when they are these, one digit each. */
static bool asks(const char *wanted)
{
	char got[DOMAIN_QUESTIONS + 1] = "";
	enum domain_question q;
	size_t n = 0;

	while (domain_search_next(&s, &q) && n < DOMAIN_QUESTIONS)
		got[n++] = (char)('0' + q);
	got[n] = 0;
	if (strcmp(got, wanted) != 0)
		printf("# asks %s\n", got);
	return strcmp(got, wanted) == 0;
}

static bool waits(void)
{
	return !domain_search_done(&s, &found);
}

static bool ends(enum domain_status status)
{
	return domain_search_done(&s, &found) && found.status == status;
}

static bool app_is(const char *id, unsigned int port, enum domain_question source)
{
	return strcmp(found.id, id) == 0 && found.port == port && found.id_source == source;
}

static bool gateway_is(const char *gateway, enum domain_question source)
{
	return strcmp(found.gateway, gateway) == 0 && found.gateway_source == source;
}

static void names(void)
{
	static const struct {
		enum domain_question q;
		enum dns_type type;
		const char *name;
	} table[] = {
		{ DOMAIN_TXT, DNS_TXT, "_dstack-app-address.app.example.test" },
		{ DOMAIN_TXT_OLD, DNS_TXT, "_tapp-address.app.example.test" },
		{ DOMAIN_TXT_WILDCARD, DNS_TXT, "_dstack-app-address-wildcard.example.test" },
		{ DOMAIN_CNAME, DNS_CNAME, "app.example.test" },
		{ DOMAIN_CNAME_GATEWAY, DNS_CNAME, "_dstack-gateway.app.example.test" },
	};

	start();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct builder name;
		enum dns_type type = asked_for(table[i].q, &name);

		check(type == table[i].type && span_is(builder_span(&name), table[i].name), "%s",
		      table[i].name);
	}
}

static void straight(void)
{
	start();
	check(asks("03") && asks(""), "TXT and CNAME are asked for at once, and only once");
	check(waits(), "nothing is known yet");
	has(DOMAIN_TXT, ID ":443");
	check(asks("") && waits(), "an app alone is not enough");
	has(DOMAIN_CNAME, "_.gw.test");
	check(ends(DOMAIN_FOUND) && asks(""), "app and gateway end it");
	check(app_is(ID, 443, DOMAIN_TXT), "the app");
	check(gateway_is("gw.test", DOMAIN_CNAME), "the gateway");
	check(found.ttl_s == 60, "for as long as the records may be kept");
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.GW.test");
	check(waits(), "the answers may come the other way round");
	has(DOMAIN_TXT, "ABC:80");
	check(ends(DOMAIN_FOUND) && app_is("abc", 80, DOMAIN_TXT) &&
	              gateway_is("gw.test", DOMAIN_CNAME),
	      "... in lower case");
}

static void older_names(void)
{
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	none(DOMAIN_TXT);
	check(asks("12") && waits(), "without the first TXT both stand-ins are asked for at once");
	has(DOMAIN_TXT_WILDCARD, "wild:1");
	check(waits(), "the wildcard is not taken while the older name is open");
	has(DOMAIN_TXT_OLD, "old:2");
	check(ends(DOMAIN_FOUND) && app_is("old", 2, DOMAIN_TXT_OLD), "the older name goes before it");
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	none(DOMAIN_TXT);
	asks("12");
	has(DOMAIN_TXT_OLD, "old:2");
	check(ends(DOMAIN_FOUND) && app_is("old", 2, DOMAIN_TXT_OLD), "and need not wait for it");
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	none(DOMAIN_TXT);
	asks("12");
	has(DOMAIN_TXT_WILDCARD, "wild:1");
	none(DOMAIN_TXT_OLD);
	check(ends(DOMAIN_FOUND) && app_is("wild", 1, DOMAIN_TXT_WILDCARD), "the wildcard comes last");
	start();
	asks("03");
	none(DOMAIN_CNAME);
	none(DOMAIN_TXT);
	check(asks("124"), "a search takes two rounds at most");
	none(DOMAIN_TXT_WILDCARD);
	check(waits(), "no app only when all three said so");
	none(DOMAIN_TXT_OLD);
	check(ends(DOMAIN_NO_APP) && !*found.id && !*found.gateway, "no app: whatever the gateway is");
}

/* The app's questions answered none, failed or has in each of the 27 ways and 6 orders. */
static void every_order(void)
{
	static const int orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	static const char *const ids[] = { "first:1", "old:1", "wild:1" };
	int wrong = 0;

	for (int way = 0; way < 27; way++)
		for (int o = 0; o < 6; o++) {
			int of[3] = { way % 3, way / 3 % 3, way / 9 }, decides = 0;
			enum domain_status wanted;

			start();
			asks("03");
			has(DOMAIN_CNAME, "_.gw.test");
			for (int i = 0; i < 3; i++) {
				enum domain_question q = (enum domain_question)orders[o][i];

				if (of[q] == 0)
					none(q);
				else if (of[q] == 1)
					fails(q);
				else
					has(q, ids[q]);
			}
			while (decides < 3 && of[decides] == 0)
				decides++;
			wanted = decides == 3 ? DOMAIN_NO_APP : of[decides] == 1 ? DOMAIN_FAILED : DOMAIN_FOUND;
			if (!ends(wanted) || (wanted == DOMAIN_FOUND && found.id_source != decides))
				wrong++;
		}
	check(wrong == 0, "162 ways to answer: the first name that is not without a record decides");
}

static void failures(void)
{
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	fails(DOMAIN_TXT);
	check(ends(DOMAIN_FAILED) && asks(""), "a failed TXT: nothing stands in for it");
	check(found.ttl_s == DOMAIN_TTL_FAILED_S, "... and that is kept for a second");
	check(!*found.id && !*found.gateway, "... with no name in it");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	begin(DOMAIN_CNAME, REFUSAL, 0, 0);
	deliver(DOMAIN_CNAME);
	check(ends(DOMAIN_FAILED), "a refused CNAME too");
	start();
	asks("03");
	none(DOMAIN_TXT);
	asks("12");
	fails(DOMAIN_TXT_WILDCARD);
	check(waits(), "a failed wildcard decides nothing while the older name is open");
	has(DOMAIN_TXT_OLD, "old:2");
	has(DOMAIN_CNAME, "_.gw.test");
	check(ends(DOMAIN_FOUND) && app_is("old", 2, DOMAIN_TXT_OLD), "... nor when it has a record");
	start();
	asks("03");
	none(DOMAIN_TXT);
	asks("12");
	has(DOMAIN_TXT_WILDCARD, "wild:1");
	fails(DOMAIN_TXT_OLD);
	check(ends(DOMAIN_FAILED), "an older name that failed may have had one");
	start();
	asks("03");
	begin(DOMAIN_TXT, OK, 1, 0);
	record(DNS_TXT, 60, span_of("\x05" "a:1", 4));
	deliver(DOMAIN_TXT);
	check(ends(DOMAIN_FAILED), "a malformed answer is a failure, not an absence");
	start();
	asks("03");
	fails(DOMAIN_CNAME);
	check(waits(), "a failed CNAME does not matter while there may be no app");
	none(DOMAIN_TXT);
	asks("12");
	none(DOMAIN_TXT_OLD);
	none(DOMAIN_TXT_WILDCARD);
	check(ends(DOMAIN_NO_APP), "... and not when there is none");
}

static void fallback(void)
{
	fall_back_to("fallback.test");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	has(DOMAIN_CNAME, "elsewhere.test");
	check(asks("4") && waits(), "a CNAME that does not match: _dstack-gateway is asked");
	has(DOMAIN_CNAME_GATEWAY, "_.gw.test");
	check(ends(DOMAIN_FOUND) && gateway_is("gw.test", DOMAIN_CNAME_GATEWAY), "... and taken");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	none(DOMAIN_CNAME);
	check(asks("4"), "no CNAME: the same");
	none(DOMAIN_CNAME_GATEWAY);
	check(ends(DOMAIN_FOUND) && gateway_is("fallback.test", DOMAIN_FALLBACK),
	      "neither: the fallback");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	has(DOMAIN_CNAME, "elsewhere.test");
	asks("4");
	has(DOMAIN_CNAME_GATEWAY, "_.gw.test.evil.test");
	check(ends(DOMAIN_FOUND) && gateway_is("fallback.test", DOMAIN_FALLBACK),
	      "two that do not match: the fallback");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	fails(DOMAIN_CNAME);
	check(ends(DOMAIN_FAILED) && asks(""), "a CNAME that failed: no fallback");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	none(DOMAIN_CNAME);
	asks("4");
	fails(DOMAIN_CNAME_GATEWAY);
	check(ends(DOMAIN_FAILED), "a _dstack-gateway that failed: no fallback");
	fall_back_to("");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	none(DOMAIN_CNAME);
	asks("4");
	none(DOMAIN_CNAME_GATEWAY);
	check(ends(DOMAIN_NO_GATEWAY) && app_is(ID, 80, DOMAIN_TXT) && !*found.gateway,
	      "no fallback set: no gateway");
}

static void several_records(void)
{
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	begin(DOMAIN_TXT, OK, 4, 0);
	txt_record(60, "v=spf1 -all");
	txt_record(60, "evil.test/x:1");
	txt_record(60, ID ":8443");
	txt_record(60, "second:1");
	deliver(DOMAIN_TXT);
	check(ends(DOMAIN_FOUND) && app_is(ID, 8443, DOMAIN_TXT), "the first record that is valid");
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	begin(DOMAIN_TXT, OK, 2, 0);
	txt_record(60, "a:0");
	txt_record(60, "not:one");
	deliver(DOMAIN_TXT);
	check(asks("12") && waits(), "only invalid ones are as good as none");
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	begin(DOMAIN_TXT, OK, 1, 0);
	record(DNS_TXT, 60, span_of("\x03" "abc\x00\x01:\x02" "80", 10));
	deliver(DOMAIN_TXT);
	check(ends(DOMAIN_FOUND) && app_is("abc", 80, DOMAIN_TXT), "character-strings are joined");
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	begin(DOMAIN_TXT, OK, 2, 0);
	record(DNS_TXT, 60, span_of("\x04" "a\0:1", 5));
	txt_record(60, "b:1");
	deliver(DOMAIN_TXT);
	check(ends(DOMAIN_FOUND) && app_is("b", 1, DOMAIN_TXT), "a NUL makes it no record");
}

/* A TXT record as long as a message allows. */
static void long_records(void)
{
	static unsigned char big[3000];
	size_t n = 0;

	while (n + 256 < sizeof big) {
		big[n++] = 255;
		memset(big + n, 'a', 255);
		n += 255;
	}
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	begin(DOMAIN_TXT, OK, 2, 0);
	record(DNS_TXT, 60, span_of(big, n));
	txt_record(60, "small:1");
	deliver(DOMAIN_TXT);
	check(builder_ok(&m) && ends(DOMAIN_FOUND) && app_is("small", 1, DOMAIN_TXT),
	      "one that is far too long is passed over");
}

static void hostile_target(void)
{
	fall_back_to("fallback.test");
	start();
	asks("03");
	has(DOMAIN_TXT, ID ":80");
	has(DOMAIN_CNAME, "_.a\r\nX: y.gw.test");
	check(asks("4"), "control bytes in a CNAME do not match");
	begin(DOMAIN_CNAME_GATEWAY, OK, 1, 0);
	record(DNS_CNAME, 60, span_of("\x01_\x04" "a\0gw\x04test", 13));
	deliver(DOMAIN_CNAME_GATEWAY);
	check(ends(DOMAIN_FOUND) && gateway_is("fallback.test", DOMAIN_FALLBACK), "nor does a NUL");
	fall_back_to("");
}

static void times(void)
{
	start();
	asks("03");
	has_ttl(DOMAIN_TXT, ID ":80", 299);
	has_ttl(DOMAIN_CNAME, "_.gw.test", 100000);
	check(ends(DOMAIN_FOUND) && found.ttl_s == 299, "the smaller of two");
	start();
	asks("03");
	has_ttl(DOMAIN_TXT, ID ":80", 4000);
	has_ttl(DOMAIN_CNAME, "_.gw.test", 100000);
	check(ends(DOMAIN_FOUND) && found.ttl_s == 300, "never more than 300 s");
	start();
	asks("03");
	has_ttl(DOMAIN_TXT, ID ":80", 0);
	has_ttl(DOMAIN_CNAME, "_.gw.test", 60);
	check(ends(DOMAIN_FOUND) && found.ttl_s == 0, "0 is not to be kept");
	start();
	asks("03");
	has_ttl(DOMAIN_TXT, ID ":80", 60);
	none_ttl(DOMAIN_CNAME, OK, 60);
	asks("4");
	has_ttl(DOMAIN_CNAME_GATEWAY, "_.gw.test", 60);
	check(ends(DOMAIN_FOUND) && found.ttl_s == 10, "10 s when part of it was no such record");
	start();
	asks("03");
	has_ttl(DOMAIN_TXT, ID ":80", 60);
	none_ttl(DOMAIN_CNAME, OK, 3);
	asks("4");
	has_ttl(DOMAIN_CNAME_GATEWAY, "_.gw.test", 60);
	check(ends(DOMAIN_FOUND) && found.ttl_s == 3, "or less, when the zone says so");
	start();
	asks("03");
	has_ttl(DOMAIN_TXT, ID ":80", 60);
	has_ttl(DOMAIN_CNAME, "elsewhere.test", 60);
	asks("4");
	has_ttl(DOMAIN_CNAME_GATEWAY, "_.gw.test", 60);
	check(ends(DOMAIN_FOUND) && found.ttl_s == 10, "a record that does not match counts as none");
	start();
	asks("03");
	none(DOMAIN_TXT);
	asks("12");
	none(DOMAIN_TXT_OLD);
	none(DOMAIN_TXT_WILDCARD);
	check(ends(DOMAIN_NO_APP) && found.ttl_s == 10, "no app: 10 s");
}

/* What did not decide says nothing about how long the result may be kept. */
static void times_of_others(void)
{
	start();
	asks("03");
	has(DOMAIN_CNAME, "_.gw.test");
	none(DOMAIN_TXT);
	asks("12");
	fails(DOMAIN_TXT_WILDCARD);
	has(DOMAIN_TXT_OLD, "old:2");
	check(ends(DOMAIN_FOUND) && found.ttl_s == 10, "a wildcard that failed behind the older name");
	start();
	asks("03");
	fails(DOMAIN_CNAME);
	none(DOMAIN_TXT);
	asks("12");
	none(DOMAIN_TXT_OLD);
	none(DOMAIN_TXT_WILDCARD);
	check(ends(DOMAIN_NO_APP) && found.ttl_s == 10, "a CNAME that failed where there is no app");
	start();
	asks("03");
	has_ttl(DOMAIN_CNAME, "_.gw.test", 2);
	none(DOMAIN_TXT);
	asks("12");
	none(DOMAIN_TXT_OLD);
	none(DOMAIN_TXT_WILDCARD);
	check(ends(DOMAIN_NO_APP) && found.ttl_s == 10, "a CNAME where there is no app");
}

/* A prefix makes the longest host names too long to be asked for: as good as no record. */
static void too_long(void)
{
	static char host[HOSTNAME_MAX + 1];
	enum domain_question q;

	memset(host, 'a', HOSTNAME_MAX);
	for (size_t i = 49; i < HOSTNAME_MAX; i += 50)
		host[i] = '.';
	domain_search_init(&s, &rules, host);
	while (domain_search_next(&s, &q)) {
		struct builder name;
		enum dns_type type = asked_for(q, &name);
		struct dns_answer answer = { .type = type };

		if (q == DOMAIN_CNAME || q == DOMAIN_TXT_WILDCARD) {
			has(q, q == DOMAIN_CNAME ? "_.gw.test" : "wild:1");
			continue;
		}
		answer.status = dns_answer_parse(&answer, span_of(NULL, 0), builder_span(&name), type);
		check(answer.status == DNS_BAD_NAME, "question %d cannot be asked", q);
		domain_search_answer(&s, q, &answer);
	}
	check(ends(DOMAIN_FOUND) && app_is("wild", 1, DOMAIN_TXT_WILDCARD) && found.ttl_s == 60,
	      "the wildcard above it still can");
}

static void fixed_gateway(void)
{
	rules.fixed = true;
	memcpy(rules.fallback, "gw.test", sizeof "gw.test");
	start();
	check(asks("0") && waits(), "with one gateway no CNAME is asked for");
	has_ttl(DOMAIN_TXT, ID ":443", 200);
	check(ends(DOMAIN_FOUND) && app_is(ID, 443, DOMAIN_TXT) && gateway_is("gw.test", DOMAIN_FALLBACK) &&
	              found.ttl_s == 200, "the app alone ends it, and says how long it is kept");
	start();
	asks("0");
	none(DOMAIN_TXT);
	check(asks("12") && waits(), "the other names of the app are asked for");
	none(DOMAIN_TXT_OLD);
	none(DOMAIN_TXT_WILDCARD);
	check(ends(DOMAIN_NO_APP), "no app");
	start();
	asks("0");
	begin(DOMAIN_TXT, FAILURE, 0, 0);
	deliver(DOMAIN_TXT);
	check(ends(DOMAIN_FAILED), "a failure is one");
	rules.fixed = false;
	rules.fallback[0] = 0;
}

int main(void)
{
	if (regcomp(&rules.allowed, "^_\\.(.*gw\\.test)$", REG_EXTENDED) != 0)
		return 111;
	rules.group = 1;
	names();
	straight();
	older_names();
	every_order();
	failures();
	fallback();
	several_records();
	long_records();
	hostile_target();
	times();
	times_of_others();
	too_long();
	regfree(&rules.allowed);
	fixed_gateway();
	return tap_end();
}
