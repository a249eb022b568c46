/* Extensions and signatures, written. */
#include "tls/issue.h"

#include "tls/der.h"

static const unsigned char oid_names[] = { 0x55, 0x1d, 17 };
static const unsigned char der_true = 0xff;

struct issue issue_begin(struct builder *out)
{
	struct issue issue;

	issue.all = der_open(out, DER_SEQUENCE);
	issue.signed_part = der_open(out, DER_SEQUENCE);
	return issue;
}

bool issue_sign(struct builder *out, const struct issue *issue, const struct key *key)
{
	enum key_hash hash = key_type_hash(key->type);
	unsigned char digest[KEY_HASH_MAX];
	size_t bits, start = issue->signed_part - 1; /* its tag */

	der_close(out, issue->signed_part);
	if (!builder_ok(out))
		return false;
	key_hash(hash, span_from(builder_span(out), start), digest);
	signature_algorithm_write(out, key->type, hash);
	bits = der_open(out, DER_BIT_STRING);
	builder_byte(out, 0);
	key_sign(key, hash, digest, false, out);
	der_close(out, bits);
	der_close(out, issue->all);
	return builder_ok(out);
}

/* Opens one up to its value; the marks are closed in reverse. */
static void open_extension(struct builder *out, struct span oid, bool critical, size_t mark[2])
{
	mark[0] = der_open(out, DER_SEQUENCE);
	der_write(out, DER_OID, oid);
	if (critical)
		der_write(out, DER_BOOLEAN, span_of(&der_true, 1));
	mark[1] = der_open(out, DER_OCTET_STRING);
}

static void close_extension(struct builder *out, const size_t mark[2])
{
	der_close(out, mark[1]);
	der_close(out, mark[0]);
}

void issue_extension(struct builder *out, struct span oid, bool critical, struct span value)
{
	size_t mark[2];

	open_extension(out, oid, critical, mark);
	builder_add(out, value);
	close_extension(out, mark);
}

void issue_names(struct builder *out, const struct name_set *names, bool critical)
{
	size_t mark[2], list;

	open_extension(out, span_of(oid_names, sizeof oid_names), critical, mark);
	list = der_open(out, DER_SEQUENCE);
	name_set_write(out, names);
	der_close(out, list);
	close_extension(out, mark);
}
