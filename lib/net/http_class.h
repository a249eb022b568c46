/*
 * http_class: which bytes may stand where in an HTTP message, as one table.
 * For the files of net/http.h alone.
 */
#ifndef NET_HTTP_CLASS_H
#define NET_HTTP_CLASS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum http_class {
	HTTP_CLASS_TOKEN = 1,  /* tchar (RFC 9110, 5.6.2) */
	HTTP_CLASS_TARGET = 2, /* visible ASCII without '#': a target has no fragment */
	HTTP_CLASS_VALUE = 4,  /* field value: visible ASCII, space, tab, obs-text (RFC 9110, 5.5) */
	HTTP_CLASS_NAME = 8    /* reg-name without percent-encoding (RFC 3986, 3.2.2) */
};

/* For each byte the classes it is in. */
extern const unsigned char http_class_table[256];

static inline bool http_class_has(unsigned char c, enum http_class class)
{
	return (http_class_table[c] & class) != 0;
}

/* Offset of the first byte of `text` that is not in `class`, or its length. */
static inline size_t http_class_span(struct span text, enum http_class class)
{
	size_t n = 0;

	while (n < text.len && http_class_has(text.p[n], class))
		n++;
	return n;
}

#endif
