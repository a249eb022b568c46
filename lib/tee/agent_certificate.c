/* Certificates by an app's CA. */
#include "tee/agent_certificate.h"

#include <sys/random.h>

#include "tee/agent_log.h"
#include "tee/ratls.h"
#include "tls/der.h"
#include "tls/issue.h"
#include "tls/pem.h"

enum { SERIAL_LEN = 16, NAME_ROOM = AGENT_SUBJECT_MAX + 64 };

/* OBJECT IDENTIFIERs, encoded contents. */
static const unsigned char oid_key_usage[] = { 0x55, 0x1d, 15 };
static const unsigned char oid_authority_key_id[] = { 0x55, 0x1d, 35 };
static const unsigned char oid_extended_key_usage[] = { 0x55, 0x1d, 37 };
static const unsigned char oid_server_auth[] = { 0x2b, 6, 1, 5, 5, 7, 3, 1 };
static const unsigned char oid_client_auth[] = { 0x2b, 6, 1, 5, 5, 7, 3, 2 };

static const unsigned char key_usage[] = { DER_BIT_STRING, 2, 7, 0x80 }; /* digitalSignature */

enum agent_ca_result agent_ca_open(struct agent_ca *ca, const struct agent_state *s)
{
	struct span rest = s->ca_cert, label, der;
	struct builder b;

	if (s->ca_key.len == 0)
		return AGENT_CA_ELSEWHERE;
	builder_init(&b, ca->room, sizeof ca->room);
	if (pem_next(&rest, &label, &b, &der) != PEM_BLOCK || !span_is(label, "CERTIFICATE") ||
	    !cert_read(&ca->cert, der) || key_read(&ca->key, s->ca_key) != KEY_OK)
		return AGENT_CA_MALFORMED;
	if (span_eq(ca->cert.spki, span_of(ca->key.spki, ca->key.spki_len)))
		return AGENT_CA_OK;
	key_wipe(&ca->key);
	return AGENT_CA_MALFORMED;
}

static void log_extension(struct builder *out, const struct agent_evidence *e)
{
	static unsigned char room[AGENT_CERT_MAX];
	struct builder log;

	builder_init(&log, room, sizeof room);
	agent_log_write(&log, e, true);
	out->overflow = out->overflow || !builder_ok(&log);
	ratls_write_dstack(out, RATLS_DSTACK_LOG, builder_span(&log));
}

static void app_info_extension(struct builder *out, const struct agent_evidence *e, struct span image)
{
	unsigned char room[AGENT_APP_INFO_MAX];
	struct builder info;

	builder_init(&info, room, sizeof room);
	agent_app_info(&info, e, image);
	out->overflow = out->overflow || !builder_ok(&info);
	ratls_write_dstack(out, RATLS_DSTACK_APP_INFO, builder_span(&info));
}

static void usage_extensions(struct builder *out, const struct agent_wish *wish)
{
	unsigned char room[64];
	struct builder value;
	size_t list;

	issue_extension(out, span_of(oid_key_usage, sizeof oid_key_usage), true,
	                span_of(key_usage, sizeof key_usage));
	if (!wish->server && !wish->client)
		return;
	builder_init(&value, room, sizeof room);
	list = der_open(&value, DER_SEQUENCE);
	if (wish->server)
		der_write(&value, DER_OID, span_of(oid_server_auth, sizeof oid_server_auth));
	if (wish->client)
		der_write(&value, DER_OID, span_of(oid_client_auth, sizeof oid_client_auth));
	der_close(&value, list);
	issue_extension(out, span_of(oid_extended_key_usage, sizeof oid_extended_key_usage), false,
	                builder_span(&value));
}

/* What the CA's certificate says its key is called, however that was made. */
static void authority_extension(struct builder *out, const struct agent_ca *ca)
{
	unsigned char room[64];
	struct builder value;
	size_t list;

	if (ca->cert.key_id.len == 0 || ca->cert.key_id.len > sizeof room / 2)
		return;
	builder_init(&value, room, sizeof room);
	list = der_open(&value, DER_SEQUENCE);
	der_write(&value, DER_CONTEXT | 0, ca->cert.key_id);
	der_close(&value, list);
	issue_extension(out, span_of(oid_authority_key_id, sizeof oid_authority_key_id), false,
	                builder_span(&value));
}

static void write_extensions(struct builder *out, const struct agent_ca *ca, struct span spki,
                             const struct agent_wish *wish, const struct agent_evidence *e,
                             struct span image)
{
	issue_key_id(out, spki);
	authority_extension(out, ca);
	usage_extensions(out, wish);
	if (wish->names.n > 0)
		issue_names(out, &wish->names, wish->subject.len == 0);
	ratls_write_dstack(out, RATLS_DSTACK_USAGE, span_str("app:custom"));
	if (!e)
		return;
	if (e->app_id.len > 0)
		ratls_write_dstack(out, RATLS_DSTACK_APP_ID, e->app_id);
	if (wish->with_app_info)
		app_info_extension(out, e, image);
	if (wish->with_quote) {
		ratls_write_dstack(out, RATLS_DSTACK_QUOTE, e->whole);
		log_extension(out, e);
	}
}

bool agent_certificate(struct builder *out, const struct agent_ca *ca, struct span spki,
                       const struct agent_wish *wish, const struct agent_evidence *e,
                       struct span os_image_hash)
{
	static unsigned char room[AGENT_CERT_MAX];
	unsigned char serial[SERIAL_LEN], name[NAME_ROOM];
	struct issue_attribute common_name = { ISSUE_COMMON_NAME, wish->subject };
	struct builder extensions, subject;

	if (getrandom(serial, sizeof serial, 0) != (ssize_t)sizeof serial)
		return false;
	/* Positive, of full length, not 0. */
	serial[0] = (serial[0] & 0x7f) | 0x40;
	builder_init(&subject, name, sizeof name);
	issue_name(&subject, &common_name, wish->subject.len > 0);
	builder_init(&extensions, room, sizeof room);
	write_extensions(&extensions, ca, spki, wish, e, os_image_hash);
	if (!builder_ok(&subject) || !builder_ok(&extensions))
		return false;
	return issue_certificate(out, &(struct issue_certificate){
		.serial = span_of(serial, sizeof serial), .issuer = ca->cert.subject,
		.subject = builder_span(&subject), .not_before = wish->not_before,
		.not_after = wish->not_after, .spki = spki, .extensions = builder_span(&extensions) },
		&ca->key);
}
