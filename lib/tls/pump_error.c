/* What BearSSL's numbers mean, in words. */
#include "tls/pump.h"

struct word {
	int number;
	const char *text;
};

/* About the certificate, unless the engine itself is at fault. */
static const struct word errors[] = {
	{ BR_ERR_UNSUPPORTED_VERSION, "what came is not TLS 1.2" },
	{ BR_ERR_BAD_VERSION, "a record of another version" },
	{ BR_ERR_BAD_LENGTH, "a record with a wrong length" },
	{ BR_ERR_TOO_LARGE, "a record that is too large" },
	{ BR_ERR_BAD_MAC, "a record that was tampered with" },
	{ BR_ERR_NO_RANDOM, "no randomness" },
	{ BR_ERR_UNKNOWN_TYPE, "what came is no TLS" },
	{ BR_ERR_UNEXPECTED, "a message out of order" },
	{ BR_ERR_BAD_ALERT, "a malformed alert" },
	{ BR_ERR_BAD_HANDSHAKE, "a malformed handshake message" },
	{ BR_ERR_BAD_CIPHER_SUITE, "a cipher suite that was not offered" },
	{ BR_ERR_BAD_SECRENEG, "a wrong renegotiation_info" },
	{ BR_ERR_EXTRA_EXTENSION, "an extension that was not offered" },
	{ BR_ERR_BAD_SNI, "a malformed server name" },
	{ BR_ERR_LIMIT_EXCEEDED, "a handshake message over a limit" },
	{ BR_ERR_BAD_FINISHED, "the handshake was tampered with" },
	{ BR_ERR_INVALID_ALGORITHM, "no algorithm in common" },
	{ BR_ERR_BAD_SIGNATURE, "the key exchange has a wrong signature" },
	{ BR_ERR_WRONG_KEY_USAGE, "the certificate's key is not for this" },
	{ BR_ERR_NO_CLIENT_AUTH, "no client certificate" },
	{ BR_ERR_X509_EMPTY_CHAIN, "no certificate" },
	{ BR_ERR_X509_BAD_TIME, "certificate with a malformed date" },
	{ BR_ERR_X509_UNSUPPORTED, "certificate with an unknown algorithm" },
	{ BR_ERR_X509_LIMIT_EXCEEDED, "certificate with a value over a limit" },
	{ BR_ERR_X509_WRONG_KEY_TYPE, "certificate with another kind of key than was agreed on" },
	{ BR_ERR_X509_BAD_SIGNATURE, "certificate with a wrong signature" },
	{ BR_ERR_X509_TIME_UNKNOWN, "the time is not known" },
	{ BR_ERR_X509_EXPIRED, "certificate has expired or is not valid yet" },
	{ BR_ERR_X509_DN_MISMATCH, "certificates that are no chain" },
	{ BR_ERR_X509_BAD_SERVER_NAME, "certificate is for another name" },
	{ BR_ERR_X509_CRITICAL_EXTENSION, "certificate with an unknown critical extension" },
	{ BR_ERR_X509_NOT_CA, "certificate was signed by one that is no authority's" },
	{ BR_ERR_X509_FORBIDDEN_KEY_USAGE, "certificate's key is not for this" },
	{ BR_ERR_X509_WEAK_PUBLIC_KEY, "certificate with a weak key" },
	{ BR_ERR_X509_NOT_TRUSTED, "certificate is not from an authority we trust" },
};

/* RFC 8446, section 6; and those of RFC 5246 alone. */
static const struct word alerts[] = {
	{ 10, "unexpected message" },
	{ 20, "bad record MAC" },
	{ 22, "record overflow" },
	{ 40, "handshake failure" },
	{ 42, "bad certificate" },
	{ 43, "unsupported certificate" },
	{ 44, "certificate revoked" },
	{ 45, "certificate expired" },
	{ 46, "certificate unknown" },
	{ 47, "illegal parameter" },
	{ 48, "unknown authority" },
	{ 49, "access denied" },
	{ 50, "decode error" },
	{ 51, "decrypt error" },
	{ 70, "protocol version (it does not speak TLS 1.2)" },
	{ 71, "insufficient security" },
	{ 80, "internal error" },
	{ 86, "inappropriate fallback" },
	{ 90, "user canceled" },
	{ 100, "no renegotiation" },
	{ 109, "missing extension" },
	{ 110, "unsupported extension" },
	{ 112, "unrecognized name" },
	{ 113, "bad certificate status response" },
	{ 115, "unknown PSK identity" },
	{ 116, "certificate required" },
	{ 120, "no application protocol" },
};

enum { ALERT_MAX = 255 };

/* The word for a number, or `other` and the number. */
static void print(struct builder *out, const struct word *words, size_t n, int number,
                  const char *other)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].number == number) {
			builder_str(out, words[i].text);
			return;
		}
	builder_str(out, other);
	builder_number(out, (uint64_t)number);
}

static void print_alert(struct builder *out, const char *who, int alert)
{
	builder_str(out, who);
	print(out, alerts, sizeof alerts / sizeof *alerts, alert, "alert ");
}

bool pump_error_is_trust(int error)
{
	return error > BR_ERR_X509_OK && error <= BR_ERR_X509_NOT_TRUSTED;
}

void pump_print_error(struct builder *out, int error)
{
	if (error >= BR_ERR_SEND_FATAL_ALERT && error <= BR_ERR_SEND_FATAL_ALERT + ALERT_MAX)
		print_alert(out, "refused: ", error - BR_ERR_SEND_FATAL_ALERT);
	else if (error >= BR_ERR_RECV_FATAL_ALERT && error <= BR_ERR_RECV_FATAL_ALERT + ALERT_MAX)
		print_alert(out, "the other side says: ", error - BR_ERR_RECV_FATAL_ALERT);
	else
		print(out, errors, sizeof errors / sizeof *errors, error,
		      pump_error_is_trust(error) ? "malformed certificate, error "
		                                 : "TLS error ");
}
