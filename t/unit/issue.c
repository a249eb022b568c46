/* Names, certificates and revocation lists that we write: byte for byte, and without room. */
#include "tls/issue.h"

#include <stdlib.h>

#include "tap.h"
#include "tls/cert.h"
#include "tls_data.h"

enum { FROM = 1700000000, UNTIL = 2600000000 };

static struct key key;
static unsigned char storage[4096], expected[1024];

static struct span spki(void)
{
	return span_of(key.spki, key.spki_len);
}

static bool is(const struct builder *b, const char *hex)
{
	return builder_ok(b) && span_eq(builder_span(b), tls_data(hex, expected, sizeof expected));
}

static void names(void)
{
	static const struct issue_attribute all[] = {
		{ ISSUE_COMMON_NAME, { (const unsigned char *)"a", 1 } },
		{ ISSUE_ORGANIZATION, { (const unsigned char *)"b", 1 } },
		{ ISSUE_LOCALITY, { (const unsigned char *)"c", 1 } },
		{ ISSUE_STATE, { (const unsigned char *)"d", 1 } },
		{ ISSUE_COUNTRY, { (const unsigned char *)"XX", 2 } },
	};
	unsigned char text[128];
	struct builder b, t;

	builder_init(&b, storage, sizeof storage);
	issue_name(&b, all, 0);
	check(is(&b, "3000"), "an empty name");
	builder_init(&b, storage, sizeof storage);
	issue_name(&b, all, 5);
	check(is(&b, "303d"
	             "310a300806035504030c0161"
	             "310a3008060355040a0c0162"
	             "310a300806035504070c0163"
	             "310a300806035504080c0164"
	             "310b3009060355040613025858"),
	      "one of everything");
	builder_init(&t, text, sizeof text);
	cert_print_name(&t, builder_span(&b));
	check(span_is(builder_span(&t), "C=XX,ST=d,L=c,O=b,CN=a"), "read back");
}

static void extensions(void)
{
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	issue_ca_marks(&b, -1);
	check(is(&b, "300e0603551d0f0101ff040403020106"
	             "300f0603551d130101ff040530030101ff"),
	      "a CA without a limit");
	builder_init(&b, storage, sizeof storage);
	issue_ca_marks(&b, 0);
	check(is(&b, "300e0603551d0f0101ff040403020106"
	             "30120603551d130101ff040830060101ff020100"),
	      "one that has no CA below");
	builder_init(&b, storage, sizeof storage);
	issue_crl_number(&b, 0);
	check(is(&b, "300a0603551d140403020100"), "the first list");
	builder_init(&b, storage, sizeof storage);
	issue_crl_number(&b, 0xfffffffe);
	check(is(&b, "300e0603551d140407020500fffffffe"), "one of the last");
}

static bool write_certificate(struct builder *out, struct span name, struct span list)
{
	return issue_certificate(out,
	                         &(struct issue_certificate){ .serial = span_str("\x80\1"),
	                                                      .issuer = name,
	                                                      .subject = name,
	                                                      .not_before = FROM,
	                                                      .not_after = UNTIL,
	                                                      .spki = spki(),
	                                                      .extensions = list },
	                         &key);
}

static bool write_crl(struct builder *out, struct span name, struct span list)
{
	const struct issue_revoked revoked[] = { { span_str("\x80\1"), FROM }, { span_str("\1"), UNTIL } };

	return issue_crl(out,
	                 &(struct issue_crl){ .issuer = name,
	                                      .this_update = FROM,
	                                      .next_update = UNTIL,
	                                      .revoked = revoked,
	                                      .n_revoked = 2,
	                                      .extensions = list },
	                 &key);
}

/* Less room than it takes: never a signature over half of it. */
static void without_room(const char *what, bool (*write)(struct builder *, struct span, struct span),
                         struct span name, struct span list)
{
	static unsigned char copy[4096];
	struct builder b;
	size_t whole, fits = 0;

	builder_init(&b, storage, sizeof storage);
	if (!check(write(&b, name, list), "%s", what))
		return;
	whole = b.len;
	memcpy(copy, storage, whole);
	/* Where it would have to be signed, the signature takes time: a few of these. */
	for (size_t cap = 0; cap < whole; cap += cap + 90 < whole ? 1 : 17) {
		builder_init(&b, storage, cap);
		fits += write(&b, name, list) || builder_ok(&b);
	}
	builder_init(&b, storage, whole);
	check(fits == 0 && write(&b, name, list) && memcmp(copy, storage, whole) == 0,
	      "%s: %zu bytes and not one less", what, whole);
}

static void documents(void)
{
	const struct issue_attribute common_name = { ISSUE_COMMON_NAME, span_str("issuer") };
	unsigned char name_bytes[64], list_bytes[256];
	struct builder name, list, b;
	struct cert c;

	builder_init(&name, name_bytes, sizeof name_bytes);
	issue_name(&name, &common_name, 1);
	builder_init(&list, list_bytes, sizeof list_bytes);
	issue_key_id(&list, spki());
	issue_authority_key_id(&list, spki());
	issue_ca_marks(&list, 3);
	without_room("a certificate", write_certificate, builder_span(&name), builder_span(&list));
	builder_init(&b, storage, sizeof storage);
	check(write_certificate(&b, builder_span(&name), builder_span(&list)) &&
	              cert_read(&c, builder_span(&b)) && cert_signed_by(&c, &c) && c.is_ca &&
	              c.not_before == FROM && c.not_after == UNTIL && c.serial.len == 3 &&
	              span_eq(c.key_id, c.authority_key_id) && c.key_id.len == 20 &&
	              span_is(cert_common_name(c.subject), "issuer"),
	      "read back");
	builder_init(&list, list_bytes, sizeof list_bytes);
	issue_crl_number(&list, 7);
	issue_authority_key_id(&list, spki());
	without_room("a revocation list", write_crl, builder_span(&name), builder_span(&list));
}

/* What is signed, as it stands there, without the signature's random part. */
static void lists(void)
{
	struct span name = span_of("0\0", 2);
	struct issue_crl what = { .issuer = name, .this_update = FROM, .next_update = UNTIL };
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	check(issue_crl(&b, &what, &key), "an empty list without extensions");
	/* version 2, ecdsa-with-SHA256, the name, a UTCTime, a GeneralizedTime: and the end. */
	check(b.len > 54 && span_eq(span_of(storage + 3, 51),
	                            tls_data("3031020101300a06082a8648ce3d0403023000"
	                                     "170d3233313131343232313332305a"
	                                     "180f32303532303532323134313332305a",
	                                     expected, sizeof expected)),
	      "has neither entries nor their place");
}

int main(void)
{
	if (!key_make(&key, (struct key_kind){ KEY_P256, 256 }))
		return 1;
	names();
	extensions();
	documents();
	lists();
	return tap_end();
}
