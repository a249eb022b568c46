/* TLS-ALPN-01, the server's side. */
#include "acme/alpn.h"

#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/file.h"
#include "net/addr.h"
#include "net/token.h"
#include "tls/names.h"
#include "tls/self_signed.h"

enum {
	BEFORE_S = 3600,
	AFTER_S = 86400,
	V4_LABELS = 4,
	V6_LABELS = 32,
	LINE_MAX_LEN = TOKEN_THUMBPRINT_LEN + 1
};

bool alpn_init(struct alpn *a)
{
	return key_make(&a->key, (struct key_kind){ KEY_P256, 256 });
}

/* The labels of `name` in front of `zone`, the first last; how many, 0 when it is not below that zone. */
static size_t reversed(struct span name, const char *zone, struct span *label, size_t max)
{
	size_t zone_len = strlen(zone), n = 0;
	struct span rest, one;

	if (!name.p || name.len <= zone_len + 1 ||
	    !span_is(span_from(name, name.len - zone_len), zone))
		return 0;
	rest = span_head(name, name.len - zone_len - 1);
	if (name.p[rest.len] != '.')
		return 0;
	while (rest.p && span_split(&rest, '.', &one)) {
		if (n == max)
			return 0;
		label[max - ++n] = one;
	}
	return n;
}

static bool is_number(struct span label)
{
	uint64_t value;

	return label.len <= 3 && (label.len == 1 || label.p[0] != '0') && span_number(label, 255, &value);
}

static bool is_digit(struct span label)
{
	return label.len == 1 && ((label.p[0] >= '0' && label.p[0] <= '9') ||
	                          (label.p[0] >= 'a' && label.p[0] <= 'f'));
}

/* An address as text in any of its spellings. */
static bool spell(struct builder *out, struct span name)
{
	struct span label[V6_LABELS];

	if (reversed(name, "in-addr.arpa", label, V4_LABELS) == V4_LABELS) {
		for (size_t i = 0; i < V4_LABELS; i++) {
			if (!is_number(label[i]))
				return false;
			builder_str(out, i > 0 ? "." : "");
			builder_add(out, label[i]);
		}
		return true;
	}
	if (reversed(name, "ip6.arpa", label, V6_LABELS) != V6_LABELS)
		return false;
	for (size_t i = 0; i < V6_LABELS; i++) {
		if (!is_digit(label[i]))
			return false;
		builder_str(out, i > 0 && i % 4 == 0 ? ":" : "");
		builder_add(out, label[i]);
	}
	return true;
}

struct span alpn_address(char text[ALPN_ADDRESS_MAX], struct span name)
{
	unsigned char bytes[ALPN_ADDRESS_MAX];
	struct builder any, canonical;
	struct addr a;

	builder_init(&any, bytes, sizeof bytes);
	builder_init(&canonical, text, ALPN_ADDRESS_MAX);
	if (!spell(&any, name) || !builder_ok(&any) || !addr_parse_ip(&a, builder_span(&any), 0))
		return span_of(NULL, 0);
	addr_print_ip(&canonical, &a);
	return builder_cstr(&canonical) ? builder_span(&canonical) : span_of(NULL, 0);
}

static bool read_digest(const struct alpn *a, const char *name, unsigned char digest[ACME_DIGEST_LEN])
{
	unsigned char line[LINE_MAX_LEN];
	struct builder out;
	struct span text;
	size_t len = 0;

	if (file_read(a->dir, name, line, sizeof line, &len) != FILE_OK)
		return false;
	text = span_of(line, len > 0 && line[len - 1] == '\n' ? len - 1 : len);
	builder_init(&out, digest, ACME_DIGEST_LEN);
	return token_thumbprint_ok(text) && base64_url_decode(&out, text) && out.len == ACME_DIGEST_LEN;
}

struct credential *alpn_answer(struct alpn *a, struct span name)
{
	static unsigned char der[SELF_SIGNED_MAX];
	static struct name_set names;
	unsigned char digest[ACME_DIGEST_LEN];
	char text[ALPN_ADDRESS_MAX];
	struct span address = alpn_address(text, name);
	struct self_signed what = { .names = &names, .acme_digest = digest };
	struct builder out;

	names.n = 0;
	if (name_set_add(&names, address.len > 0 ? address : name) != NAME_OK ||
	    names.name[0].text[0] == '*' || !read_digest(a, names.name[0].text, digest))
		return NULL;
	what.not_before = (int64_t)time(NULL) - BEFORE_S;
	what.not_after = what.not_before + BEFORE_S + AFTER_S;
	builder_init(&out, der, sizeof der);
	if (!self_signed_write(&out, &a->key, &what))
		return NULL;
	return credential_of(builder_span(&out), &a->key);
}
