/* ClientHellos: whole, in pieces, in records, cut, and wrong in every way. */
#include "net/hello.h"

#include <stdlib.h>
#include <string.h>

#include "hello_make.h"
#include "tap.h"

static unsigned char store[HELLO_MESSAGE_MAX], message[HELLO_STREAM_MAX + 64], stream[2 * HELLO_STREAM_MAX];
static const struct hello_parts ordinary = { "app.example.test", "\x02h2\x08http/1.1", 32, 0, false };
static const struct hello_parts quantum = { "app.example.test", "\x02h2\x08http/1.1", 1216, 200, false };

static struct span make(const struct hello_parts *parts)
{
	struct builder b;

	builder_init(&b, message, sizeof message);
	hello_message(&b, parts);
	return builder_span(&b);
}

/* `bytes` in a block of their own size: a sanitizer sees what is read beyond. */
static enum hello_result read_exactly(struct hello *h, struct span bytes)
{
	unsigned char *copy = malloc(bytes.len ? bytes.len : 1);
	enum hello_result result;

	if (!copy)
		abort();
	if (bytes.p)
		memcpy(copy, bytes.p, bytes.len);
	result = hello_read(h, span_of(copy, bytes.len), store);
	/* What the hello points to must outlive this. */
	if (result != HELLO_OK) {
		free(copy);
		return result;
	}
	result = hello_read(h, bytes, store);
	free(copy);
	return result;
}

static bool is_ordinary(const struct hello *h)
{
	return h->has_name && span_is(h->name, "app.example.test") && hello_alpn(h, "h2") &&
	       hello_alpn(h, "http/1.1") && !hello_alpn(h, "http") && h->version == 0x0303 &&
	       h->versions.len == 4;
}

/* In one record, cut after every byte. */
static void cut(const struct hello_parts *parts, const char *what)
{
	struct span m = make(parts);
	struct builder b;
	struct hello h;
	size_t wrong = 0;

	builder_init(&b, stream, sizeof stream);
	hello_record(&b, m);
	for (size_t n = 0; n < b.len; n++)
		wrong += read_exactly(&h, span_of(stream, n)) != HELLO_MORE;
	check(wrong == 0, "%s: more is needed at each of %zu bytes", what, b.len);
	check(read_exactly(&h, builder_span(&b)) == HELLO_OK && is_ordinary(&h) && h.len == b.len,
	      "%s: then it is there", what);
}

/* In two records, at every byte, each of these cut once more in the second. */
static void records(const struct hello_parts *parts, const char *what)
{
	struct span m = make(parts);
	size_t wrong = 0;

	for (size_t at = 1; at < m.len; at++) {
		struct builder b;
		struct hello h;

		builder_init(&b, stream, sizeof stream);
		hello_record(&b, span_head(m, at));
		hello_record(&b, span_from(m, at));
		wrong += read_exactly(&h, span_of(stream, b.len - 1)) != HELLO_MORE;
		wrong += read_exactly(&h, span_of(stream, at + 5)) != HELLO_MORE;
		wrong += read_exactly(&h, builder_span(&b)) != HELLO_OK || !is_ordinary(&h);
	}
	check(wrong == 0, "%s: in two records, wherever they meet (%zu)", what, wrong);
}

static void tiny_records(void)
{
	struct span m = make(&ordinary);
	struct builder b;
	struct hello h;

	builder_init(&b, stream, sizeof stream);
	for (size_t at = 0; at < m.len; at++)
		hello_record(&b, span_head(span_from(m, at), 1));
	check(read_exactly(&h, builder_span(&b)) == HELLO_OK && is_ordinary(&h), "a byte a record");
}

static void sizes(void)
{
	struct hello_parts parts = ordinary;
	struct span m;
	struct builder b;
	struct hello h;

	parts.padding = 1;
	parts.padding += HELLO_MESSAGE_MAX - make(&parts).len;
	m = make(&parts);
	builder_init(&b, stream, sizeof stream);
	hello_record(&b, span_head(m, 9000));
	hello_record(&b, span_from(m, 9000));
	check(m.len == HELLO_MESSAGE_MAX && read_exactly(&h, builder_span(&b)) == HELLO_OK && is_ordinary(&h),
	      "the largest there may be");
	parts.padding++;
	m = make(&parts);
	builder_init(&b, stream, sizeof stream);
	hello_record(&b, span_head(m, 9000));
	check(read_exactly(&h, builder_span(&b)) == HELLO_TOO_LARGE, "one byte more is seen at once");
	parts.padding--;
	m = make(&parts);
	builder_init(&b, stream, sizeof stream);
	for (size_t at = 0; b.len < HELLO_STREAM_MAX; at++)
		hello_record(&b, span_head(span_from(m, at), 1));
	check(read_exactly(&h, span_of(stream, HELLO_STREAM_MAX - 1)) == HELLO_MORE &&
	      read_exactly(&h, span_of(stream, HELLO_STREAM_MAX)) == HELLO_TOO_LARGE,
	      "a stream that is full never wants more");
}

