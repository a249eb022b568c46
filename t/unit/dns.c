/* DNS answers: good ones, and every kind of lie a message can tell. */
#include "net/dns.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/dns_text.h"
#include "net/dns_wire.h"
#include "tap.h"

enum { OK = 0x8180, NO_NAME = 0x8183, IN = 1, CH = 3, NS = 2, OPT = 41 };

#define NAME "www.example.com"
#define BYTES(s) span_of(s, sizeof(s) - 1)

/* A message under construction. */
static unsigned char store[70000];
static struct builder m;

static void head(unsigned int flags, unsigned int an, unsigned int ns, unsigned int ar)
{
	builder_init(&m, store, sizeof store);
	builder_u16be(&m, 0x1234);
	builder_u16be(&m, (uint16_t)flags);
	builder_u16be(&m, 1);
	builder_u16be(&m, (uint16_t)an);
	builder_u16be(&m, (uint16_t)ns);
	builder_u16be(&m, (uint16_t)ar);
}

static void add_name(struct builder *b, const char *name)
{
	struct span rest = span_str(name), label;

	while (*name && span_split(&rest, '.', &label)) {
		builder_byte(b, (unsigned char)label.len);
		builder_add(b, label);
	}
	builder_byte(b, 0);
}

static void question(const char *name, unsigned int type, unsigned int class)
{
	add_name(&m, name);
	builder_u16be(&m, (uint16_t)type);
	builder_u16be(&m, (uint16_t)class);
}

static void rest_of_record(unsigned int type, unsigned int class, uint32_t ttl, struct span data)
{
	builder_u16be(&m, (uint16_t)type);
	builder_u16be(&m, (uint16_t)class);
	builder_u32be(&m, ttl);
	builder_u16be(&m, (uint16_t)data.len);
	builder_add(&m, data);
}

static void record(const char *name, unsigned int type, uint32_t ttl, struct span data)
{
	add_name(&m, name);
	rest_of_record(type, IN, ttl, data);
}

static void cname(const char *name, uint32_t ttl, const char *target)
{
	unsigned char wire[300];
	struct builder b;

	builder_init(&b, wire, sizeof wire);
	add_name(&b, target);
	record(name, DNS_CNAME, ttl, builder_span(&b));
}

static void soa(uint32_t ttl, uint32_t minimum)
{
	unsigned char wire[300];
	struct builder b;

	builder_init(&b, wire, sizeof wire);
	add_name(&b, "ns.example.com");
	add_name(&b, "hostmaster.example.com");
	for (int i = 0; i < 4; i++)
		builder_u32be(&b, 1);
	builder_u32be(&b, minimum);
	record("example.com", DNS_SOA, ttl, builder_span(&b));
}

/* A head and the usual question, of a message with `an` answers. */
static void begin(unsigned int flags, enum dns_type type, unsigned int an, unsigned int ns)
{
	head(flags, an, ns, 0);
	question(NAME, type, IN);
}

/*
 * Parses a copy of exactly the message's size, so that a sanitizer sees a
 * look beyond its end, and goes through all it says.
 */
static struct dns_answer a;
static unsigned char *copy;

static enum dns_status parse_bytes(struct span bytes, const char *name, enum dns_type type)
{
	static unsigned char line[DNS_TEXT_LINE_MAX];
	struct dns_answer walk;
	struct dns_record r;
	enum dns_status status;

	free(copy);
	copy = malloc(bytes.len > 0 ? bytes.len : 1);
	if (bytes.len > 0)
		memcpy(copy, bytes.p, bytes.len);
	status = dns_answer_parse(&a, span_of(copy, bytes.len), span_str(name), type);
	walk = a;
	for (size_t n = 0; dns_next(&walk, &r); n++) {
		struct builder out;

		builder_init(&out, line, sizeof line);
		if ((!dns_text(&out, &walk, &r) && type != DNS_SOA) || status != DNS_FOUND)
			check(false, "a record that was given is well-formed");
	}
	return status;
}

static enum dns_status parse(enum dns_type type)
{
	return parse_bytes(builder_span(&m), NAME, type);
}

