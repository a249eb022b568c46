/* hello_make: ClientHellos for tests, whole and in records. */
#ifndef UNIT_HELLO_MAKE_H
#define UNIT_HELLO_MAKE_H

#include "base/builder.h"

struct hello_parts {
	const char *name;      /* server_name; NULL for none */
	const char *alpn;      /* wire form: "\x02h2"; NULL for none */
	size_t key_share;      /* bytes of a key share: 1216 for X25519MLKEM768 */
	size_t padding;        /* bytes of further padding */
	bool no_extensions;
};

static inline void hello_u16(struct builder *b, size_t n)
{
	builder_u16be(b, (uint16_t)n);
}

static inline void hello_fill(struct builder *b, size_t n)
{
	unsigned char *p = builder_take(b, n);

	if (p)
		memset(p, 0xa5, n);
}

/* Writes `len` over the bytes in front of everything after `at`. */
static inline void hello_patch(struct builder *b, size_t at, size_t n_bytes)
{
	size_t len = b->len - at;

	for (size_t i = 0; i < n_bytes; i++)
		b->p[at - 1 - i] = (unsigned char)(len >> 8 * i);
}

/* The handshake message. */
static inline void hello_message(struct builder *b, const struct hello_parts *p)
{
	size_t message, extensions;

	builder_add(b, span_of("\x01\0\0\0", 4));
	message = b->len;
	builder_add(b, span_of("\x03\x03", 2));
	hello_fill(b, 32);
	builder_byte(b, 32);
	hello_fill(b, 32);
	builder_add(b, span_of("\0\x04\x13\x01\xc0\x2b\x01\0", 8));
	if (!p->no_extensions) {
		hello_u16(b, 0);
		extensions = b->len;
		if (p->key_share) {
			hello_u16(b, 51);
			hello_u16(b, p->key_share + 6);
			hello_u16(b, p->key_share + 4);
			hello_u16(b, 0x11ec);
			hello_u16(b, p->key_share);
			hello_fill(b, p->key_share);
		}
		builder_add(b, span_of("\0\x2b\0\x05\x04\x03\x04\x03\x03", 9));
		if (p->alpn) {
			hello_u16(b, 16);
			hello_u16(b, strlen(p->alpn) + 2);
			hello_u16(b, strlen(p->alpn));
			builder_str(b, p->alpn);
		}
		if (p->padding) {
			hello_u16(b, 21);
			hello_u16(b, p->padding);
			hello_fill(b, p->padding);
		}
		if (p->name) {
			hello_u16(b, 0);
			hello_u16(b, strlen(p->name) + 5);
			hello_u16(b, strlen(p->name) + 3);
			builder_byte(b, 0);
			hello_u16(b, strlen(p->name));
			builder_str(b, p->name);
		}
		hello_patch(b, extensions, 2);
	}
	hello_patch(b, message, 3);
}

static inline void hello_record(struct builder *b, struct span fragment)
{
	builder_add(b, span_of("\x16\x03\x01", 3));
	hello_u16(b, fragment.len);
	builder_add(b, fragment);
}

#endif
