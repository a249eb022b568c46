/*
 * names: what a certificate is for: DNS names and IP addresses, as GeneralNames
 * (RFC 5280, 4.2.1.6) and as text.
 */
#ifndef TLS_NAMES_H
#define TLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/builder.h"
#include "base/span.h"

enum { CERT_NAMES_MAX = 100 }; /* names of a certificate that we make or compare */

/* A name as a certificate holds it. */
enum cert_name_kind { CERT_DNS, CERT_IP, CERT_OTHER };
struct cert_name {
	enum cert_name_kind kind;
	struct span value; /* DNS: the text, any bytes; IP: 4 or 16 bytes; else all of it, with its tag */
};

/*
 * Walks over the contents of GeneralNames: takes the next name off the front
 * of `*rest`. False at the end, and with `*bad` set when what is left is malformed.
 */
bool cert_next_name(struct span *rest, struct cert_name *name, bool *bad);

/*
 * Appends a name as text: a DNS name as it stands there, escaped as one field
 * (base/log.h), an address by RFC 5952, anything else in hex.
 */
void cert_name_print(struct builder *out, const struct cert_name *name);

/*
 * The names somebody asks for, as text: DNS names in lower case, "*." in
 * front of a wildcard, or IP addresses. How an order, a request, a certificate
 * and the store call one.
 */
struct name_set {
	size_t n;
	struct {
		enum cert_name_kind kind;
		char text[254]; /* canonical: lower case, no final dot; addresses by RFC 5952 */
		unsigned char ip[16];
		size_t ip_len; /* 4 or 16 */
	} name[CERT_NAMES_MAX];
};

enum name_result {
	NAME_OK,
	NAME_MALFORMED, /* neither a DNS name (RFC 1123; "*." alone as wildcard) nor an address;
	                   an IPv4-mapped IPv6 address is none */
	NAME_TWICE,
	NAME_TOO_MANY
};
const char *name_strerror(enum name_result result);
enum name_result name_set_add(struct name_set *set, struct span text);

/*
 * The certificate's (or any GeneralNames') names are exactly those of `set`, in
 * any order, DNS names compared without case. One that is there twice is one.
 */
bool name_set_is(const struct name_set *set, struct span general_names);

/* Appends the contents of GeneralNames, in the order in which they were added. */
void name_set_write(struct builder *out, const struct name_set *set);

#endif
