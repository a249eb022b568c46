/* Signed DNS messages: made and checked. */
#include "net/tsig.h"

#include <bearssl.h>
#include <string.h>

#include "base/reader.h"
#include "net/dns_wire.h"

enum {
	TYPE = 250,
	CLASS_ANY = 255,
	ARCOUNT = 10,  /* where the header counts the additional records */
	SECTIONS = 3,  /* of records, behind the question */
	VARIABLES_MAX = 2 * DNS_WIRE_NAME_MAX + 18
};

/* What a TSIG record says (RFC 8945, section 4.2). */
struct fields {
	struct dns_wire_name name, algorithm;
	uint64_t time_signed;
	uint16_t fudge, original_id, error;
	struct span mac, other;
};

static const struct {
	const char *name;
	const br_hash_class *hash;
} algorithms[] = {
	[TSIG_SHA256] = { "hmac-sha256", &br_sha256_vtable },
	[TSIG_SHA384] = { "hmac-sha384", &br_sha384_vtable },
	[TSIG_SHA512] = { "hmac-sha512", &br_sha512_vtable },
};

static void add_u48be(struct builder *out, uint64_t value)
{
	builder_u16be(out, (uint16_t)(value >> 32));
	builder_u32be(out, (uint32_t)value);
}

/* Section 4.3.3: the record as it enters the code. */
static void hash_variables(br_hmac_context *hmac, const struct fields *f)
{
	unsigned char bytes[VARIABLES_MAX];
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	builder_add(&b, dns_wire_span(&f->name));
	builder_u16be(&b, CLASS_ANY);
	builder_u32be(&b, 0);
	builder_add(&b, dns_wire_span(&f->algorithm));
	add_u48be(&b, f->time_signed);
	builder_u16be(&b, f->fudge);
	builder_u16be(&b, f->error);
	builder_u16be(&b, (uint16_t)f->other.len);
	br_hmac_update(hmac, b.p, b.len);
	br_hmac_update(hmac, f->other.p, f->other.len);
}

/*
 * The code over the request's code, the message without its TSIG record, and
 * that record's fields. `head` is the header as it was before the record.
 */
static void make_mac(struct tsig_mac *mac, const struct tsig_key *key,
                     const struct tsig_mac *request, const unsigned char head[NS_HFIXEDSZ],
                     struct span body, const struct fields *f)
{
	br_hmac_key_context secret;
	br_hmac_context hmac;

	br_hmac_key_init(&secret, algorithms[key->algorithm].hash, key->secret, key->secret_len);
	br_hmac_init(&hmac, &secret, 0);
	explicit_bzero(&secret, sizeof secret);
	if (request) {
		unsigned char len[2] = { 0, (unsigned char)request->len };

		br_hmac_update(&hmac, len, sizeof len);
		br_hmac_update(&hmac, request->p, request->len);
	}
	br_hmac_update(&hmac, head, NS_HFIXEDSZ);
	br_hmac_update(&hmac, body.p, body.len);
	hash_variables(&hmac, f);
	mac->len = br_hmac_out(&hmac, mac->p);
	explicit_bzero(&hmac, sizeof hmac);
}

static void add_record(struct builder *out, const struct fields *f)
{
	size_t rdata = f->algorithm.len + 16 + f->mac.len + f->other.len;

	builder_add(out, dns_wire_span(&f->name));
	builder_u16be(out, TYPE);
	builder_u16be(out, CLASS_ANY);
	builder_u32be(out, 0);
	builder_u16be(out, (uint16_t)rdata);
	builder_add(out, dns_wire_span(&f->algorithm));
	add_u48be(out, f->time_signed);
	builder_u16be(out, f->fudge);
	builder_u16be(out, (uint16_t)f->mac.len);
	builder_add(out, f->mac);
	builder_u16be(out, f->original_id);
	builder_u16be(out, f->error);
	builder_u16be(out, (uint16_t)f->other.len);
	builder_add(out, f->other);
}

bool tsig_sign(struct builder *message, const struct tsig_key *key, int64_t unix_now,
               struct tsig_mac *mac)
{
	struct fields f = { .time_signed = (uint64_t)unix_now, .fudge = TSIG_FUDGE_S };
	struct span whole = builder_span(message);
	unsigned int additional;

	if (!builder_ok(message) || whole.len < NS_HFIXEDSZ ||
	    !dns_wire_from_text(&f.name, span_str(key->name)) ||
	    !dns_wire_from_text(&f.algorithm, span_str(algorithms[key->algorithm].name)))
		return false;
	f.original_id = (uint16_t)ns_get16(whole.p);
	make_mac(mac, key, NULL, whole.p, span_from(whole, NS_HFIXEDSZ), &f);
	f.mac = span_of(mac->p, mac->len);
	additional = ns_get16(whole.p + ARCOUNT) + 1;
	message->p[ARCOUNT] = (unsigned char)(additional >> 8);
	message->p[ARCOUNT + 1] = (unsigned char)additional;
	add_record(message, &f);
	return builder_ok(message);
}

