/* A private key behind a socket: both ends. */
#include "tls/signer.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/deadline.h"
#include "base/io.h"
#include "base/reader.h"

enum { PUBLIC = 1, SIGN = 2, MAC = 3, SIGN_TLS = 5 };
enum { DONE = 0, REFUSED = 1 };
enum { PREFIX = 2 }; /* bytes of a frame's length */
enum { TLS_RANDOMS = 64, TLS_NAMED_CURVE = 3 };

/* As io_write_all(), but a reader that went away raises no signal. */
static bool send_all(int fd, struct span bytes, int64_t deadline)
{
	while (bytes.len > 0) {
		ssize_t n;

		if (io_wait(fd, POLLOUT, deadline) != IO_OK)
			return false;
		n = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			bytes = span_from(bytes, (size_t)n);
		else if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
	}
	return true;
}

/* A frame is built behind room for its length. */
static void frame_init(struct builder *frame, unsigned char *storage)
{
	builder_init(frame, storage, PREFIX + SIGNER_FRAME_MAX);
	builder_u16be(frame, 0);
}

static bool frame_send(int fd, struct builder *frame, int64_t deadline)
{
	size_t len = frame->len - PREFIX;

	if (!builder_ok(frame))
		return false;
	frame->p[0] = (unsigned char)(len >> 8);
	frame->p[1] = (unsigned char)len;
	return send_all(fd, builder_span(frame), deadline);
}

/* The next frame's contents into SIGNER_FRAME_MAX bytes; IO_END before its first byte alone. */
static enum io_result frame_read(int fd, unsigned char *buf, struct span *frame, int64_t deadline)
{
	unsigned char prefix[PREFIX];
	enum io_result r;
	size_t len;

	r = io_read(fd, prefix, 1, &len, deadline);
	if (r != IO_OK)
		return r;
	r = io_read_all(fd, prefix + 1, 1, deadline);
	len = (size_t)prefix[0] << 8 | prefix[1];
	if (r == IO_OK && len > SIGNER_FRAME_MAX)
		return IO_TOO_LONG;
	if (r == IO_OK)
		r = io_read_all(fd, buf, len, deadline);
	*frame = span_of(buf, len);
	return r == IO_END ? IO_ERROR : r;
}

/* Appends an answer; false when it is no request. */
static bool sign(const struct signer_secrets *secrets, enum key_hash hash,
                 const unsigned char *digest, bool raw, struct builder *answer)
{
	builder_byte(answer, DONE);
	return (secrets->sign ? secrets->sign : key_sign)(secrets->key, hash, digest, raw, answer);
}

static bool refuse(struct builder *answer)
{
	builder_byte(answer, REFUSED);
	return true;
}

/* Neither without a key nor for what it is not for. */
static bool may_sign(const struct signer_secrets *secrets, enum key_hash hash, bool raw)
{
	switch (secrets->use) {
	case SIGNER_ANY:
		return secrets->key;
	case SIGNER_JWS:
		return secrets->key && raw && hash == key_type_hash(secrets->key->type);
	case SIGNER_TLS:
		break;
	}
	return false;
}

static bool answer_sign(const struct signer_secrets *secrets, struct reader *r,
                        struct builder *answer)
{
	uint8_t hash = reader_u8(r), form = reader_u8(r);
	struct span digest;

	if (hash > KEY_SHA512 || form > 1)
		return false;
	digest = reader_bytes(r, key_hash_len(hash));
	if (!reader_done(r))
		return false;
	if (!may_sign(secrets, hash, form == 1))
		return refuse(answer);
	return sign(secrets, hash, digest.p, form == 1, answer);
}

/* Two randoms, the curve by name, the point: to the last byte, so that it can be nothing else. */
static bool is_key_exchange(struct span message)
{
	struct reader r;

	reader_init(&r, message);
	reader_bytes(&r, TLS_RANDOMS);
	if (reader_u8(&r) != TLS_NAMED_CURVE)
		return false;
	reader_u16be(&r);
	return reader_bytes(&r, reader_u8(&r)).len > 0 && reader_done(&r);
}

static bool answer_tls(const struct signer_secrets *secrets, struct reader *r,
                       struct builder *answer)
{
	unsigned char digest[KEY_HASH_MAX];
	uint8_t hash = reader_u8(r);
	struct span message;

	if (!reader_ok(r) || hash > KEY_SHA512)
		return false;
	message = reader_bytes(r, reader_left(r));
	if (!is_key_exchange(message))
		return false;
	if (!secrets->key || secrets->use == SIGNER_JWS)
		return refuse(answer);
	key_hash(hash, message, digest);
	return sign(secrets, hash, digest, false, answer);
}

