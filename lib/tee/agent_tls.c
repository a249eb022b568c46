/* The methods that give keys for TLS with their certificates. */
#include <errno.h>

#include "tee/agent_json.h"
#include "tee/agent_key.h"
#include "tee/agent_parts.h"
#include "tee/ratls.h"
#include "tee/report_data.h"
#include "tls/pem.h"

enum { PEM_ROOM = 2 * AGENT_CERT_MAX };

/* A certificate begins before its maker's clock, lest others' clocks are a little behind. */
static const int64_t early_s = 3600, life_s = 10LL * 365 * 86400, end_s = 253402300799; /* 9999 */

static const struct key_kind p256 = { KEY_P256, 256 };

static bool read_names(struct agent *a, struct name_set *names)
{
	struct json_value list, v = { NULL, -1 };
	struct span text;

	names->n = 0;
	if (!agent_list(a->arguments, "alt_names", &list))
		return agent_wrong(a);
	while (agent_list_next(a->arguments, list, &v, &text)) {
		enum name_result r = name_set_add(names, text);

		/* Said twice is said. */
		if (r != NAME_OK && r != NAME_TWICE)
			return agent_fail(a, "alt_names", name_strerror(r));
	}
	return true;
}

/* What both forms of the request have. */
static bool read_wish(struct agent *a, struct agent_wish *wish)
{
	struct agent_arguments *args = a->arguments;

	*wish = (struct agent_wish){ .server = false };
	if (!agent_text(args, "subject", &wish->subject) ||
	    !agent_flag(args, "usage_ra_tls", &wish->with_quote) ||
	    !agent_flag(args, "usage_server_auth", &wish->server) ||
	    !agent_flag(args, "usage_client_auth", &wish->client))
		return agent_wrong(a);
	if (wish->subject.len > AGENT_SUBJECT_MAX)
		return agent_fail(a, "subject", "too long");
	return read_names(a, &wish->names);
}

/* An end that nobody asked for is not after the CA's own. */
static bool read_validity(struct agent *a, const struct agent_ca *ca, bool asked,
                          struct agent_wish *wish)
{
	bool from = false, until = false;
	uint64_t not_before = 0, not_after = 0;

	if (asked && (!agent_number(a->arguments, "not_before", (uint64_t)end_s, &from, &not_before) ||
	              !agent_number(a->arguments, "not_after", (uint64_t)end_s, &until, &not_after)))
		return agent_wrong(a);
	if (from && until && not_before >= not_after)
		return agent_fail(a, "not_before must be earlier than not_after", NULL);
	wish->not_before = from ? (int64_t)not_before : a->now - early_s;
	wish->not_after = until ? (int64_t)not_after : a->now + life_s;
	if (!until && wish->not_after > ca->cert.not_after)
		wish->not_after = ca->cert.not_after;
	return wish->not_before < wish->not_after ||
	       agent_fail(a, "the certificate would end before it begins", NULL);
}

static bool open_ca(struct agent *a, struct agent_ca *ca)
{
	switch (agent_ca_open(ca, a->state)) {
	case AGENT_CA_OK:
		return true;
	case AGENT_CA_ELSEWHERE:
		return agent_fail(a, "appkeys.json", "its key provider keeps the key of the CA");
	case AGENT_CA_MALFORMED:
		return agent_fail(a, "appkeys.json", "its CA is malformed");
	}
	return false;
}

/* Evidence over the key, where the certificate is to say something of the machine. */
static bool take_evidence(struct agent *a, struct span spki, const struct agent_wish *wish)
{
	unsigned char report_data[QUOTE_REPORT_DATA_LEN];

	if (!wish->with_quote && !wish->with_app_info)
		return true;
	return (report_data_hash(REPORT_SHA512, span_str(RATLS_TAG), spki, report_data) &&
	        agent_evidence_take(a->evidence, report_data, a->deadline)) ||
	       agent_fail(a, "Failed to get certificate attestation", a->evidence->why);
}

