/* Revocation lists: what is in them, and what is none. */
#include "tee/crl.h"

#include "tap.h"
#include "tls/der.h"

static unsigned char storage[8192];
static struct builder b;

static const unsigned char ecdsa[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
static const unsigned char other[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01 };
static const unsigned char name[] = { 0x30, 0x00 };
static const unsigned char oid_number[] = { 0x55, 0x1d, 20 }, oid_aki[] = { 0x55, 0x1d, 35 },
			   oid_delta[] = { 0x55, 0x1d, 27 }, oid_reason[] = { 0x55, 0x1d, 21 };

enum {
	NO_NUMBER = 1, NO_AKI = 2, VERSION_1 = 4, OTHER_ALGORITHM = 8, NO_NEXT = 16, CRITICAL = 32,
	TWICE = 64, EMPTY_LIST = 128, NO_LIST = 256, CRITICAL_ENTRY = 512, BEHIND = 1024, BEHIND_TBS = 2048,
	UNKNOWN = 4096, ZERO_NUMBER = 8192
};

static void extension(struct span oid, bool critical, struct span value)
{
	size_t at = der_open(&b, DER_SEQUENCE);

	der_write(&b, DER_OID, oid);
	if (critical)
		der_write(&b, DER_BOOLEAN, span_of("\xff", 1));
	der_write(&b, DER_OCTET_STRING, value);
	der_close(&b, at);
}

static void entry(const char *serial, size_t len, unsigned int how)
{
	size_t at = der_open(&b, DER_SEQUENCE), list;

	der_write(&b, DER_INTEGER, span_of(serial, len));
	der_write_time(&b, 1750000000);
	list = der_open(&b, DER_SEQUENCE);
	extension(span_of(oid_reason, 3), how & CRITICAL_ENTRY, span_of("\x0a\x01\x01", 3));
	der_close(&b, list);
	der_close(&b, at);
}

static void entries(unsigned int how)
{
	size_t at;

	if (how & NO_LIST)
		return;
	at = der_open(&b, DER_SEQUENCE);
	if (!(how & EMPTY_LIST)) {
		entry("\x01\x02", 2, how);
		entry("\x00\xff", 2, how);
		entry("\x6f\xc3\x4e\x50", 4, how);
	}
	der_close(&b, at);
}

static void extensions(unsigned int how)
{
	size_t at = der_open(&b, DER_CONTEXT_CONSTRUCTED | 0), list = der_open(&b, DER_SEQUENCE);

	for (int i = 0; i < (how & TWICE ? 2 : 1); i++) {
		if (!(how & NO_NUMBER))
			extension(span_of(oid_number, 3), false, span_of(how & ZERO_NUMBER ? "\x02\x01\x00" : "\x02\x01\x07", 3));
		if (!(how & NO_AKI))
			extension(span_of(oid_aki, 3), false, span_of("\x30\x04\x80\x02" "id", 6));
	}
	if (how & (CRITICAL | UNKNOWN))
		extension(span_of(oid_delta, 3), how & CRITICAL, span_of("\x02\x01\x01", 3));
	der_close(&b, list);
	der_close(&b, at);
}

static struct span make(unsigned int how)
{
	size_t all, tbs;

	builder_init(&b, storage, sizeof storage);
	all = der_open(&b, DER_SEQUENCE);
	tbs = der_open(&b, DER_SEQUENCE);
	if (!(how & VERSION_1))
		der_write(&b, DER_INTEGER, span_of("\x01", 1));
	builder_add(&b, span_of(how & OTHER_ALGORITHM ? other : ecdsa, sizeof ecdsa));
	builder_add(&b, span_of(name, sizeof name));
	der_write_time(&b, 1750000000);
	if (!(how & NO_NEXT))
		der_write_time(&b, 1760000000);
	entries(how);
	extensions(how);
	if (how & BEHIND_TBS)
		der_write(&b, DER_NULL, span_of(NULL, 0));
	der_close(&b, tbs);
	builder_add(&b, span_of(ecdsa, sizeof ecdsa));
	der_write(&b, DER_BIT_STRING, span_of("\0signature", 10));
	der_close(&b, all);
	if (how & BEHIND)
		builder_byte(&b, 0);
	return builder_span(&b);
}

static bool lists(const struct crl *crl, const char *serial, size_t len)
{
	return crl_lists(crl, span_of(serial, len));
}

int main(void)
{
	static const unsigned int bad[] = { NO_NUMBER, NO_AKI, VERSION_1, OTHER_ALGORITHM, NO_NEXT, CRITICAL,
		                            TWICE, CRITICAL_ENTRY, BEHIND, BEHIND_TBS };
	struct span der = make(0);
	unsigned char copy[1024];
	int accepted = 0;
	struct crl crl;

	check(crl_read(&crl, der) && crl.entries == 3 && crl.this_update == 1750000000 &&
	              crl.next_update == 1760000000 && crl.number.len == 1 && crl.number.p[0] == 7 &&
	              span_is(crl.authority_key_id, "id") && span_is(crl.signature, "signature"),
	      "a list");
	check(lists(&crl, "\x01\x02", 2) && lists(&crl, "\0\xff", 2) && lists(&crl, "\xff", 1) &&
	              lists(&crl, "\0\0\x01\x02", 4) && lists(&crl, "\x6f\xc3\x4e\x50", 4),
	      "its numbers");
	check(!lists(&crl, "\x01", 1) && !lists(&crl, "\x01\x02\x00", 3) && !lists(&crl, "\x02", 1) &&
	              !lists(&crl, "", 0) && !lists(&crl, "\x6f\xc3\x4e\x51", 4),
	      "and no others");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check(!crl_read(&crl, make(bad[i])), "refused: %u", bad[i]);
	check(crl_read(&crl, make(EMPTY_LIST)) && crl.entries == 0 && !lists(&crl, "\x01\x02", 2), "an empty one");
	check(crl_read(&crl, make(NO_LIST)) && crl.entries == 0 && !lists(&crl, "\x01\x02", 2), "none");
	check(crl_read(&crl, make(UNKNOWN)), "an extension that is not critical");
	check(crl_read(&crl, make(ZERO_NUMBER)) && crl.number.len == 0, "number 0");
	check(!crl_read(&crl, make(ZERO_NUMBER | TWICE)), "number 0 twice");

	der = make(0);
	for (size_t len = 0; len < der.len; len++)
		accepted += crl_read(&crl, span_head(der, len));
	check(accepted == 0, "none of %zu shorter ones", der.len);
	for (size_t i = 0; i < der.len * 8; i++) {
		memcpy(copy, der.p, der.len);
		copy[i / 8] ^= (unsigned char)(1 << i % 8);
		if (crl_read(&crl, span_of(copy, der.len))) {
			accepted++;
			lists(&crl, "\x01\x02", 2);
		}
	}
	check(accepted < (int)der.len * 8, "%d of %zu with a bit turned round are read", accepted, der.len * 8);
	return tap_end();
}
