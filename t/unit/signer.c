/* A key behind a socket: both ends, and what neither must take. */
#include "tls/signer.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "tap.h"
#include "tls_data.h"

enum { LIMIT_MS = 20000 };

static struct key key;
static unsigned char storage[SIGNER_FRAME_MAX];

/* A process that serves; its exit status is 0 when signer_serve() was content. */
static pid_t serve(const struct signer_secrets *secrets, int *fd)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		abort();
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		_exit(!signer_serve(secrets, pair[1]));
	}
	close(pair[1]);
	*fd = pair[0];
	return pid;
}

static int end(pid_t pid, int fd)
{
	int status;

	close(fd);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void conversation(void)
{
	/* RFC 4231, test case 2. */
	static const char rfc_sha256[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
	static const char rfc_sha384[] = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		                         "8e2240ca5e69e2c78b3239ecfab21649";
	struct signer_secrets secrets = { .key = &key, .mac = span_str("Jefe") };
	struct signer s = { .deadline = deadline_in(LIMIT_MS) };
	unsigned char digest[KEY_HASH_MAX], expected[64];
	struct public_key public;
	struct builder b;
	pid_t pid = serve(&secrets, &s.fd);

	builder_init(&b, storage, sizeof storage);
	check(signer_public(&s, &b) && span_eq(builder_span(&b), span_of(key.spki, key.spki_len)), "the public key");
	check(public_key_read(&public, builder_span(&b)), "is one");
	for (enum key_hash hash = KEY_SHA256; hash <= KEY_SHA512; hash++) {
		unsigned char signature[KEY_SIGNATURE_MAX];

		key_hash(hash, span_str("data"), digest);
		builder_init(&b, signature, sizeof signature);
		check(signer_sign(&s, hash, digest, false, &b) &&
		              public_key_verify(&public, hash, digest, builder_span(&b)),
		      "a signature");
		builder_init(&b, signature, sizeof signature);
		check(signer_sign(&s, hash, digest, true, &b) && b.len == 64, "and a raw one");
	}
	builder_init(&b, storage, sizeof storage);
	check(signer_mac(&s, KEY_SHA256, span_str("what do ya want for nothing?"), &b) &&
	              span_eq(builder_span(&b), tls_data(rfc_sha256, expected, sizeof expected)),
	      "HMAC-SHA-256");
	builder_init(&b, storage, sizeof storage);
	check(signer_mac(&s, KEY_SHA384, span_str("what do ya want for nothing?"), &b) &&
	              span_eq(builder_span(&b), tls_data(rfc_sha384, expected, sizeof expected)),
	      "HMAC-SHA-384");
	builder_init(&b, storage, sizeof storage);
	check(!signer_mac(&s, KEY_SHA256, span_of(storage, SIGNER_FRAME_MAX), &b), "more than a frame is not sent");
	builder_init(&b, storage, 8);
	check(!signer_public(&s, &b), "too little room");
	check(end(pid, s.fd) == 0, "the end is an end");
}

static void without_secrets(void)
{
	struct signer_secrets secrets = { .key = NULL };
	struct signer s = { .deadline = deadline_in(LIMIT_MS) };
	unsigned char digest[KEY_HASH_MAX] = { 1 };
	struct builder b;
	pid_t pid = serve(&secrets, &s.fd);

	builder_init(&b, storage, sizeof storage);
	check(!signer_public(&s, &b) && !signer_sign(&s, KEY_SHA256, digest, false, &b) &&
	              !signer_mac(&s, KEY_SHA256, span_str("data"), &b) && b.len == 0,
	      "refused without a key");
	check(end(pid, s.fd) == 0, "and no reason to end");
}

static const struct {
	const char *about, *hex;
	bool content; /* whether the end of it is taken for a good one */
} requests[] = {
	{ "nothing", "", true },
	{ "a public key is asked for", "000101", true },
	{ "half a length", "00", false },
	{ "a length alone", "0001", false },
	{ "an empty frame", "0000", false },
	{ "too long a frame", "ffff", false },
	{ "one byte too long", "2001", false },
	{ "an unknown request", "000104", false },
	{ "another one", "000100", false },
	{ "the public key, and more", "00020100", false },
	{ "no hash", "000102", false },
	{ "no digest", "0003020000", false },
	{ "a digest that is cut", "0013020000" "00000000000000000000000000000000", false },
	{ "an unknown hash", "0023020300" "0000000000000000000000000000000000000000000000000000000000000000", false },
	{ "an unknown form", "0023020002" "0000000000000000000000000000000000000000000000000000000000000000", false },
	{ "a digest that is too long", "0024020000" "000000000000000000000000000000000000000000000000000000000000000000",
	  false },
	{ "a MAC with no hash", "000103", false },
	{ "a MAC with an unknown one", "00020303", false },
	{ "a frame that is cut", "0005030061", false },
};

static void bad_requests(void)
{
	struct signer_secrets secrets = { .key = &key, .mac = span_str("secret") };

	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		unsigned char bytes[128];
		int fd, status;
		pid_t pid = serve(&secrets, &fd);
		size_t len;

		io_write_all(fd, tls_data(requests[i].hex, bytes, sizeof bytes), deadline_in(LIMIT_MS));
		shutdown(fd, SHUT_WR);
		io_read_end(fd, storage, sizeof storage, &len, deadline_in(LIMIT_MS));
		status = end(pid, fd);
		check(status == !requests[i].content, "%s", requests[i].about);
	}
}

static const struct {
	const char *about, *hex;
} answers[] = {
	{ "nothing", "" },
	{ "half a length", "00" },
	{ "an empty frame", "0000" },
	{ "success and no more", "000100" },
	{ "a refusal", "000101" },
	{ "a refusal with more", "00030155aa" },
	{ "a frame that is cut", "00050000" },
	{ "too long a frame", "ffff00" },
	{ "longer than any signature", "0202" },
};

static void bad_answers(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct signer s = { .deadline = deadline_in(LIMIT_MS) };
		unsigned char bytes[128], digest[KEY_HASH_MAX] = { 0 }, zeros[KEY_SIGNATURE_MAX + 1] = { 0 };
		struct builder b;
		int pair[2];

		socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
		io_write_all(pair[1], tls_data(answers[i].hex, bytes, sizeof bytes), s.deadline);
		if (i == sizeof answers / sizeof *answers - 1)
			io_write_all(pair[1], span_of(zeros, sizeof zeros), s.deadline);
		shutdown(pair[1], SHUT_WR);
		s.fd = pair[0];
		builder_init(&b, storage, sizeof storage);
		check(!signer_sign(&s, KEY_SHA256, digest, false, &b), "no answer: %s", answers[i].about);
		close(pair[0]);
		close(pair[1]);
	}
}