static void is(enum dns_type type, enum dns_status status, const char *what)
{
	enum dns_status got = parse(type);

	check(got == status, "%s: %s", what, dns_strerror(got));
}

/* The next record's line is this. */
static void line_is(const char *line)
{
	static unsigned char text[DNS_TEXT_LINE_MAX + 1];
	struct dns_record r;
	struct builder out;

	builder_init(&out, text, sizeof text);
	if (check(dns_next(&a, &r) && dns_text(&out, &a, &r), "there is a record"))
		check(span_is(builder_span(&out), line), "it says %s", line);
}

static void no_more(void)
{
	struct dns_record r;

	check(!dns_next(&a, &r) && !dns_next(&a, &r), "and no more");
}

static void test_found(void)
{
	begin(OK, DNS_TXT, 2, 0);
	record(NAME, DNS_TXT, 300, BYTES("\3abc\0\2de"));
	record("WWW.eXample.com", DNS_TXT, 200, BYTES("\1x"));
	is(DNS_TXT, DNS_FOUND, "two records");
	check(a.ttl == 200, "the smallest TTL counts");
	line_is("abcde");
	line_is("x");
	no_more();

	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 1, BYTES("\7a\0\n\x1b\\\x7f\xff\0"));
	is(DNS_TXT, DNS_FOUND, "NUL and control bytes");
	line_is("a\\x00\\x0a\\x1b\\x5c\\x7f\\xff");

	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 1, BYTES("\0"));
	is(DNS_TXT, DNS_FOUND, "an empty string");
	line_is("");

	begin(OK, DNS_CAA, 1, 0);
	record(NAME, DNS_CAA, 1, BYTES("\x80\5issueca.test; a=\1"));
	is(DNS_CAA, DNS_FOUND, "a CAA record");
	line_is("128 issue ca.test; a=\\x01");

	begin(OK, DNS_AAAA, 1, 0);
	record(NAME, DNS_AAAA, 1, BYTES("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"));
	is(DNS_AAAA, DNS_FOUND, "an IPv6 address");
	line_is("2001:db8::1");

	begin(OK, DNS_A, 1, 0);
	record(NAME, DNS_A, 1, BYTES("\xc0\0\2\1"));
	is(DNS_A, DNS_FOUND, "an IPv4 address");
	line_is("192.0.2.1");
	check(parse_bytes(builder_span(&m), "WWW.Example.COM.", DNS_A) == DNS_FOUND,
	      "the name may be asked for in capitals and with a dot");
}

static void test_not_ours(void)
{
	begin(OK, DNS_TXT, 4, 0);
	record("example.com", DNS_TXT, 1, BYTES("\1a"));
	record("xwww.example.com", DNS_TXT, 1, BYTES("\1b"));
	record(NAME, DNS_A, 1, BYTES("\xc0\0\2\1"));
	add_name(&m, NAME);
	rest_of_record(DNS_TXT, CH, 1, BYTES("\1c"));
	is(DNS_TXT, DNS_NONE, "records of another name, type or class");
	no_more();

	begin(OK, DNS_TXT, 1, 0);
	builder_add(&m, BYTES("\13www.example\3com\0"));
	rest_of_record(DNS_TXT, IN, 1, BYTES("\1a"));
	is(DNS_TXT, DNS_NONE, "a dot inside a label is no border between labels");

	begin(OK, DNS_TXT, 1, 0);
	builder_add(&m, BYTES("\3www\7example\5com\0x\0"));
	rest_of_record(DNS_TXT, IN, 1, BYTES("\1a"));
	is(DNS_TXT, DNS_NONE, "a NUL inside a label does not end a name");
}

