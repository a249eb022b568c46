/* An ingress' directory of evidence. */
#include "tee/evidence.h"

#include <bearssl.h>

#include "base/hex.h"
#include "net/hostname.h"
#include "tee/report_data.h"

static const char cert_before[] = "cert-", cert_behind[] = ".pem";

static void hash(struct span bytes, unsigned char digest[EVIDENCE_HASH_LEN])
{
	br_sha256_context sha256;

	br_sha256_init(&sha256);
	br_sha256_update(&sha256, bytes.p, bytes.len);
	br_sha256_out(&sha256, digest);
}

/* In the one form that a name has: the file's name is looked for. */
static bool is_host(struct span name)
{
	char folded[HOSTNAME_MAX + 1];

	if (span_starts(name, "*."))
		name = span_from(name, 2);
	return span_eq(hostname_fold(folded, name), name) && name.len > 0;
}

bool evidence_cert_name(struct builder *out, struct span name)
{
	builder_str(out, cert_before);
	builder_add(out, name);
	builder_str(out, cert_behind);
	return is_host(name) && builder_ok(out);
}

/* Nothing else is looked for, in no directory and at no server. */
static bool name_ok(struct span name)
{
	size_t ends = sizeof cert_before - 1 + sizeof cert_behind - 1;

	if (span_is(name, EVIDENCE_ACCOUNT))
		return true;
	if (name.len <= ends || name.len > EVIDENCE_NAME_MAX || !span_starts(name, cert_before) ||
	    !span_is(span_from(name, name.len - (sizeof cert_behind - 1)), cert_behind))
		return false;
	return is_host(span_head(span_from(name, sizeof cert_before - 1), name.len - ends));
}

void evidence_sum_write(struct builder *out, struct span name, struct span contents)
{
	unsigned char digest[EVIDENCE_HASH_LEN];

	hash(contents, digest);
	hex_encode(out, span_of(digest, sizeof digest));
	builder_str(out, "  ");
	builder_add(out, name);
	builder_byte(out, '\n');
}

/* sha256sum writes two spaces, or a space and a star for what it read as binary. */
static bool read_line(struct span line, struct evidence_sum *sum)
{
	struct span digits = span_head(line, 2 * EVIDENCE_HASH_LEN), between;
	struct builder b;

	between = span_head(span_from(line, digits.len), 2);
	sum->name = span_from(line, digits.len + 2);
	builder_init(&b, sum->digest, sizeof sum->digest);
	return hex_decode(&b, digits) && b.len == EVIDENCE_HASH_LEN &&
	       (span_is(between, "  ") || span_is(between, " *")) && name_ok(sum->name);
}

bool evidence_sums_read(struct span text, struct evidence_sum sums[EVIDENCE_FILES_MAX], size_t *n)
{
	bool account = false;
	struct span line;

	*n = 0;
	if (text.len == 0 || text.p[text.len - 1] != '\n')
		return false;
	text.len--;
	while (span_split(&text, '\n', &line)) {
		if (*n == EVIDENCE_FILES_MAX || !read_line(line, &sums[*n]))
			return false;
		for (size_t i = 0; i < *n; i++)
			if (span_eq(sums[i].name, sums[*n].name))
				return false;
		account = account || span_is(sums[*n].name, EVIDENCE_ACCOUNT);
		++*n;
	}
	return account && *n > 1;
}

bool evidence_sum_is(const struct evidence_sum *sum, struct span contents)
{
	unsigned char digest[EVIDENCE_HASH_LEN];

	hash(contents, digest);
	return memcmp(digest, sum->digest, sizeof digest) == 0;
}

void evidence_report_data(struct span sums, unsigned char report_data[QUOTE_REPORT_DATA_LEN])
{
	unsigned char digest[EVIDENCE_HASH_LEN];

	hash(sums, digest);
	report_data_pad(span_of(digest, sizeof digest), report_data);
}