/* Past the questions; 0 when they are malformed. */
static size_t skip_questions(struct span message)
{
	size_t at = NS_HFIXEDSZ;

	for (unsigned int n = ns_get16(message.p + 4); n > 0; n--) {
		struct dns_wire_name name;
		size_t len = dns_wire_name(&name, message, at);

		if (len == 0 || message.len - at - len < NS_QFIXEDSZ)
			return 0;
		at += len + NS_QFIXEDSZ;
	}
	return at;
}

/*
 * Finds the TSIG record, which is the last one or none (section 5.1). `*at` is
 * where it begins.
 */
static enum tsig_result find_record(struct span message, struct dns_wire_record *record, size_t *at)
{
	enum tsig_result result = TSIG_NONE;
	size_t next;

	if (message.len < NS_HFIXEDSZ || (next = skip_questions(message)) == 0)
		return TSIG_MALFORMED;
	for (unsigned int section = 0; section < SECTIONS; section++)
		for (unsigned int n = ns_get16(message.p + 6 + 2 * section); n > 0; n--) {
			*at = next;
			if (result != TSIG_NONE || !dns_wire_take(message, &next, record))
				return TSIG_MALFORMED;
			if (record->type != TYPE)
				continue;
			if (section != SECTIONS - 1 || record->class != CLASS_ANY || record->ttl != 0)
				return TSIG_MALFORMED;
			result = TSIG_OK;
		}
	return next == message.len ? result : TSIG_MALFORMED;
}

static bool read_fields(struct fields *f, struct span message, const struct dns_wire_record *record)
{
	struct reader r;

	f->name = record->owner;
	reader_init(&r, record->data);
	reader_bytes(&r, dns_wire_name(&f->algorithm, message, (size_t)(record->data.p - message.p)));
	f->time_signed = (uint64_t)reader_u16be(&r) << 32;
	f->time_signed |= reader_u32be(&r);
	f->fudge = reader_u16be(&r);
	f->mac = reader_bytes(&r, reader_u16be(&r));
	f->original_id = reader_u16be(&r);
	f->error = reader_u16be(&r);
	f->other = reader_bytes(&r, reader_u16be(&r));
	return f->algorithm.len > 0 && reader_done(&r);
}

/* Takes the same time wherever they differ. */
static bool same_mac(struct span given, const struct tsig_mac *made)
{
	unsigned int differ = 0;

	if (given.len != made->len)
		return false;
	for (size_t i = 0; i < made->len; i++)
		differ |= given.p[i] ^ made->p[i];
	return differ == 0;
}

/* The server's clock of a BADTIME answer (section 5.2.3). */
static enum tsig_result read_clock(struct span other, struct tsig_reply *reply)
{
	struct reader r;

	reader_init(&r, other);
	reply->server_time = (int64_t)reader_u16be(&r) << 32;
	reply->server_time |= reader_u32be(&r);
	return reader_done(&r) ? TSIG_CLOCK : TSIG_MALFORMED;
}

/* The code is right; what remains is what the record says. */
static enum tsig_result judge(const struct fields *f, int64_t unix_now, struct tsig_reply *reply)
{
	int64_t away = unix_now - (int64_t)f->time_signed;
	int64_t fudge = f->fudge < TSIG_FUDGE_S ? f->fudge : TSIG_FUDGE_S;

	if (f->error == TSIG_BADTIME)
		return read_clock(f->other, reply);
	if (f->error != 0)
		return TSIG_REJECTED;
	return away >= -fudge && away <= fudge ? TSIG_OK : TSIG_STALE;
}

enum tsig_result tsig_check(struct span message, const struct tsig_key *key,
                            const struct tsig_mac *request, int64_t unix_now,
                            struct tsig_reply *reply)
{
	struct dns_wire_name name, algorithm;
	unsigned char head[NS_HFIXEDSZ];
	struct dns_wire_record record;
	struct fields f;
	struct tsig_mac mac;
	enum tsig_result result;
	unsigned int additional;
	size_t at = 0;

	*reply = (struct tsig_reply){ .error = 0 };
	result = find_record(message, &record, &at);
	if (result != TSIG_OK)
		return result;
	if (!read_fields(&f, message, &record))
		return TSIG_MALFORMED;
	reply->error = f.error;
	/* Who does not know the key or the code cannot sign (section 5.2). */
	if (f.mac.len == 0 && (f.error == TSIG_BADKEY || f.error == TSIG_BADSIG))
		return TSIG_REJECTED;
	if (!dns_wire_from_text(&name, span_str(key->name)) ||
	    !dns_wire_from_text(&algorithm, span_str(algorithms[key->algorithm].name)) ||
	    !span_eq(dns_wire_span(&f.name), dns_wire_span(&name)) ||
	    !span_eq(dns_wire_span(&f.algorithm), dns_wire_span(&algorithm)))
		return TSIG_FORGED;
	memcpy(head, message.p, sizeof head);
	head[0] = (unsigned char)(f.original_id >> 8);
	head[1] = (unsigned char)f.original_id;
	additional = ns_get16(head + ARCOUNT) - 1;
	head[ARCOUNT] = (unsigned char)(additional >> 8);
	head[ARCOUNT + 1] = (unsigned char)additional;
	make_mac(&mac, key, request, head, span_of(message.p + NS_HFIXEDSZ, at - NS_HFIXEDSZ), &f);
	return same_mac(f.mac, &mac) ? judge(&f, unix_now, reply) : TSIG_FORGED;
}