static void test_question(void)
{
	static const struct {
		const char *what, *name;
		unsigned int type, class;
	} table[] = {
		{ "another name", "www.example.org", DNS_TXT, IN },
		{ "a shorter name", "example.com", DNS_TXT, IN },
		{ "a longer name", "a.www.example.com", DNS_TXT, IN },
		{ "the root", "", DNS_TXT, IN },
		{ "another type", NAME, DNS_A, IN },
		{ "another class", NAME, DNS_TXT, CH },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		head(OK, 1, 0, 0);
		question(table[i].name, table[i].type, table[i].class);
		record(NAME, DNS_TXT, 1, BYTES("\1a"));
		is(DNS_TXT, DNS_FAILED, table[i].what);
	}
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 1, BYTES("\1a"));
	store[5] = 0;
	is(DNS_TXT, DNS_FAILED, "a count of no question");
	store[5] = 2;
	is(DNS_TXT, DNS_FAILED, "a count of two questions");
	store[5] = 1;
	is(DNS_TXT, DNS_FOUND, "a count of one question");
	check(parse_bytes(builder_span(&m), "no good", DNS_TXT) == DNS_BAD_NAME, "a bad name");
}

static void test_flags(void)
{
	static const struct {
		unsigned int flags;
		enum dns_status status;
		const char *what;
	} table[] = {
		{ 0x0180, DNS_FAILED, "a question instead of an answer" },
		{ 0x8980, DNS_FAILED, "another opcode" },
		{ 0x8380, DNS_FAILED, "a cut answer" },
		{ 0x8181, DNS_FAILED, "FORMERR" },
		{ 0x8182, DNS_FAILED, "SERVFAIL" },
		{ 0x8183, DNS_NONE, "NXDOMAIN" },
		{ 0x8184, DNS_FAILED, "NOTIMP" },
		{ 0x8185, DNS_FAILED, "REFUSED" },
		{ 0x818f, DNS_FAILED, "an rcode nobody knows" },
		{ 0x8180, DNS_FOUND, "NOERROR" },
		{ 0x8000, DNS_FOUND, "neither recursive nor authoritative, but with records" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		begin(table[i].flags, DNS_TXT, 1, 0);
		record(NAME, DNS_TXT, 9, BYTES("\1a"));
		is(DNS_TXT, table[i].status, table[i].what);
		check(a.ttl == (table[i].status == DNS_FOUND ? 9 : 0), "its TTL");
	}
	begin(0x8100, DNS_TXT, 0, 1);
	record("com", NS, 1, BYTES("\2ns\0"));
	is(DNS_TXT, DNS_FAILED, "a referral");
	begin(0x8500, DNS_TXT, 0, 0);
	is(DNS_TXT, DNS_NONE, "nothing from an authoritative server");

	head(OK, 0, 0, 1);
	question(NAME, DNS_TXT, IN);
	builder_byte(&m, 0);
	rest_of_record(OPT, 1232, 0x00008000, BYTES(""));
	is(DNS_TXT, DNS_NONE, "an OPT record");
	head(OK, 0, 0, 1);
	question(NAME, DNS_TXT, IN);
	builder_byte(&m, 0);
	rest_of_record(OPT, 1232, 0x01000000, BYTES(""));
	is(DNS_TXT, DNS_FAILED, "an rcode whose upper bits are in the OPT record");
}

static void test_ttl(void)
{
	begin(OK, DNS_TXT, 2, 0);
	record(NAME, DNS_TXT, 0x80000001, BYTES("\1a"));
	record(NAME, DNS_TXT, 7, BYTES("\1b"));
	is(DNS_TXT, DNS_FOUND, "a TTL with the high bit");
	check(a.ttl == 0, "is 0");
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 0x7fffffff, BYTES("\1a"));
	is(DNS_TXT, DNS_FOUND, "the greatest TTL");
	check(a.ttl == 0x7fffffff, "stays");
	begin(OK, DNS_TXT, 3, 0);
	cname(NAME, 5, "b.example.com");
	record("b.example.com", DNS_TXT, 7, BYTES("\1a"));
	record("c.example.com", DNS_TXT, 3, BYTES("\1a"));
	is(DNS_TXT, DNS_FOUND, "a CNAME on the way");
	check(a.ttl == 5, "its TTL counts, that of a foreign record does not");

	begin(NO_NAME, DNS_TXT, 0, 1);
	soa(600, 60);
	is(DNS_TXT, DNS_NONE, "a negative answer");
	check(a.ttl == 60, "holds as long as the SOA's minimum");
	begin(OK, DNS_TXT, 0, 1);
	soa(30, 60);
	is(DNS_TXT, DNS_NONE, "the SOA's own TTL smaller");
	check(a.ttl == 30, "holds that long");
	begin(OK, DNS_TXT, 0, 1);
	soa(30, 0xffffffff);
	is(DNS_TXT, DNS_NONE, "a minimum with the high bit");
	check(a.ttl == 0, "is 0");
	begin(NO_NAME, DNS_TXT, 1, 1);
	cname(NAME, 5, "b.example.com");
	soa(600, 60);
	is(DNS_TXT, DNS_NONE, "a CNAME to no such name");
	check(a.ttl == 5, "holds as long as the CNAME");
	begin(OK, DNS_TXT, 0, 0);
	is(DNS_TXT, DNS_NONE, "no SOA");
	check(a.ttl == 0, "holds not at all");
	begin(OK, DNS_TXT, 0, 1);
	record("example.com", DNS_SOA, 30, BYTES("\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"));
	is(DNS_TXT, DNS_FAILED, "an SOA a byte short");
	begin(OK, DNS_TXT, 0, 1);
	record("example.com", DNS_SOA, 30,
	       BYTES("\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0"));
	is(DNS_TXT, DNS_FAILED, "an SOA a byte long");
}

