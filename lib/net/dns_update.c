/* Dynamic updates: the message, and what its answer says. */
#include "net/dns_update.h"

#include <errno.h>
#include <string.h>

#include "net/dns_wire.h"

enum {
	OPCODE_UPDATE = 5 << 11,
	OPCODE_MASK = 0x7800,
	STRING_MAX = 255,
	CLASS_NONE = 254
};

const char *dns_update_strerror(enum dns_update_result result)
{
	switch (result) {
	case DNS_UPDATE_DONE:
		return "done";
	case DNS_UPDATE_NO_ANSWER:
		return "no server answered";
	case DNS_UPDATE_SERVER_FAILED:
		return "the server failed (SERVFAIL)";
	case DNS_UPDATE_SYSTEM:
		return strerror(errno);
	case DNS_UPDATE_REFUSED:
		return "the server does not allow it (REFUSED)";
	case DNS_UPDATE_NOT_AUTH:
		return "the server does not allow it, or is not the zone's primary (NOTAUTH)";
	case DNS_UPDATE_NOT_ZONE:
		return "the name is not in the server's zone (NOTZONE)";
	case DNS_UPDATE_NOT_IMPLEMENTED:
		return "the server takes no updates (NOTIMP)";
	case DNS_UPDATE_NOT_UNDERSTOOD:
		return "the server did not understand it (FORMERR)";
	case DNS_UPDATE_ALIAS:
		return "a CNAME record is in the way (YXRRSET)";
	case DNS_UPDATE_OTHER:
		return "the server gave an error that does not belong to updates";
	case DNS_UPDATE_BAD_KEY:
		return "the server does not know the key (BADKEY)";
	case DNS_UPDATE_BAD_SIGNATURE:
		return "the server has another secret for the key (BADSIG)";
	case DNS_UPDATE_BAD_TIME:
		return "the server's clock and this one are too far apart (BADTIME)";
	case DNS_UPDATE_BAD_TSIG:
		return "the server did not accept the signature";
	case DNS_UPDATE_MALFORMED:
		return "the server's answer is malformed";
	case DNS_UPDATE_UNSIGNED:
		return "the server's answer is not signed";
	case DNS_UPDATE_FORGED:
		return "the server's answer is not signed with the key";
	case DNS_UPDATE_STALE:
		return "the server's answer was not signed now";
	}
	return "unknown";
}

bool dns_update_permanent(enum dns_update_result result)
{
	return result > DNS_UPDATE_SYSTEM;
}

static void add_strings(struct builder *out, struct span text)
{
	do {
		struct span piece = span_head(text, STRING_MAX);

		builder_byte(out, (unsigned char)piece.len);
		builder_add(out, piece);
		text = span_from(text, piece.len);
	} while (text.len > 0);
}

static void add_record(struct builder *out, const struct dns_wire_name *owner, enum dns_type type,
                       unsigned int class, uint32_t ttl)
{
	builder_add(out, dns_wire_span(owner));
	builder_u16be(out, (uint16_t)type);
	builder_u16be(out, (uint16_t)class);
	builder_u32be(out, ttl);
}

bool dns_update_write(struct builder *out, uint16_t id, const struct dns_update *update)
{
	struct span text = update->text;
	struct dns_wire_name zone, owner;
	size_t n_strings = text.len == 0 ? 1 : (text.len + STRING_MAX - 1) / STRING_MAX;

	if (!dns_wire_from_text(&zone, update->zone) || !dns_wire_from_text(&owner, update->owner) ||
	    text.len > DNS_UPDATE_TEXT_MAX)
		return false;
	builder_u16be(out, id);
	builder_u16be(out, OPCODE_UPDATE);
	builder_u16be(out, 1);
	builder_u16be(out, update->remove ? 0 : 1);
	builder_u16be(out, 1);
	builder_u16be(out, 0);
	builder_add(out, dns_wire_span(&zone));
	builder_u16be(out, DNS_SOA);
	builder_u16be(out, ns_c_in);
	if (!update->remove) {
		/* Section 2.4.3: no record set of this type. */
		add_record(out, &owner, DNS_CNAME, CLASS_NONE, 0);
		builder_u16be(out, 0);
	}
	add_record(out, &owner, DNS_TXT, update->remove ? CLASS_NONE : ns_c_in,
	           update->remove ? 0 : update->ttl);
	builder_u16be(out, (uint16_t)(text.len + n_strings));
	add_strings(out, text);
	return builder_ok(out);
}

static enum dns_update_result by_rcode(unsigned int rcode)
{
	switch (rcode) {
	case ns_r_noerror:
		return DNS_UPDATE_DONE;
	case ns_r_formerr:
		return DNS_UPDATE_NOT_UNDERSTOOD;
	case ns_r_servfail:
		return DNS_UPDATE_SERVER_FAILED;
	case ns_r_notimpl:
		return DNS_UPDATE_NOT_IMPLEMENTED;
	case ns_r_refused:
		return DNS_UPDATE_REFUSED;
	case ns_r_yxrrset:
		return DNS_UPDATE_ALIAS;
	case ns_r_notauth:
		return DNS_UPDATE_NOT_AUTH;
	case ns_r_notzone:
		return DNS_UPDATE_NOT_ZONE;
	default:
		return DNS_UPDATE_OTHER;
	}
}

static enum dns_update_result by_tsig_error(unsigned int error)
{
	switch (error) {
	case TSIG_BADKEY:
		return DNS_UPDATE_BAD_KEY;
	case TSIG_BADSIG:
		return DNS_UPDATE_BAD_SIGNATURE;
	case TSIG_BADTIME:
		return DNS_UPDATE_BAD_TIME;
	default:
		return DNS_UPDATE_BAD_TSIG;
	}
}

/* Without a signature "done" is worth nothing, and "not done" is what it comes to anyway. */
static enum dns_update_result unproven(unsigned int rcode, enum dns_update_result why)
{
	return rcode == ns_r_noerror ? why : by_rcode(rcode);
}

enum dns_update_result dns_update_read(struct span answer, struct dns_update_proof *proof,
                                       bool *ours)
{
	unsigned int flags, rcode;
	struct tsig_reply reply;

	*ours = false;
	proof->server_time = 0;
	if (answer.len < NS_HFIXEDSZ || ns_get16(answer.p) != proof->id)
		return DNS_UPDATE_MALFORMED;
	flags = ns_get16(answer.p + 2);
	rcode = flags & DNS_WIRE_RCODE;
	if (!(flags & DNS_WIRE_QR) || (flags & OPCODE_MASK) != OPCODE_UPDATE || (flags & DNS_WIRE_TC))
		return DNS_UPDATE_MALFORMED;
	*ours = true;
	if (!proof->key)
		return by_rcode(rcode);
	switch (tsig_check(answer, proof->key, &proof->mac, proof->unix_now, &reply)) {
	case TSIG_OK:
		return by_rcode(rcode);
	case TSIG_REJECTED:
		return by_tsig_error(reply.error);
	case TSIG_CLOCK:
		proof->server_time = reply.server_time;
		return DNS_UPDATE_BAD_TIME;
	case TSIG_NONE:
		return unproven(rcode, DNS_UPDATE_UNSIGNED);
	case TSIG_MALFORMED:
		return DNS_UPDATE_MALFORMED;
	case TSIG_FORGED:
		return unproven(rcode, DNS_UPDATE_FORGED);
	case TSIG_STALE:
		return DNS_UPDATE_STALE;
	}
	return DNS_UPDATE_MALFORMED;
}