static bool answer_mac(struct span secret, struct reader *r, struct builder *answer)
{
	uint8_t hash = reader_u8(r);
	unsigned char out[KEY_HASH_MAX];
	br_hmac_key_context key;
	br_hmac_context mac;
	struct span data;

	if (!reader_ok(r) || hash > KEY_SHA512)
		return false;
	data = reader_bytes(r, reader_left(r));
	if (secret.len == 0)
		return refuse(answer);
	br_hmac_key_init(&key, key_hash_class(hash), secret.p, secret.len);
	br_hmac_init(&mac, &key, 0);
	br_hmac_update(&mac, data.p, data.len);
	builder_byte(answer, DONE);
	builder_add(answer, span_of(out, br_hmac_out(&mac, out)));
	explicit_bzero(&key, sizeof key);
	explicit_bzero(&mac, sizeof mac);
	return true;
}

bool signer_answer(const struct signer_secrets *secrets, struct span request, struct builder *out)
{
	struct reader r;

	reader_init(&r, request);
	switch (reader_u8(&r)) {
	case PUBLIC:
		builder_byte(out, secrets->key ? DONE : REFUSED);
		if (secrets->key)
			builder_add(out, span_of(secrets->key->spki, secrets->key->spki_len));
		return reader_done(&r);
	case SIGN:
		return answer_sign(secrets, &r, out);
	case SIGN_TLS:
		return answer_tls(secrets, &r, out);
	case MAC:
		return answer_mac(secrets->mac, &r, out);
	default:
		return false;
	}
}

bool signer_serve(const struct signer_secrets *secrets, int fd)
{
	unsigned char in[SIGNER_FRAME_MAX], storage[PREFIX + SIGNER_FRAME_MAX];
	struct builder out;
	struct span frame;

	for (;;) {
		enum io_result r = frame_read(fd, in, &frame, DEADLINE_NEVER);

		if (r == IO_END)
			return true;
		frame_init(&out, storage);
		if (r != IO_OK || !signer_answer(secrets, frame, &out) ||
		    !frame_send(fd, &out, DEADLINE_NEVER))
			return false;
	}
}

bool signer_ask(struct signer *s, struct span request, size_t max, struct builder *answer)
{
	unsigned char bytes[PREFIX + SIGNER_FRAME_MAX];
	struct span frame = { NULL, 0 };
	enum io_result r = IO_ERROR;
	struct builder out;

	frame_init(&out, bytes);
	builder_add(&out, request);
	if (frame_send(s->fd, &out, s->deadline))
		r = frame_read(s->fd, bytes, &frame, s->deadline);
	s->result = r == IO_TIMEOUT || deadline_now() >= s->deadline ? SIGNER_LATE : SIGNER_GONE;
	if (r != IO_OK)
		return false;
	if (frame.len == 1 && frame.p[0] == REFUSED)
		s->result = SIGNER_REFUSED;
	if (frame.len < 2 || frame.len - 1 > max || frame.p[0] != DONE)
		return false;
	builder_add(answer, span_from(frame, 1));
	s->result = SIGNER_DONE;
	return builder_ok(answer);
}

/* What is longer than a frame has overflowed by then. */
static bool ask(struct signer *s, const struct builder *request, size_t max, struct builder *answer)
{
	return builder_ok(request) && signer_ask(s, builder_span(request), max, answer);
}

bool signer_public(struct signer *s, struct builder *spki)
{
	const unsigned char request = PUBLIC;

	return signer_ask(s, span_of(&request, 1), KEY_SPKI_MAX, spki);
}

bool signer_sign(struct signer *s, enum key_hash hash, const unsigned char *digest, bool raw,
                 struct builder *signature)
{
	unsigned char storage[3 + KEY_HASH_MAX];
	struct builder request;

	builder_init(&request, storage, sizeof storage);
	builder_byte(&request, SIGN);
	builder_byte(&request, (unsigned char)hash);
	builder_byte(&request, raw);
	builder_add(&request, span_of(digest, key_hash_len(hash)));
	return ask(s, &request, KEY_SIGNATURE_MAX, signature);
}

bool signer_tls(struct signer *s, enum key_hash hash, struct span message,
                struct builder *signature)
{
	unsigned char storage[2 + SIGNER_TLS_MAX];
	struct builder request;

	builder_init(&request, storage, sizeof storage);
	builder_byte(&request, SIGN_TLS);
	builder_byte(&request, (unsigned char)hash);
	builder_add(&request, message);
	return ask(s, &request, KEY_SIGNATURE_MAX, signature);
}

bool signer_mac(struct signer *s, enum key_hash hash, struct span data, struct builder *mac)
{
	unsigned char storage[SIGNER_FRAME_MAX];
	struct builder request;

	builder_init(&request, storage, sizeof storage);
	builder_byte(&request, MAC);
	builder_byte(&request, (unsigned char)hash);
	builder_add(&request, data);
	return ask(s, &request, key_hash_len(hash), mac);
}