/* www -> n1 -> n2 ... of `links` CNAMEs, in order or backwards, and a TXT at the end. */
static void chain(unsigned int links, bool backwards)
{
	char from[32], to[32];

	begin(OK, DNS_TXT, links + 1, 0);
	if (backwards) {
		snprintf(to, sizeof to, "n%u.test", links);
		record(to, DNS_TXT, 1, BYTES("\3end"));
	}
	for (unsigned int i = 0; i < links; i++) {
		unsigned int n = backwards ? links - 1 - i : i;

		snprintf(from, sizeof from, "n%u.test", n);
		snprintf(to, sizeof to, "n%u.test", n + 1);
		cname(n == 0 ? NAME : from, 1, to);
	}
	if (!backwards)
		record(to, DNS_TXT, 1, BYTES("\3end"));
}

static void test_cname(void)
{
	for (int backwards = 0; backwards < 2; backwards++) {
		chain(3, backwards);
		is(DNS_TXT, DNS_FOUND, backwards ? "a chain backwards" : "a chain");
		line_is("end");
		no_more();
		chain(DNS_CHAIN_MAX, backwards);
		is(DNS_TXT, DNS_FOUND, "a chain of 16");
		line_is("end");
		chain(DNS_CHAIN_MAX + 1, backwards);
		is(DNS_TXT, DNS_FAILED, "a chain of 17");
	}
	begin(OK, DNS_TXT, 1, 0);
	cname(NAME, 1, NAME);
	is(DNS_TXT, DNS_FAILED, "a loop of one");
	begin(OK, DNS_TXT, 2, 0);
	cname(NAME, 1, "b.test");
	cname("B.test", 1, NAME);
	is(DNS_TXT, DNS_FAILED, "a loop of two");
	begin(OK, DNS_TXT, 2, 0);
	cname(NAME, 1, "nowhere.test");
	record(NAME, DNS_TXT, 1, BYTES("\1a"));
	is(DNS_TXT, DNS_NONE, "a CNAME to nowhere, and a record where only the CNAME may be");
	begin(OK, DNS_TXT, 2, 0);
	add_name(&m, NAME);
	rest_of_record(DNS_CNAME, CH, 1, BYTES("\1b\0"));
	record(NAME, DNS_TXT, 1, BYTES("\1a"));
	is(DNS_TXT, DNS_FOUND, "a CNAME of another class is none");
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_CNAME, 1, BYTES("\1b\0\0"));
	is(DNS_TXT, DNS_FAILED, "a CNAME with a byte too many");
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_CNAME, 1, BYTES(""));
	is(DNS_TXT, DNS_FAILED, "a CNAME of nothing");
}