static void with_rest(void)
{
	struct span m = make(&ordinary);
	struct builder b;
	struct hello h;
	size_t len;

	builder_init(&b, stream, sizeof stream);
	hello_record(&b, m);
	len = b.len;
	builder_str(&b, "early data of any kind");
	check(read_exactly(&h, builder_span(&b)) == HELLO_OK && is_ordinary(&h) && h.len == len,
	      "what comes behind the hello is not looked at");
}

static void without(void)
{
	struct hello_parts none = { .no_extensions = true }, no_name = { .alpn = "\x0a" "acme-tls/1" };
	struct builder b;
	struct hello h;

	builder_init(&b, stream, sizeof stream);
	hello_record(&b, make(&none));
	check(read_exactly(&h, builder_span(&b)) == HELLO_OK && !h.has_name && h.alpn.len == 0 &&
	      h.versions.len == 0, "no extensions at all");
	builder_init(&b, stream, sizeof stream);
	hello_record(&b, make(&no_name));
	check(read_exactly(&h, builder_span(&b)) == HELLO_OK && !h.has_name && hello_alpn(&h, "acme-tls/1"),
	      "no name");
}

static void refused(const char *bytes, size_t len, enum hello_result wanted, const char *what)
{
	struct hello h;
	enum hello_result got = read_exactly(&h, span_of(bytes, len));

	check(got == wanted, "%s: %s", what, hello_name(got));
}

#define REFUSED(bytes, wanted, what) refused(bytes, sizeof(bytes) - 1, wanted, what)

static void not_hellos(void)
{
	REFUSED("", HELLO_MORE, "nothing");
	REFUSED("GET / HTTP/1.1\r\n\r\n", HELLO_NOT_TLS, "plain HTTP");
	REFUSED("G", HELLO_NOT_TLS, "the first byte is enough");
	REFUSED("SSH-2.0-x\r\n", HELLO_NOT_TLS, "SSH");
	REFUSED("\x16", HELLO_MORE, "a record begins");
	REFUSED("\x16\x02", HELLO_NOT_TLS, "of no version there is");
	REFUSED("\x80\x2e\x01\x03\x01", HELLO_NOT_TLS, "an SSLv2 hello");
	REFUSED("\x16\x03\x01\0\0", HELLO_MALFORMED, "an empty record");
	REFUSED("\x16\x03\x01\x40\x01", HELLO_MALFORMED, "a record that is too long");
	REFUSED("\x16\x03\x01\x40\0", HELLO_MORE, "the longest");
	REFUSED("\x16\x03\x01\0\x01\x02", HELLO_MALFORMED, "a ServerHello");
	REFUSED("\x16\x03\x01\0\x01\x01\x17", HELLO_MALFORMED, "another record in the middle");
	REFUSED("\x16\x03\x01\0\x01\x01\x16\x02", HELLO_MALFORMED, "another version in the middle");
	REFUSED("\x16\x03\x01\0\x04\x01\xff\xff\xff", HELLO_TOO_LARGE, "a huge message");
	REFUSED("\x15\x03\x01\0\x02\x02\x28", HELLO_NOT_TLS, "an alert");
	REFUSED("\x16\x03\x01\0\x04\x01\0\0\0", HELLO_MALFORMED, "an empty message");
}

/* Every byte of a hello changed to some others: it is read or refused, never wanted more of. */
static void changed(void)
{
	struct span m = make(&ordinary);
	struct builder b;
	struct hello h;
	size_t wanting = 0;

	builder_init(&b, stream, sizeof stream);
	hello_record(&b, m);
	for (size_t i = 9; i < b.len; i++) {
		for (unsigned int x = 1; x < 256; x <<= 1) {
			stream[i] ^= (unsigned char)x;
			wanting += read_exactly(&h, builder_span(&b)) == HELLO_MORE;
			stream[i] ^= (unsigned char)x;
		}
	}
	check(wanting == 0, "a changed byte of the body is never the reason to wait");
}

