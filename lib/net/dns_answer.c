/* DNS answers: hostile messages checked, CNAMEs followed, records handed out. */
#include <string.h>

#include "base/reader.h"
#include "net/dns.h"
#include "net/dns_wire.h"

enum { OPCODE = 0x7800, SOA_NUMBERS = 20, SOA_MINIMUM = 16, TTL_MAX = INT32_MAX };

/* A record and the name it stands at. */
struct record {
	ns_rr rr;
	struct dns_wire_name owner;
};

static struct span rdata(const struct record *r)
{
	return span_of(ns_rr_rdata(r->rr), ns_rr_rdlen(r->rr));
}

/*
 * Record `i` of a section, at offset `*at`, which moves on to the next one.
 * libresolv reads the record; where it begins, and so its name, follows
 * from where the one before it ended.
 */
static bool take(struct dns_answer *a, ns_sect section, size_t i, size_t *at, struct record *r)
{
	if (dns_wire_name(&r->owner, a->message, *at) == 0 ||
	    ns_parserr(&a->handle, section, (int)i, &r->rr) != 0)
		return false;
	*at = (size_t)(rdata(r).p - a->message.p) + rdata(r).len;
	return true;
}

static uint32_t ttl_of(uint32_t ttl)
{
	return ttl > TTL_MAX ? 0 : ttl;
}

static void lower_ttl(struct dns_answer *a, uint32_t ttl)
{
	if (ttl_of(ttl) < a->ttl)
		a->ttl = ttl_of(ttl);
}

static size_t count(struct dns_answer *a, ns_sect section)
{
	return ns_msg_count(a->handle, section);
}

/* Back to the first record of the answer section. */
static void rewind_answer(struct dns_answer *a)
{
	struct dns_wire_name asked;

	a->at = NS_HFIXEDSZ + dns_wire_name(&asked, a->message, NS_HFIXEDSZ) + NS_QFIXEDSZ;
	a->n_left = count(a, ns_s_an);
}

/* The next record of the answer section that stands at the owner and is of this type. */
static bool find(struct dns_answer *a, enum dns_type type, struct record *r)
{
	struct span owner = span_of(a->owner, a->owner_len);

	while (a->n_left > 0) {
		size_t i = count(a, ns_s_an) - a->n_left;

		if (!take(a, ns_s_an, i, &a->at, r))
			return false;
		a->n_left--;
		if (ns_rr_type(r->rr) == (uint16_t)type && ns_rr_class(r->rr) == ns_c_in &&
		    span_eq(dns_wire_span(&r->owner), owner))
			return true;
	}
	return false;
}

/* What an answer says outside its answer section. */
struct outside {
	bool soa, bad_version;
	uint32_t soa_ttl;
};

/* RFC 2308, section 5: how long a negative answer holds. */
static bool read_soa(const struct dns_answer *a, const struct record *r, struct outside *o)
{
	size_t at = (size_t)(rdata(r).p - a->message.p), used = 0;
	struct dns_wire_name name;
	struct reader numbers;
	uint32_t minimum;

	for (int i = 0; i < 2; i++) {
		size_t len = dns_wire_name(&name, a->message, at + used);

		if (len == 0)
			return false;
		used += len;
	}
	reader_init(&numbers, span_from(rdata(r), used));
	reader_bytes(&numbers, SOA_MINIMUM);
	minimum = ttl_of(reader_u32be(&numbers));
	o->soa = true;
	o->soa_ttl = ttl_of(ns_rr_ttl(r->rr));
	if (minimum < o->soa_ttl)
		o->soa_ttl = minimum;
	return used + SOA_NUMBERS == rdata(r).len && reader_done(&numbers);
}

/* Looks at every record once, so that later walks cannot fail. */
static bool survey(struct dns_answer *a, struct outside *o)
{
	static const ns_sect sections[] = { ns_s_an, ns_s_ns, ns_s_ar };
	struct record r;
	size_t at = a->at;

	*o = (struct outside){ .soa = false };
	for (size_t s = 0; s < sizeof sections / sizeof *sections; s++) {
		for (size_t i = 0; i < count(a, sections[s]); i++) {
			if (!take(a, sections[s], i, &at, &r))
				return false;
			if (sections[s] == ns_s_ns && ns_rr_type(r.rr) == ns_t_soa && !o->soa &&
			    !read_soa(a, &r, o))
				return false;
			/* RFC 6891, section 6.1.3: the rcode's upper bits. */
			if (sections[s] == ns_s_ar && ns_rr_type(r.rr) == ns_t_opt &&
			    ns_rr_ttl(r.rr) >> 24 != 0)
				o->bad_version = true;
		}
	}
	return at == a->message.len;
}