/* What an SOA record and an alias say about where a name belongs. */
static void test_zone(void)
{
	unsigned char text[DNS_TARGET_MAX + 1];
	struct dns_record r;
	struct builder b;

	builder_init(&b, text, sizeof text);
	begin(OK, DNS_SOA, 1, 0);
	builder_add(&m, BYTES("\3WWW\7example\3com\0"));
	rest_of_record(DNS_SOA, IN, 60, BYTES("\2ns\x04test\0\1h\0" "\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1"));
	is(DNS_SOA, DNS_FOUND, "an SOA record");
	check(dns_next(&a, &r) && dns_primary(&b, &a, r.data) && span_is(builder_span(&b), "ns.test"),
	      "names its primary server");
	builder_init(&b, text, sizeof text);
	dns_owner(&b, &a);
	check(span_is(builder_span(&b), NAME), "without an alias the name is its own");
	begin(OK, DNS_SOA, 1, 0);
	record(NAME, DNS_SOA, 60, BYTES("\2ns\0\1h\0\0\0\0\1"));
	is(DNS_SOA, DNS_FAILED, "an SOA record that is too short");
	begin(OK, DNS_SOA, 1, 0);
	cname(NAME, 60, "elsewhere.test");
	is(DNS_SOA, DNS_NONE, "an alias");
	builder_init(&b, text, sizeof text);
	dns_owner(&b, &a);
	check(span_is(builder_span(&b), "elsewhere.test"), "leads elsewhere");

	begin(OK, DNS_NS, 2, 0);
	record(NAME, DNS_NS, 60, BYTES("\2ns\4test\0"));
	record(NAME, DNS_NS, 60, BYTES("\3ns2\xc0\x0c"));
	is(DNS_NS, DNS_FOUND, "NS records");
	line_is("ns.test");
	line_is("ns2." NAME);
	begin(OK, DNS_NS, 1, 0);
	record(NAME, DNS_NS, 60, BYTES("\2ns\4test\0x"));
	is(DNS_NS, DNS_FAILED, "one with a byte too many");
}

static void test_cname_itself(void)
{
	begin(OK, DNS_CNAME, 2, 0);
	cname(NAME, 1, "GW.example.com");
	cname("gw.example.com", 1, "c.example.com");
	is(DNS_CNAME, DNS_FOUND, "a CNAME asked for");
	line_is("gw.example.com");
	no_more();
	begin(OK, DNS_CNAME, 1, 0);
	record(NAME, DNS_CNAME, 1, BYTES("\6a.b\0\\ \1*\0"));
	is(DNS_CNAME, DNS_FOUND, "a target that is no host name");
	line_is("a\\046b\\000\\092\\032.\\042");
	begin(OK, DNS_CNAME, 1, 0);
	record(NAME, DNS_CNAME, 1, BYTES("\0"));
	is(DNS_CNAME, DNS_FOUND, "the root");
	line_is(".");
	begin(OK, DNS_CNAME, 1, 0);
	record(NAME, DNS_CNAME, 1, BYTES("\2gw\xc0\x10"));
	is(DNS_CNAME, DNS_FOUND, "a compressed target");
	line_is("gw.example.com");
	begin(OK, DNS_CNAME, 1, 0);
	record(NAME, DNS_CNAME, 1, BYTES("\2gw\xc0\x10\0"));
	is(DNS_CNAME, DNS_FAILED, "a compressed target with a byte too many");
}

/* A TXT record whose owner is `wire`, which begins at offset 33 of the message. */
static void owner_is(struct span wire, enum dns_status status, const char *what)
{
	begin(OK, DNS_TXT, 1, 0);
	check(m.len == 33, "the record begins where the test thinks");
	builder_add(&m, wire);
	rest_of_record(DNS_TXT, IN, 1, BYTES("\1a"));
	is(DNS_TXT, status, what);
}

