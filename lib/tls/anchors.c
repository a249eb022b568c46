/*
 * Trust anchors: of each certificate in a bundle only the name and the key are
 * kept. All of it is one piece of memory: the list, then the bytes it points to.
 */
#include "tls/anchors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tls/cert.h"
#include "tls/pem.h"

const char *anchors_strerror(enum anchors_result result)
{
	switch (result) {
	case ANCHORS_OK:
		return "success";
	case ANCHORS_NONE:
		return "no certificate in it that can be used";
	case ANCHORS_MALFORMED:
		return "not a bundle of certificates in PEM";
	case ANCHORS_TOO_MANY:
		return "too many certificates";
	case ANCHORS_SYSTEM_ERROR:
		return strerror(errno);
	}
	return "unknown";
}

/* A copy in the memory of the anchors. */
static unsigned char *keep(struct builder *memory, struct span bytes, size_t *len)
{
	unsigned char *at = builder_take(memory, bytes.len);

	if (at)
		memcpy(at, bytes.p, bytes.len);
	*len = bytes.len;
	return at;
}

/* False for a key that is not for us: the certificate is passed over. */
static bool keep_key(br_x509_pkey *out, struct builder *memory, struct span spki)
{
	struct public_key key;

	if (!public_key_parse(&key, spki))
		return false;
	if (key.type == KEY_RSA) {
		br_rsa_public_key *rsa = &out->key.rsa;

		out->key_type = BR_KEYTYPE_RSA;
		rsa->n = keep(memory, key.modulus, &rsa->nlen);
		rsa->e = keep(memory, key.exponent, &rsa->elen);
	} else {
		br_ec_public_key *ec = &out->key.ec;

		out->key_type = BR_KEYTYPE_EC;
		public_key_curve(key.type, &ec->curve);
		ec->q = keep(memory, key.point, &ec->qlen);
	}
	return true;
}

static enum anchors_result add(struct anchors *a, struct builder *memory, struct span der)
{
	br_x509_trust_anchor *anchor = &a->list[a->n];
	struct cert c;

	if (!cert_read(&c, der))
		return ANCHORS_MALFORMED;
	if (!keep_key(&anchor->pkey, memory, c.spki))
		return ANCHORS_OK;
	if (a->n == ANCHORS_MAX)
		return ANCHORS_TOO_MANY;
	anchor->dn.data = keep(memory, c.subject, &anchor->dn.len);
	anchor->flags = c.is_ca ? BR_X509_TA_CA : 0;
	a->n++;
	return ANCHORS_OK;
}

static enum anchors_result add_all(struct anchors *a, struct builder *memory, struct span text)
{
	unsigned char der[CERT_MAX];
	enum anchors_result r = ANCHORS_OK;

	while (r == ANCHORS_OK) {
		struct builder out;
		struct span label, bytes;

		builder_init(&out, der, sizeof der);
		switch (pem_next(&text, &label, &out, &bytes)) {
		case PEM_BLOCK:
			if (span_is(label, "CERTIFICATE"))
				r = add(a, memory, bytes);
			break;
		case PEM_BAD:
			return ANCHORS_MALFORMED;
		case PEM_END:
			return a->n > 0 ? ANCHORS_OK : ANCHORS_NONE;
		}
	}
	return r;
}

/*
 * A name and a key are shorter than the certificate, and that is shorter than
 * its text: what is taken here is enough. Pages that are not used cost nothing.
 */
static enum anchors_result parse(struct anchors *a, struct span text)
{
	/* One more than may be: that there are too many is found in its place. */
	const size_t list_size = (ANCHORS_MAX + 1) * sizeof *a->list;
	struct builder memory;
	enum anchors_result r;

	a->memory = malloc(list_size + text.len);
	if (!a->memory)
		return ANCHORS_SYSTEM_ERROR;
	a->list = a->memory;
	builder_init(&memory, (unsigned char *)a->memory + list_size, text.len);
	r = add_all(a, &memory, text);
	if (r != ANCHORS_OK)
		anchors_free(a);
	return r;
}

enum anchors_result anchors_read(struct anchors *a, const char *path)
{
	unsigned char *text = malloc(ANCHORS_FILE_MAX);
	enum anchors_result r = ANCHORS_SYSTEM_ERROR;
	enum file_result read;
	size_t len;
	int error;

	*a = (struct anchors){ .n = 0 };
	if (!text)
		return r;
	read = file_read(AT_FDCWD, path, text, ANCHORS_FILE_MAX, &len);
	if (read == FILE_OK)
		r = parse(a, span_of(text, len));
	else if (read == FILE_TOO_LARGE)
		r = ANCHORS_TOO_MANY;
	else if (read == FILE_WRONG_KIND)
		r = ANCHORS_NONE;
	error = read == FILE_MISSING ? ENOENT : errno;
	free(text);
	errno = error;
	return r;
}

void anchors_free(struct anchors *a)
{
	free(a->memory);
	*a = (struct anchors){ .n = 0 };
}