/* RDATA that is one name and nothing else. */
static bool take_name(struct dns_wire_name *name, const struct dns_answer *a, struct span data)
{
	size_t len = dns_wire_name(name, a->message, (size_t)(data.p - a->message.p));

	return len > 0 && len == data.len;
}

static void set_owner(struct dns_answer *a, const struct dns_wire_name *name)
{
	a->owner_len = name->len;
	memcpy(a->owner, name->p, name->len);
}

/* Moves the owner to the end of the CNAME chain. A loop is a chain too long. */
static bool follow(struct dns_answer *a)
{
	struct dns_wire_name target;
	struct record r;

	for (unsigned int links = 0;; links++) {
		rewind_answer(a);
		if (!find(a, DNS_CNAME, &r))
			return true;
		if (links == DNS_CHAIN_MAX || !take_name(&target, a, rdata(&r)))
			return false;
		lower_ttl(a, ns_rr_ttl(r.rr));
		set_owner(a, &target);
	}
}

/* The RDATA is what its type says. */
static bool well_formed(const struct dns_answer *a, const struct record *r)
{
	struct dns_record record = { .type = a->type, .data = rdata(r) };
	struct dns_wire_name name;
	struct span tag, value;
	struct addr address;
	uint8_t flags;

	switch (a->type) {
	case DNS_A:
	case DNS_AAAA:
		return dns_address(&address, &record, 0);
	case DNS_CNAME:
		return take_name(&name, a, rdata(r));
	case DNS_TXT:
		return dns_wire_strings(rdata(r));
	case DNS_CAA:
		return dns_caa(rdata(r), &flags, &tag, &value);
	case DNS_SOA:
		break;
	}
	return true;
}

/* Counts the records of the answer into its TTL; false when one is malformed. */
static bool collect(struct dns_answer *a, size_t *n)
{
	struct record r;

	rewind_answer(a);
	for (*n = 0; find(a, a->type, &r); (*n)++) {
		if (!well_formed(a, &r))
			return false;
		lower_ttl(a, ns_rr_ttl(r.rr));
	}
	rewind_answer(a);
	return true;
}

static enum dns_status judge(struct dns_answer *a, const struct dns_wire_name *name)
{
	unsigned int flags, rcode;
	struct outside outside;
	size_t n;

	if (!dns_wire_asked(a->message, name, a->type) ||
	    ns_initparse(a->message.p, (int)a->message.len, &a->handle) != 0)
		return DNS_FAILED;
	flags = ns_get16(a->message.p + 2);
	rcode = flags & DNS_WIRE_RCODE;
	if (!(flags & DNS_WIRE_QR) || (flags & (OPCODE | DNS_WIRE_TC)) ||
	    (rcode != ns_r_noerror && rcode != ns_r_nxdomain))
		return DNS_FAILED;
	rewind_answer(a);
	if (!survey(a, &outside) || outside.bad_version ||
	    (a->type != DNS_CNAME && !follow(a)) || !collect(a, &n))
		return DNS_FAILED;
	if (rcode == ns_r_noerror && n > 0)
		return DNS_FOUND;
	if (count(a, ns_s_an) == 0 && !outside.soa && !(flags & (DNS_WIRE_AA | DNS_WIRE_RA)))
		return DNS_FAILED;
	lower_ttl(a, outside.soa ? outside.soa_ttl : 0);
	return DNS_NONE;
}

enum dns_status dns_answer_parse(struct dns_answer *a, struct span message, struct span name,
                                 enum dns_type type)
{
	struct dns_wire_name asked;

	a->type = type;
	a->message = span_head(message, NS_MAXMSG);
	a->ttl = TTL_MAX;
	a->n_left = 0;
	if (dns_wire_from_text(&asked, name)) {
		set_owner(a, &asked);
		a->status = judge(a, &asked);
	} else {
		a->status = DNS_BAD_NAME;
	}
	if (a->status != DNS_FOUND)
		a->n_left = 0;
	if (a->status != DNS_FOUND && a->status != DNS_NONE)
		a->ttl = 0;
	return a->status;
}

bool dns_next(struct dns_answer *a, struct dns_record *record)
{
	struct record r;

	if (a->n_left == 0 || !find(a, a->type, &r))
		return false;
	*record = (struct dns_record){ a->type, ttl_of(ns_rr_ttl(r.rr)), rdata(&r) };
	return true;
}