/* Extensions alone, in a hello that is right for the rest. */
static enum hello_result with_extensions(const char *bytes, size_t len, struct hello *h)
{
	struct hello_parts none = { .no_extensions = true };
	struct span m = make(&none);
	struct builder b;

	builder_init(&b, message, sizeof message);
	b.len = m.len;
	hello_u16(&b, len);
	builder_add(&b, span_of(bytes, len));
	hello_patch(&b, 4, 3);
	m = builder_span(&b);
	builder_init(&b, stream, sizeof stream);
	hello_record(&b, m);
	return read_exactly(h, builder_span(&b));
}

static void extensions(void)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
		enum hello_result wanted;
	} table[] = {
#define E(what, bytes, wanted) { what, bytes, sizeof(bytes) - 1, wanted }
		E("none", "", HELLO_OK),
		E("a name", "\0\0\0\x06\0\x04\0\0\x01" "a", HELLO_OK),
		E("two extensions with names", "\0\0\0\x06\0\x04\0\0\x01" "a\0\0\0\x06\0\x04\0\0\x01" "b", HELLO_MALFORMED),
		E("two names", "\0\0\0\x0a\0\x08\0\0\x01" "a\0\0\x01" "b", HELLO_MALFORMED),
		E("a name of another kind alone", "\0\0\0\x06\0\x04\x01\0\x01" "a", HELLO_MALFORMED),
		E("a name of another kind, too", "\0\0\0\x0a\0\x08\x01\0\x01" "x\0\0\x01" "a", HELLO_OK),
		E("an empty name", "\0\0\0\x05\0\x03\0\0\0", HELLO_MALFORMED),
		E("an empty list", "\0\0\0\x02\0\0", HELLO_MALFORMED),
		E("no list", "\0\0\0\0", HELLO_MALFORMED),
		E("a list longer than the extension", "\0\0\0\x06\0\x05\0\0\x01" "a", HELLO_MALFORMED),
		E("a list shorter than the extension", "\0\0\0\x07\0\x04\0\0\x01" "ab", HELLO_MALFORMED),
		E("a name longer than the list", "\0\0\0\x06\0\x04\0\0\x02" "a", HELLO_MALFORMED),
		E("an extension longer than all", "\0\0\0\x07\0\x04\0\0\x01" "a", HELLO_MALFORMED),
		E("half an extension's head", "\0\x17\0", HELLO_MALFORMED),
		E("ALPN without names", "\0\x10\0\x02\0\0", HELLO_MALFORMED),
		E("ALPN with an empty name", "\0\x10\0\x03\0\x01\0", HELLO_MALFORMED),
		E("ALPN with a name that is cut", "\0\x10\0\x04\0\x02\x02h", HELLO_MALFORMED),
		E("ALPN twice", "\0\x10\0\x05\0\x03\x02h2\0\x10\0\x05\0\x03\x02h2", HELLO_MALFORMED),
		E("odd versions", "\0\x2b\0\x04\x03\x03\x04\x03", HELLO_MALFORMED),
		E("no versions", "\0\x2b\0\x01\0", HELLO_MALFORMED),
		E("what nobody knows", "\x7a\x7a\0\x01\xff", HELLO_OK),
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct hello h;
		enum hello_result got = with_extensions(table[i].bytes, table[i].len, &h);

		check(got == table[i].wanted, "extensions: %s: %s", table[i].what, hello_name(got));
	}
}

static void alert(void)
{
	unsigned char bytes[HELLO_ALERT_LEN];
	struct builder b;

	builder_init(&b, bytes, sizeof bytes);
	hello_alert(&b, HELLO_UNRECOGNIZED_NAME);
	check(span_eq(builder_span(&b), span_of("\x15\x03\x03\0\x02\x02\x70", 7)), "an alert");
}

int main(void)
{
	cut(&ordinary, "ordinary");
	cut(&quantum, "post-quantum");
	records(&ordinary, "ordinary");
	records(&quantum, "post-quantum");
	tiny_records();
	sizes();
	with_rest();
	without();
	not_hellos();
	changed();
	extensions();
	alert();
	return tap_end();
}
