/* Revocation lists: taken apart, looked through. */
#include "tee/crl.h"

#include "tls/der.h"

static const unsigned char oid_number[] = { 0x55, 0x1d, 20 };
static const unsigned char oid_authority_key_id[] = { 0x55, 0x1d, 35 };

/* A value that is a SEQUENCE, whole. */
static struct span read_sequence(struct reader *r)
{
	if (!der_next_is(r, DER_SEQUENCE))
		reader_fail(r);
	return der_read_any(r, NULL, NULL);
}

/* One Extension; one that is critical fails `list`, for none is known that would be. */
static void read_extension(struct reader *list, struct span *oid, struct span *value)
{
	struct reader r = der_enter(list, DER_SEQUENCE);

	*oid = der_read(&r, DER_OID);
	if (der_next_is(&r, DER_BOOLEAN) && der_read_boolean(&r))
		reader_fail(list);
	*value = der_read(&r, DER_OCTET_STRING);
	if (!reader_done(&r) || oid->len == 0)
		reader_fail(list);
}

static bool read_number(struct crl *crl, struct span value)
{
	struct reader r;

	if (crl->number.p)
		return false;
	reader_init(&r, value);
	crl->number = der_read_unsigned(&r);
	return reader_done(&r);
}

static bool read_authority_key_id(struct crl *crl, struct span value)
{
	struct reader r, in;

	if (crl->authority_key_id.p)
		return false;
	reader_init(&r, value);
	in = der_enter(&r, DER_SEQUENCE);
	crl->authority_key_id = der_read(&in, DER_CONTEXT | 0);
	while (reader_left(&in) > 0)
		der_read_any(&in, NULL, NULL);
	return reader_done(&in) && reader_done(&r) && crl->authority_key_id.len > 0;
}

/* Both of those that must be there, each once. */
static bool read_extensions(struct crl *crl, struct reader *tbs)
{
	struct reader explicit = der_enter(tbs, DER_CONTEXT_CONSTRUCTED | 0);
	struct reader list = der_enter(&explicit, DER_SEQUENCE);
	struct span oid, value;

	while (reader_left(&list) > 0) {
		read_extension(&list, &oid, &value);
		if (!reader_ok(&list))
			return false;
		if (span_eq(oid, span_of(oid_number, sizeof oid_number)) && !read_number(crl, value))
			return false;
		if (span_eq(oid, span_of(oid_authority_key_id, sizeof oid_authority_key_id)) &&
		    !read_authority_key_id(crl, value))
			return false;
	}
	return reader_done(&list) && reader_done(&explicit) && crl->number.p && crl->authority_key_id.p;
}

/* The serial number of the next entry, content octets. */
static struct span read_entry(struct reader *list)
{
	struct reader r = der_enter(list, DER_SEQUENCE);
	struct span serial = der_read(&r, DER_INTEGER), oid, value;

	der_read_time(&r);
	if (der_next_is(&r, DER_SEQUENCE)) {
		struct reader extensions = der_enter(&r, DER_SEQUENCE);

		while (reader_left(&extensions) > 0)
			read_extension(&extensions, &oid, &value);
		if (!reader_done(&extensions))
			reader_fail(&r);
	}
	if (!reader_done(&r) || serial.len == 0)
		reader_fail(list);
	return serial;
}

static bool read_entries(struct crl *crl, struct reader *tbs)
{
	struct reader list;

	if (!der_next_is(tbs, DER_SEQUENCE))
		return true;
	crl->revoked = der_read(tbs, DER_SEQUENCE);
	reader_init(&list, crl->revoked);
	for (; reader_left(&list) > 0; crl->entries++)
		read_entry(&list);
	return reader_done(&list);
}

static bool read_tbs(struct crl *crl)
{
	struct span version, algorithm;
	struct reader all, tbs;

	reader_init(&all, crl->tbs);
	tbs = der_enter(&all, DER_SEQUENCE);
	version = der_read_unsigned(&tbs);
	algorithm = read_sequence(&tbs);
	crl->issuer = read_sequence(&tbs);
	crl->this_update = der_read_time(&tbs);
	crl->next_update = der_read_time(&tbs);
	return reader_ok(&tbs) && version.len == 1 && version.p[0] == 1 &&
	       span_eq(algorithm, crl->signature_algorithm) && read_entries(crl, &tbs) &&
	       read_extensions(crl, &tbs) && reader_done(&tbs);
}

bool crl_read(struct crl *crl, struct span der)
{
	struct reader all, in;

	*crl = (struct crl){ .entries = 0 };
	reader_init(&all, der);
	in = der_enter(&all, DER_SEQUENCE);
	crl->tbs = read_sequence(&in);
	crl->signature_algorithm = read_sequence(&in);
	crl->signature = der_read_bits(&in);
	return reader_done(&in) && reader_done(&all) && read_tbs(crl);
}

/* A sign byte makes no other number of it. */
static struct span without_zeros(struct span number)
{
	while (number.len > 1 && number.p[0] == 0)
		number = span_from(number, 1);
	return number;
}

bool crl_lists(const struct crl *crl, struct span serial)
{
	struct reader list;

	serial = without_zeros(serial);
	reader_init(&list, crl->revoked);
	while (reader_left(&list) > 0)
		if (span_eq(without_zeros(read_entry(&list)), serial))
			return true;
	return false;
}
