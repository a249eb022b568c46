/* Names of issuers and subjects as text (RFC 4514). */
#include "base/hex.h"
#include "tls/cert.h"
#include "tls/der.h"

enum { NAME_ATTRIBUTES_MAX = 64 };

/* String types beside those of der.h. */
enum { NUMERIC_STRING = 0x12, T61_STRING = 0x14, VISIBLE_STRING = 0x1a, BMP_STRING = 0x1e };

struct attribute {
	struct span oid, whole, value; /* the value with its tag and without */
	uint8_t tag;
	bool joined; /* with the one before: of one RelativeDistinguishedName */
};

/* Attribute types by their OBJECT IDENTIFIERs, encoded contents. */
static const struct {
	const char *oid, *name;
} types[] = {
	{ "\x55\x04\x03", "CN" },
	{ "\x55\x04\x04", "SN" },
	{ "\x55\x04\x05", "serialNumber" },
	{ "\x55\x04\x06", "C" },
	{ "\x55\x04\x07", "L" },
	{ "\x55\x04\x08", "ST" },
	{ "\x55\x04\x09", "street" },
	{ "\x55\x04\x0a", "O" },
	{ "\x55\x04\x0b", "OU" },
	{ "\x55\x04\x0c", "title" },
	{ "\x55\x04\x0f", "businessCategory" },
	{ "\x55\x04\x11", "postalCode" },
	{ "\x55\x04\x2a", "GN" },
	{ "\x55\x04\x61", "organizationIdentifier" },
	{ "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID" },
	{ "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC" },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress" },
	{ "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03", "jurisdictionC" },
};

static const char *type_name(struct span oid)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_is(oid, types[i].oid))
			return types[i].name;
	return NULL;
}

/* One byte of UTF-8, at the first or the last place of a value or not. */
static void print_byte(struct builder *out, unsigned char c, bool first, bool last)
{
	if (c < ' ' || c > '~') {
		builder_byte(out, '\\');
		builder_byte(out, (unsigned char)"0123456789ABCDEF"[c >> 4]);
		builder_byte(out, (unsigned char)"0123456789ABCDEF"[c & 15]);
		return;
	}
	if (memchr(",+\"\\<>;", c, 7) || (c == '#' && first) || (c == ' ' && (first || last)))
		builder_byte(out, '\\');
	builder_byte(out, c);
}

/* A character above ASCII of a type that is not UTF-8. */
static void print_wide(struct builder *out, unsigned int c, bool first, bool last)
{
	if (c < 0x80) {
		print_byte(out, (unsigned char)c, first, last);
	} else if (c < 0x800) {
		print_byte(out, (unsigned char)(0xc0 | c >> 6), false, false);
		print_byte(out, (unsigned char)(0x80 | (c & 0x3f)), false, false);
	} else {
		print_byte(out, (unsigned char)(0xe0 | c >> 12), false, false);
		print_byte(out, (unsigned char)(0x80 | (c >> 6 & 0x3f)), false, false);
		print_byte(out, (unsigned char)(0x80 | (c & 0x3f)), false, false);
	}
}

static void print_value(struct builder *out, const struct attribute *a)
{
	size_t step = a->tag == BMP_STRING ? 2 : 1;

	for (size_t i = 0; i + step <= a->value.len; i += step) {
		bool first = i == 0, last = i + step == a->value.len;
		const unsigned char *p = a->value.p + i;

		if (a->tag == BMP_STRING)
			print_wide(out, (unsigned int)p[0] << 8 | p[1], first, last);
		else if (a->tag == T61_STRING)
			print_wide(out, p[0], first, last);
		else
			print_byte(out, p[0], first, last);
	}
}

static bool is_text(const struct attribute *a)
{
	switch (a->tag) {
	case DER_UTF8_STRING:
	case DER_PRINTABLE_STRING:
	case DER_IA5_STRING:
	case NUMERIC_STRING:
	case T61_STRING:
	case VISIBLE_STRING:
		return true;
	default:
		return a->tag == BMP_STRING && a->value.len % 2 == 0;
	}
}

/* The type, "=", and the value; in hex where the type or the value is none we know. */
static void print_attribute(struct builder *out, const struct attribute *a)
{
	const char *name = type_name(a->oid);

	if (name)
		builder_str(out, name);
	else
		der_print_oid(out, a->oid);
	builder_byte(out, '=');
	if (name && is_text(a)) {
		print_value(out, a);
		return;
	}
	builder_byte(out, '#');
	hex_encode(out, a->whole);
}

/* Takes a Name apart; the number of attributes, or SIZE_MAX when it is malformed. */
static size_t read_name(struct span name, struct attribute *list)
{
	struct reader all, names;
	size_t n = 0;

	reader_init(&all, name);
	names = der_enter(&all, DER_SEQUENCE);
	while (reader_left(&names) > 0) {
		struct reader set = der_enter(&names, DER_SET);

		for (bool joined = false; reader_left(&set) > 0; joined = true) {
			struct reader pair = der_enter(&set, DER_SEQUENCE);
			struct attribute *a = &list[n];

			if (n == NAME_ATTRIBUTES_MAX)
				return SIZE_MAX;
			a->joined = joined;
			a->oid = der_read(&pair, DER_OID);
			a->whole = der_read_any(&pair, &a->tag, &a->value);
			if (!reader_done(&pair))
				return SIZE_MAX;
			n++;
		}
		if (!reader_ok(&set))
			return SIZE_MAX;
	}
	return reader_done(&names) && reader_done(&all) ? n : SIZE_MAX;
}

void cert_print_name(struct builder *out, struct span name)
{
	struct attribute list[NAME_ATTRIBUTES_MAX];
	size_t n = read_name(name, list);

	if (n == SIZE_MAX) {
		builder_byte(out, '#');
		hex_encode(out, name);
		return;
	}
	/* The last comes first. Within one of several attributes, OpenSSL turns them round too. */
	for (size_t i = n; i-- > 0;) {
		print_attribute(out, &list[i]);
		if (i > 0)
			builder_byte(out, list[i].joined ? '+' : ',');
	}
}

struct span cert_common_name(struct span name)
{
	struct attribute list[NAME_ATTRIBUTES_MAX];
	size_t n = read_name(name, list);

	for (size_t i = n == SIZE_MAX ? 0 : n; i-- > 0;)
		if (span_is(list[i].oid, types[0].oid) && is_text(&list[i]) && list[i].tag != BMP_STRING)
			return list[i].value;
	return span_of(NULL, 0);
}
