/* DNS answers: hostile messages checked, CNAMEs followed, records handed out. */
#include <string.h>

#include "base/reader.h"
#include "net/dns.h"
#include "net/dns_wire.h"

enum {
	OPCODE = 0x7800,
	COUNTS = 6,       /* where the answer section's count stands, two others behind it */
	SOA_MINIMUM = 16, /* the bytes of an SOA's numbers before the minimum */
	TTL_MAX = INT32_MAX
};

/* RFC 2181, section 8. */
static uint32_t ttl_of(uint32_t ttl)
{
	return ttl > TTL_MAX ? 0 : ttl;
}

static void lower_ttl(struct dns_answer *a, uint32_t ttl)
{
	if (ttl_of(ttl) < a->ttl)
		a->ttl = ttl_of(ttl);
}

/* Back to the first record of the answer section. */
static void rewind_answer(struct dns_answer *a)
{
	struct dns_wire_name asked;

	a->at = NS_HFIXEDSZ + dns_wire_name(&asked, a->message, NS_HFIXEDSZ) + NS_QFIXEDSZ;
	a->n_left = ns_get16(a->message.p + COUNTS);
}

/* The next record of the answer section that stands at the owner and is of this type. */
static bool find(struct dns_answer *a, enum dns_type type, struct dns_wire_record *r)
{
	struct span owner = span_of(a->owner, a->owner_len);

	while (a->n_left > 0 && dns_wire_take(a->message, &a->at, r)) {
		a->n_left--;
		if (r->type == (unsigned int)type && r->class == ns_c_in &&
		    span_eq(dns_wire_span(&r->owner), owner))
			return true;
	}
	return false;
}

/* What an answer says outside its answer section. */
struct outside {
	bool soa, upper_rcode;
	uint32_t soa_ttl;
};

/* RFC 2308, section 5: how long a negative answer holds. */
static bool read_soa(const struct dns_answer *a, const struct dns_wire_record *record, struct outside *o)
{
	size_t at = (size_t)(record->data.p - a->message.p);
	struct dns_wire_name name;
	struct reader r;
	uint32_t minimum;

	reader_init(&r, record->data);
	for (int i = 0; i < 2; i++) {
		size_t len = dns_wire_name(&name, a->message, at + r.at);

		if (len == 0)
			return false;
		reader_bytes(&r, len);
	}
	reader_bytes(&r, SOA_MINIMUM);
	minimum = ttl_of(reader_u32be(&r));
	o->soa = true;
	o->soa_ttl = ttl_of(record->ttl);
	if (minimum < o->soa_ttl)
		o->soa_ttl = minimum;
	return reader_done(&r);
}

/* Looks at every record once, so that later walks cannot fail. */
static bool survey(const struct dns_answer *a, struct outside *o)
{
	size_t at = a->at;

	*o = (struct outside){ .soa = false };
	for (unsigned int section = ns_s_an; section <= ns_s_ar; section++) {
		size_t n = ns_get16(a->message.p + COUNTS + 2 * (section - ns_s_an));

		for (size_t i = 0; i < n; i++) {
			struct dns_wire_record r;

			if (!dns_wire_take(a->message, &at, &r))
				return false;
			if (section == ns_s_ns && r.type == ns_t_soa && !o->soa && !read_soa(a, &r, o))
				return false;
			if (section == ns_s_ar && r.type == ns_t_opt)
				o->upper_rcode |= r.ttl >> 24 != 0;
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
	struct dns_wire_record r;

	for (unsigned int links = 0;; links++) {
		rewind_answer(a);
		if (!find(a, DNS_CNAME, &r))
			return true;
		if (links == DNS_CHAIN_MAX || !take_name(&target, a, r.data))
			return false;
		lower_ttl(a, r.ttl);
		set_owner(a, &target);
	}
}

/* The RDATA is what its type says. */
static bool well_formed(const struct dns_answer *a, const struct dns_wire_record *r)
{
	struct dns_record record = { .type = a->type, .data = r->data };
	struct dns_wire_name name;
	struct outside unused;
	struct span tag, value;
	struct addr address;
	uint8_t flags;

	switch (a->type) {
	case DNS_A:
	case DNS_AAAA:
		return dns_address(&address, &record, 0);
	case DNS_CNAME:
	case DNS_NS:
		return take_name(&name, a, r->data);
	case DNS_TXT:
		return dns_wire_strings(r->data);
	case DNS_CAA:
		return dns_caa(r->data, &flags, &tag, &value);
	case DNS_SOA:
		return read_soa(a, r, &unused);
	}
	return true;
}

/* Counts the records of the answer into its TTL; false when one is malformed. */
static bool collect(struct dns_answer *a, size_t *n)
{
	struct dns_wire_record r;

	rewind_answer(a);
	for (*n = 0; find(a, a->type, &r); (*n)++) {
		if (!well_formed(a, &r))
			return false;
		lower_ttl(a, r.ttl);
	}
	rewind_answer(a);
	return true;
}

static enum dns_status judge(struct dns_answer *a, const struct dns_wire_name *name)
{
	unsigned int flags, rcode;
	struct outside outside;
	ns_msg handle;
	size_t n;

	if (!dns_wire_asked(a->message, name, a->type) ||
	    ns_initparse(a->message.p, (int)a->message.len, &handle) != 0)
		return DNS_FAILED;
	flags = ns_get16(a->message.p + 2);
	rcode = flags & DNS_WIRE_RCODE;
	if (!(flags & DNS_WIRE_QR) || (flags & (OPCODE | DNS_WIRE_TC)) ||
	    (rcode != ns_r_noerror && rcode != ns_r_nxdomain))
		return DNS_FAILED;
	rewind_answer(a);
	if (!survey(a, &outside) || outside.upper_rcode ||
	    (a->type != DNS_CNAME && !follow(a)) || !collect(a, &n))
		return DNS_FAILED;
	if (rcode == ns_r_noerror && n > 0)
		return DNS_FOUND;
	if (ns_msg_count(handle, ns_s_an) == 0 && !outside.soa && !(flags & (DNS_WIRE_AA | DNS_WIRE_RA)))
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
	struct dns_wire_record r;

	if (a->n_left == 0 || !find(a, a->type, &r))
		return false;
	*record = (struct dns_record){ a->type, ttl_of(r.ttl), r.data };
	return true;
}
