#include "tls/purpose.h"

#include "base/reader.h"
#include "tls/der.h"

static const unsigned char oid_purposes[] = { 0x55, 0x1d, 0x25 };
static const unsigned char oid_any[] = { 0x55, 0x1d, 0x25, 0x00 };
static const unsigned char oids[][8] = {
	[PURPOSE_SERVER] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01 },
	[PURPOSE_CLIENT] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02 },
};

bool purpose_allows(const struct cert *cert, enum purpose purpose)
{
	struct reader all, list;
	bool found = false, critical;
	struct span value;

	if (!cert_extension(cert, span_of(oid_purposes, sizeof oid_purposes), &critical, &value))
		return true;
	reader_init(&all, value);
	list = der_enter(&all, DER_SEQUENCE);
	while (reader_left(&list) > 0) {
		struct span one = der_read(&list, DER_OID);

		found = found || span_eq(one, span_of(oids[purpose], sizeof oids[purpose])) ||
		        span_eq(one, span_of(oid_any, sizeof oid_any));
	}
	return reader_done(&list) && reader_done(&all) && found;
}
