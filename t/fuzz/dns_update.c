/*
 * Answers to updates, signed or not, and key files: any bytes.
 * -max_len=1024
 */
#include <stdlib.h>

#include "net/dns_update.h"
#include "net/tsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

static void read_key(struct span text)
{
	struct tsig_key key;

	if (tsig_key_read(&key, text) == TSIG_KEY_OK)
		must(key.secret_len > 0 && key.secret_len <= TSIG_SECRET_MAX &&
		     dns_name_ok(span_str(key.name)));
}

/* Nobody guesses a code: without it nothing is authentic. */
static void read_answer(struct span answer)
{
	static const char secret[] = "hmac-sha256:k:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";
	struct dns_update_proof proof = { .unix_now = 1 };
	struct tsig_key key;
	bool ours;

	if (answer.len >= 2)
		proof.id = (uint16_t)(answer.p[0] << 8 | answer.p[1]);
	must(dns_update_read(answer, &proof, &ours) != DNS_UPDATE_UNSIGNED);
	must(tsig_key_read(&key, span_str(secret)) == TSIG_KEY_OK);
	proof.key = &key;
	proof.mac.len = 32;
	must(dns_update_read(answer, &proof, &ours) != DNS_UPDATE_DONE && proof.server_time == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_key(span_of(data, size));
	read_answer(span_of(data, size));
	return 0;
}