static void test_compression(void)
{
	unsigned char longest[300];
	struct builder b;

	owner_is(BYTES("\xc0\x0c"), DNS_FOUND, "a pointer to the question");
	owner_is(BYTES("\3www\xc0\x10"), DNS_FOUND, "a label and a pointer");
	owner_is(BYTES("\xc0\x21"), DNS_FAILED, "a pointer to itself");
	owner_is(BYTES("\1a\xc0\x21"), DNS_FAILED, "a loop through a label");
	owner_is(BYTES("\xc0\x23\xc0\x21"), DNS_FAILED, "a pointer forward");
	owner_is(BYTES("\xff\xff"), DNS_FAILED, "a pointer beyond the end");
	owner_is(BYTES("\xc0\x00"), DNS_FAILED, "a pointer into the header that is no name");
	owner_is(BYTES("\x80\x0c"), DNS_FAILED, "a label of kind 10");
	owner_is(BYTES("\x41x\0"), DNS_FAILED, "a label of kind 01");
	owner_is(BYTES("\x3fx\0"), DNS_FAILED, "a label longer than the message");

	builder_init(&b, longest, sizeof longest);
	for (int i = 0; i < 127; i++)
		builder_add(&b, BYTES("\1a"));
	builder_byte(&b, 0);
	owner_is(builder_span(&b), DNS_NONE, "a name of 255 bytes");
	b.len--;
	builder_add(&b, BYTES("\1a\0"));
	owner_is(builder_span(&b), DNS_FAILED, "a name of 257 bytes");
	b.len = 0;
	for (int i = 0; i < 119; i++)
		builder_add(&b, BYTES("\1a"));
	builder_add(&b, BYTES("\xc0\x0c"));
	owner_is(builder_span(&b), DNS_NONE, "238 bytes and a pointer to 17");
	b.len -= 2;
	builder_add(&b, BYTES("\1a\xc0\x0c"));
	owner_is(builder_span(&b), DNS_FAILED, "240 bytes and a pointer to 17");
}

static void test_rdata(void)
{
	static const struct {
		enum dns_type type;
		struct span data;
		const char *what;
	} table[] = {
		{ DNS_TXT, { NULL, 0 }, "TXT of nothing" },
		{ DNS_TXT, { (const unsigned char *)"\2a", 2 }, "a string longer than its record" },
		{ DNS_TXT, { (const unsigned char *)"\1ab", 3 }, "a second string without bytes" },
		{ DNS_A, { NULL, 0 }, "A of nothing" },
		{ DNS_A, { (const unsigned char *)"abc", 3 }, "A of three bytes" },
		{ DNS_A, { (const unsigned char *)"abcde", 5 }, "A of five bytes" },
		{ DNS_AAAA, { (const unsigned char *)"abcd", 4 }, "AAAA of four bytes" },
		{ DNS_CNAME, { (const unsigned char *)"\1a", 2 }, "CNAME without an end" },
		{ DNS_CAA, { NULL, 0 }, "CAA of nothing" },
		{ DNS_CAA, { (const unsigned char *)"\0", 1 }, "CAA of flags" },
		{ DNS_CAA, { (const unsigned char *)"\0\0x", 3 }, "CAA with an empty tag" },
		{ DNS_CAA, { (const unsigned char *)"\0\5issu", 6 }, "CAA with a cut tag" },
		{ DNS_CAA, { (const unsigned char *)"\0\2i\nx", 5 }, "CAA with a newline in its tag" },
		{ DNS_CAA, { (const unsigned char *)"\0\2i x", 5 }, "CAA with a space in its tag" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		begin(OK, table[i].type, 1, 0);
		record(NAME, table[i].type, 1, table[i].data);
		record(NAME, table[i].type, 1, table[i].data);
		m.len -= m.len - (33 + (m.len - 33) / 2);
		is(table[i].type, DNS_FAILED, table[i].what);
	}
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 1, BYTES("\3abc"));
	m.len--;
	is(DNS_TXT, DNS_FAILED, "RDATA longer than the message");
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 1, BYTES("\3abc"));
	builder_byte(&m, 0);
	is(DNS_TXT, DNS_FAILED, "a byte behind the last record");
}

static void test_counts(void)
{
	for (size_t at = 6; at <= 10; at += 2) {
		begin(OK, DNS_TXT, 1, 0);
		record(NAME, DNS_TXT, 1, BYTES("\3abc"));
		store[at + 1]++;
		is(DNS_TXT, DNS_FAILED, "a count that is one too high");
		store[at] = 0xff;
		store[at + 1] = 0xff;
		is(DNS_TXT, DNS_FAILED, "a count of 65535");
	}
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 1, BYTES("\3abc"));
	store[7] = 0;
	is(DNS_TXT, DNS_FAILED, "a count that is too low");
	store[9] = 1;
	is(DNS_TXT, DNS_NONE, "the record in another section");
}