/* What a TLS server signs: two randoms, the curve, the point; `len` of it. */
static struct span key_exchange(unsigned char *bytes, size_t len)
{
	memset(bytes, 0x5a, 100);
	memcpy(bytes + 64, "\x03\x00\x1d\x20", 4);
	return span_of(bytes, len);
}

static bool says(const struct signer_secrets *secrets, struct span request, unsigned char first)
{
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	return signer_answer(secrets, request, &b) && b.len > 0 && b.p[0] == first;
}

/* Each use against each request. */
static void uses(void)
{
	static const struct {
		const char *name;
		enum signer_use use;
		bool tls, der, raw, raw_sha512;
	} table[] = {
		{ "any", SIGNER_ANY, true, true, true, true },
		{ "TLS", SIGNER_TLS, true, false, false, false },
		{ "JWS", SIGNER_JWS, false, false, true, false },
	};
	unsigned char tls[2 + 100] = { 5, 0 }, digest[3 + 64] = { 2, 0, 0 };

	key_exchange(tls + 2, 100);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct signer_secrets secrets = { .key = &key, .use = table[i].use };

		check(says(&secrets, span_of(tls, 102), !table[i].tls), "%s: a key exchange", table[i].name);
		memcpy(digest, "\2\0\0", 3);
		check(says(&secrets, span_of(digest, 35), !table[i].der), "%s: a digest as DER", table[i].name);
		digest[2] = 1;
		check(says(&secrets, span_of(digest, 35), !table[i].raw), "%s: raw", table[i].name);
		digest[1] = 2;
		check(says(&secrets, span_of(digest, 67), !table[i].raw_sha512),
		      "%s: raw, with a hash of another curve", table[i].name);
		secrets.key = NULL;
		check(says(&secrets, span_of(tls, 102), 1) && says(&secrets, span_of(digest, 67), 1),
		      "%s: nothing without a key", table[i].name);
	}
}

