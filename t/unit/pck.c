/* The extension of PCK certificates. */
#include "tee/pck.h"

#include "tap.h"
#include "tls/der.h"

static unsigned char storage[2048];
static struct builder b;

static const unsigned char base[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 1, 13, 1 };

enum {
	PROCESSOR = 1, NO_PPID = 2, SHORT_PPID = 4, SVN_256 = 8, SVN_NEGATIVE = 16, PCE_65536 = 32, ONE_LESS = 64,
	ONE_MORE = 128, SWAPPED = 256, SHORT_FMSPC = 512, TYPE_3 = 1024, NO_CONFIGURATION = 2048,
	TWO_BYTES = 4096, MORE = 8192, BEHIND = 16384, BOOLEAN_1 = 32768, SHORT_CPU = 65536, INTEGER_TYPE = 131072
};

static size_t item(unsigned char number, unsigned char sub)
{
	size_t at = der_open(&b, DER_SEQUENCE), oid = der_open(&b, DER_OID);

	builder_add(&b, span_of(base, sizeof base));
	builder_byte(&b, number);
	if (sub)
		builder_byte(&b, sub);
	der_close(&b, oid);
	return at;
}

static void value(unsigned char number, unsigned char sub, uint8_t tag, const char *bytes, size_t len)
{
	size_t at = item(number, sub);

	der_write(&b, tag, span_of(bytes, len));
	der_close(&b, at);
}

static void tcb(unsigned int how)
{
	size_t at = item(2, 0), list = der_open(&b, DER_SEQUENCE);

	for (unsigned char i = 1; i <= 16 - (how & ONE_LESS ? 1 : 0); i++) {
		const char svn[] = { (char)i };

		if (how & SVN_256 && i == 16)
			value(2, i, DER_INTEGER, "\x01\x00", 2);
		else if (how & SVN_NEGATIVE && i == 16)
			value(2, i, DER_INTEGER, "\x80", 1);
		else
			value(2, how & SWAPPED && i < 3 ? 3 - i : i, DER_INTEGER, svn, 1);
	}
	if (how & PCE_65536)
		value(2, 17, DER_INTEGER, "\x01\x00\x00", 3);
	else
		value(2, 17, DER_INTEGER, "\x00\xff\xfe", 3);
	value(2, 18, DER_OCTET_STRING, "0123456789abcdef", how & SHORT_CPU ? 15 : 16);
	if (how & ONE_MORE)
		value(2, 19, DER_INTEGER, "\x01", 1);
	der_close(&b, list);
	der_close(&b, at);
}

static void configuration(unsigned int how)
{
	size_t at = item(7, 0), list = der_open(&b, DER_SEQUENCE);

	value(7, 1, DER_BOOLEAN, how & BOOLEAN_1 ? "\x01" : "\xff", 1);
	value(7, 2, DER_BOOLEAN, "\x00", 1);
	value(7, 3, DER_BOOLEAN, "\xff", 1);
	der_close(&b, list);
	der_close(&b, at);
}

static struct span make(unsigned int how)
{
	size_t all;

	builder_init(&b, storage, sizeof storage);
	all = der_open(&b, DER_SEQUENCE);
	if (!(how & NO_PPID))
		value(1, 0, DER_OCTET_STRING, "PPID............", how & SHORT_PPID ? 15 : 16);
	tcb(how);
	value(3, 0, DER_OCTET_STRING, "\x01\x02", 2);
	value(4, 0, DER_OCTET_STRING, "FMSPC.", how & SHORT_FMSPC ? 5 : 6);
	value(5, 0, how & INTEGER_TYPE ? DER_INTEGER : 0x0a, how & TYPE_3 ? "\x03" : how & TWO_BYTES ? "\x01\x00" : "\x01",
	      how & TWO_BYTES ? 2 : 1);
	if (!(how & PROCESSOR)) {
		value(6, 0, DER_OCTET_STRING, "instance........", 16);
		if (!(how & NO_CONFIGURATION))
			configuration(how);
	}
	if (how & MORE)
		value(8, 0, DER_INTEGER, "\x01", 1);
	der_close(&b, all);
	if (how & BEHIND)
		builder_byte(&b, 0);
	return builder_span(&b);
}

int main(void)
{
	struct span der = make(0);
	unsigned char copy[1024];
	int accepted = 0;
	struct pck pck;

	check(pck_read_extension(&pck, der) && span_is(pck.ppid, "PPID............") && pck.svn[0] == 1 &&
	              pck.svn[15] == 16 && pck.pce_svn == 0xfffe && span_is(pck.cpu_svn, "0123456789abcdef") &&
	              span_is(pck.pce_id, "\x01\x02") && span_is(pck.fmspc, "FMSPC.") && pck.sgx_type == 1 &&
	              pck.has_platform && span_is(pck.instance, "instance........") && pck.dynamic_platform &&
	              !pck.cached_keys && pck.smt,
	      "of the Platform CA");
	check(pck_read_extension(&pck, make(PROCESSOR)) && !pck.has_platform && pck.instance.len == 0,
	      "of the Processor CA");
	for (unsigned int how = NO_PPID; how <= INTEGER_TYPE; how <<= 1)
		check(!pck_read_extension(&pck, make(how)), "refused: %u", how);
	der = make(0);
	for (size_t len = 0; len < der.len; len++)
		accepted += pck_read_extension(&pck, span_head(der, len));
	check(accepted == 0, "none of %zu shorter ones", der.len);
	for (size_t i = 0; i < der.len * 8; i++) {
		memcpy(copy, der.p, der.len);
		copy[i / 8] ^= (unsigned char)(1 << i % 8);
		accepted += pck_read_extension(&pck, span_of(copy, der.len));
	}
	/* Values may change; tags, lengths and OBJECT IDENTIFIERs may not. */
	check(accepted > 0 && accepted < (int)der.len * 3, "%d of %zu with a bit turned round are read",
	      accepted, der.len * 8);
	return tap_end();
}