static void test_cut(void)
{
	size_t failed = 0, len;

	head(OK, 3, 1, 1);
	question(NAME, DNS_TXT, IN);
	cname(NAME, 5, "b.example.com");
	record("b.example.com", DNS_TXT, 7, BYTES("\1a\2bc"));
	builder_add(&m, BYTES("\xc0\x0c"));
	rest_of_record(DNS_A, IN, 7, BYTES("\xc0\0\2\1"));
	soa(30, 60);
	builder_byte(&m, 0);
	rest_of_record(OPT, 1232, 0, BYTES(""));
	is(DNS_TXT, DNS_FOUND, "a message with everything");
	len = m.len;
	for (size_t i = 0; i < len; i++)
		failed += parse_bytes(span_of(store, i), NAME, DNS_TXT) == DNS_FAILED;
	check(failed == len, "cut at each of %zu bytes it fails", len);
	for (size_t i = 0; i < len; i++) {
		unsigned char good = store[i];

		for (unsigned int c = 0; c < 256; c++) {
			store[i] = (unsigned char)c;
			parse(DNS_TXT);
		}
		store[i] = good;
	}
	is(DNS_TXT, DNS_FOUND, "each byte set to each value did no harm");
	check(parse_bytes(span_of(NULL, 0), NAME, DNS_TXT) == DNS_FAILED, "nothing at all");
}

static void test_large(void)
{
	static unsigned char data[65600];
	size_t room = 65535 - 33 - (sizeof NAME + 1) - 10, strings = room / 256;
	struct dns_record r;
	struct builder out;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = i % 256 == 0 ? 255 : (unsigned char)i;
	begin(OK, DNS_TXT, 1, 0);
	record(NAME, DNS_TXT, 1, span_of(data, strings * 256));
	is(DNS_TXT, DNS_FOUND, "a record of nearly 64 KiB");
	builder_init(&out, data, sizeof data);
	check(dns_next(&a, &r) && dns_txt(&out, r.data) && out.len == strings * 255,
	      "all of it is there");
	builder_init(&out, data, 100);
	check(!dns_txt(&out, r.data), "storage too small is noticed");

	head(OK, 5000, 0, 0);
	question(NAME, DNS_TXT, IN);
	for (int i = 0; i < 4999; i++) {
		builder_add(&m, BYTES("\xc0\x0c"));
		rest_of_record(NS, IN, 1, BYTES("\0"));
	}
	builder_add(&m, BYTES("\xc0\x0c"));
	rest_of_record(DNS_TXT, IN, 1, BYTES("\1z"));
	is(DNS_TXT, DNS_FOUND, "the last of 5000 records");
	line_is("z");
}

static void test_names(void)
{
	char name[300];

	check(dns_name_ok(span_str("_tapp-address.a-b.c0")), "a service name");
	check(dns_name_ok(span_str("com")) && dns_name_ok(span_str("com.")), "one label");
	check(!dns_name_ok(span_str("")) && !dns_name_ok(span_str(".")), "the root");
	check(!dns_name_ok(span_str(".com")) && !dns_name_ok(span_str("a..com")), "an empty label");
	check(!dns_name_ok(span_str("com..")), "two final dots");
	check(!dns_name_ok(span_str("*.com")) && !dns_name_ok(span_str("a b.com")), "other bytes");
	check(!dns_name_ok(BYTES("a\0.com")) && !dns_name_ok(BYTES("\xc3\xa4.com")), "NUL, UTF-8");
	memset(name, 'a', sizeof name);
	check(dns_name_ok(span_of(name, 63)) && !dns_name_ok(span_of(name, 64)), "63 in a label");
	for (size_t i = 63; i < sizeof name; i += 64)
		name[i] = '.';
	check(dns_name_ok(span_of(name, 253)) && !dns_name_ok(span_of(name, 254)), "253 in all");
	name[253] = '.';
	check(dns_name_ok(span_of(name, 254)), "and a dot");
}