/* Appends the certificate as PEM. */
static bool issue(struct agent *a, const struct agent_ca *ca, const struct key *key,
                  const struct agent_wish *wish, struct builder *pem)
{
	static unsigned char room[AGENT_CERT_MAX];
	struct span spki = span_of(key->spki, key->spki_len);
	bool said = wish->with_quote || wish->with_app_info;
	struct builder der;

	if (!take_evidence(a, spki, wish))
		return false;
	builder_init(&der, room, sizeof room);
	errno = EFBIG; /* unless it is something else */
	if (!agent_certificate(&der, ca, spki, wish, said ? a->evidence : NULL, agent_os_image(a)))
		return agent_fail(a, "Failed to sign certificate", strerror(errno));
	pem_write(pem, "CERTIFICATE", builder_span(&der));
	return true;
}

static void answer(struct agent *a, const struct key *key, struct span leaf)
{
	unsigned char text[KEY_PEM_MAX];
	struct builder pem;

	builder_init(&pem, text, sizeof text);
	key_write(key, &pem);
	builder_byte(a->out, '{');
	agent_put_text(a->out, "key", builder_span(&pem));
	agent_put(a->out, "certificate_chain");
	builder_byte(a->out, '[');
	json_write_string(a->out, leaf);
	builder_byte(a->out, ',');
	json_write_string(a->out, a->state->ca_cert);
	builder_str(a->out, "]}");
	explicit_bzero(text, sizeof text);
}

static bool certify(struct agent *a, struct key *key, struct agent_wish *wish, bool asked)
{
	static struct agent_ca ca;
	static unsigned char room[PEM_ROOM];
	struct builder pem;
	bool ok;

	builder_init(&pem, room, sizeof room);
	if (!open_ca(a, &ca))
		return false;
	ok = read_validity(a, &ca, asked, wish) && issue(a, &ca, key, wish, &pem);
	if (ok)
		answer(a, key, builder_span(&pem));
	key_wipe(&ca.key);
	return ok;
}

bool agent_get_tls_key(struct agent *a)
{
	static struct agent_wish wish;
	static struct key key;
	bool ok;

	if (!read_wish(a, &wish))
		return false;
	if (!agent_flag(a->arguments, "with_app_info", &wish.with_app_info))
		return agent_wrong(a);
	if (!key_make(&key, p256))
		return agent_fail(a, "no random bytes", strerror(errno));
	ok = certify(a, &key, &wish, true);
	key_wipe(&key);
	return ok;
}

/* From 32 random bytes, or from the app's key: then it is the same key for the same path. */
static bool make_derived(struct agent *a, struct span path, bool random, struct key *key)
{
	unsigned char seed[K256_SECRET_LEN];
	bool ok;

	if (!random)
		return agent_derive_p256(a->state->k256_key, path, key);
	ok = k256_make(seed) && agent_derive_p256(seed, path, key);
	explicit_bzero(seed, sizeof seed);
	return ok;
}

bool agent_derive_key(struct agent *a)
{
	static struct agent_wish wish;
	static struct key key;
	struct span path;
	bool random, ok;

	if (!read_wish(a, &wish))
		return false;
	if (!agent_text(a->arguments, "path", &path) ||
	    !agent_flag(a->arguments, "random_seed", &random))
		return agent_wrong(a);
	if (!make_derived(a, path, random, &key))
		return agent_fail(a, "Failed to derive key", NULL);
	ok = certify(a, &key, &wish, false);
	key_wipe(&key);
	return ok;
}

bool agent_own_certificate(struct agent *a, struct builder *pem)
{
	static struct agent_wish wish;
	static struct agent_ca ca;
	static struct key key;
	bool ok;

	wish = (struct agent_wish){ .subject = span_str("demo-cert"), .client = true,
		                    .with_quote = true };
	if (!open_ca(a, &ca))
		return false;
	ok = key_make(&key, p256) && read_validity(a, &ca, false, &wish) &&
	     issue(a, &ca, &key, &wish, pem);
	builder_byte(pem, '\n');
	builder_add(pem, a->state->ca_cert);
	key_wipe(&ca.key);
	key_wipe(&key);
	return ok;
}