/* Whatever is not a key exchange to its last byte is no request. */
static void key_exchanges(void)
{
	struct signer_secrets secrets = { .key = &key, .use = SIGNER_TLS };
	unsigned char request[2 + 101] = { 5, 0 };
	bool cut = false;

	key_exchange(request + 2, 100);
	for (size_t len = 1; len < 102; len++)
		cut = cut || says(&secrets, span_of(request, len), 0) || says(&secrets, span_of(request, len), 1);
	check(!cut, "none that is cut, anywhere");
	check(!says(&secrets, span_of(request, 103), 0), "nor with a byte behind it");
	request[2 + 64] = 1;
	check(!says(&secrets, span_of(request, 102), 0), "nor with an explicit curve");
	request[2 + 64] = 3;
	request[1] = 3;
	check(!says(&secrets, span_of(request, 102), 0), "nor with an unknown hash");
	request[1] = 0;
	request[2 + 67] = 0;
	check(!says(&secrets, span_of(request, 70), 0), "nor without a point");
}

static void tls_signature(void)
{
	struct signer_secrets secrets = { .key = &key, .use = SIGNER_TLS };
	struct signer s = { .deadline = deadline_in(LIMIT_MS) };
	unsigned char message[101], signature[KEY_SIGNATURE_MAX], digest[KEY_HASH_MAX];
	struct public_key public;
	struct builder b;
	pid_t pid = serve(&secrets, &s.fd);

	builder_init(&b, signature, sizeof signature);
	key_hash(KEY_SHA384, key_exchange(message, 100), digest);
	check(public_key_read(&public, span_of(key.spki, key.spki_len)) &&
	              signer_tls(&s, KEY_SHA384, span_of(message, 100), &b) &&
	              public_key_verify(&public, KEY_SHA384, digest, builder_span(&b)),
	      "a TLS server's signature is over the hash of the message");
	b.len = 0;
	check(!signer_sign(&s, KEY_SHA384, digest, false, &b) && s.result == SIGNER_REFUSED && b.len == 0,
	      "its digest is not signed");
	check(signer_tls(&s, KEY_SHA384, span_of(message, 100), &b), "and the conversation goes on");
	check(!signer_tls(&s, KEY_SHA384, span_of(storage, SIGNER_TLS_MAX + 1), &b), "a message too long is not sent");
	check(end(pid, s.fd) == 0, "content");
}

/* SIGPIPE is as by default in here: a signal would be the end of the test. */
static void nobody(void)
{
	struct signer s;
	struct builder b;
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	s = (struct signer){ .fd = pair[0], .deadline = deadline_in(50) };
	builder_init(&b, storage, sizeof storage);
	check(!signer_public(&s, &b) && deadline_now() >= s.deadline &&
	              s.result == SIGNER_LATE,
	      "who does not answer in time is not waited for");
	close(pair[1]);
	s.deadline = deadline_in(LIMIT_MS);
	check(!signer_public(&s, &b) && !signer_public(&s, &b) && s.result == SIGNER_GONE,
	      "nor who is gone, and there is no signal");
	close(pair[0]);
}

int main(void)
{
	unsigned char data[256];

	if (key_read(&key, tls_data(p256_pkcs8, data, sizeof data)) != KEY_OK)
		return 1;
	conversation();
	without_secrets();
	bad_requests();
	bad_answers();
	uses();
	key_exchanges();
	tls_signature();
	nobody();
	return tap_end();
}