static void test_longest_name(void)
{
	char name[254];

	memset(name, 'a', sizeof name);
	for (size_t i = 63; i < sizeof name; i += 64)
		name[i] = '.';
	name[253] = 0;
	head(OK, 1, 0, 0);
	question(name, DNS_TXT, IN);
	record(name, DNS_TXT, 1, BYTES("\1a"));
	check(parse_bytes(builder_span(&m), name, DNS_TXT) == DNS_FOUND, "a name of 253 bytes");
}

static void test_servers(void)
{
	static const struct {
		const char *text;
		size_t n;
		const char *first;
	} table[] = {
		{ "192.0.2.1", 1, "192.0.2.1:53" },
		{ "192.0.2.1:5353", 1, "192.0.2.1:5353" },
		{ "2001:db8::1", 1, "[2001:db8::1]:53" },
		{ "[2001:db8::1]:5353", 1, "[2001:db8::1]:5353" },
		{ " 192.0.2.1, ::1\t127.0.0.1 ,", 3, "192.0.2.1:53" },
		{ "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8 1.1.1.9", 8,
		  "1.1.1.1:53" },
	};
	static const char *const refused[] = { "", " ", "localhost", "192.0.2.1:0", "192.0.2.1:",
		                                   ":53", "[::1]", "unix:/x", "192.0.2.1 x",
		                                   "192.0.2.1:65536", "192.0.2.1\n" };
	struct dns_servers s;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char text[64];
		struct builder b;
		bool parsed = dns_servers_parse(&s, span_str(table[i].text));

		builder_init(&b, text, sizeof text);
		addr_print(&b, &s.server[0]);
		check(parsed && s.n == table[i].n && span_is(builder_span(&b), table[i].first),
		      "servers '%s'", table[i].text);
	}
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		check(!dns_servers_parse(&s, span_str(refused[i])), "no list of servers: %zu", i);
}

static void file_gives(const char *contents, size_t len, size_t n, const char *first)
{
	char path[] = "/tmp/unit-dns.XXXXXX", text[64];
	int fd = mkstemp(path);
	struct dns_servers s = { .n = 0 };
	struct builder b;
	bool read = write(fd, contents, len) == (ssize_t)len && dns_servers_read(&s, path);

	close(fd);
	unlink(path);
	builder_init(&b, text, sizeof text);
	addr_print(&b, &s.server[0]);
	check(read && s.n == n && span_is(builder_span(&b), first), "a file gives %zu, the first %s", s.n, first);
}

static void test_resolv_conf(void)
{
	static char large[20000];
	struct dns_servers s;

#define FILE_GIVES(contents, n, first) file_gives(contents, sizeof(contents) - 1, n, first)
	FILE_GIVES("", 1, "127.0.0.1:53");
	FILE_GIVES("search a b\noptions ndots:1\n", 1, "127.0.0.1:53");
	FILE_GIVES("nameserver 192.0.2.1\nnameserver\t2001:db8::1 \n", 2, "192.0.2.1:53");
	FILE_GIVES("# nameserver 192.0.2.9\n;nameserver 192.0.2.8\nnameserver 192.0.2.1", 1,
	           "192.0.2.1:53");
	FILE_GIVES("nameserver\nnameserver x\nnameserver 192.0.2.1:5353\nnameserver ::1 x\n", 1,
	           "[::1]:53");
	FILE_GIVES("nameserverx 192.0.2.9\nnameserver 192.0.2.1\0\nnameserver ::1\n", 1, "[::1]:53");
	memset(large, 'x', sizeof large);
	memcpy(large, "nameserver ::1\n", 15);
	memcpy(large + 16384 - 21, "\nnameserver 192.0.2.12\n", 23);
	file_gives(large, sizeof large, 1, "[::1]:53");
	check(dns_servers_read(&s, "/nonexistent/resolv.conf") && s.n == 1, "no file");
	check(!dns_servers_read(&s, "/etc"), "a directory");
}

int main(void)
{
	test_found();
	test_not_ours();
	test_question();
	test_flags();
	test_ttl();
	test_cname();
	test_zone();
	test_cname_itself();
	test_compression();
	test_rdata();
	test_counts();
	test_cut();
	test_large();
	test_names();
	test_longest_name();
	test_servers();
	test_resolv_conf();
	free(copy);
	return tap_end();
}
