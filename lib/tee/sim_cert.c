/* The certificates and revocation lists of a test root. */
#include "tee/sim_parts.h"
#include "tls/der.h"

/* OBJECT IDENTIFIERs, encoded contents. */
static const unsigned char oid_key_usage[] = { 0x55, 0x1d, 15 };
static const unsigned char oid_basic_constraints[] = { 0x55, 0x1d, 19 };
static const unsigned char oid_crl_places[] = { 0x55, 0x1d, 31 };
static const unsigned char oid_sgx[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 1, 13, 1 };

/* Items of the SGX extension, and of its TCB and configuration. */
enum {
	ITEM_PPID = 1,
	ITEM_TCB,
	ITEM_PCE_ID,
	ITEM_FMSPC,
	ITEM_TYPE,
	ITEM_INSTANCE,
	ITEM_CONFIGURATION,
	TCB_PCE_SVN = SIM_SVNS + 1,
	TCB_CPU_SVN,
	CONFIGURATION_DYNAMIC = 1,
	CONFIGURATION_CACHED,
	CONFIGURATION_SMT,
	DER_ENUMERATED = 0x0a,
	EXTENSIONS_MAX = 1024,
	SGX_MAX = 768
};

/* Values of extensions. */
static const unsigned char no_constraints[] = { 0x30, 0 };
static const unsigned char leaf_usage[] = { DER_BIT_STRING, 2, 6, 0xc0 }; /* digitalSignature, nonRepudiation */
static const char crl_place[] = "https://test.invalid/root_ca_crl.der";

enum sim_object sim_pck_ca(const struct sim_pki *pki)
{
	return pki->is_processor ? SIM_PROCESSOR_CA : SIM_PLATFORM_CA;
}

static int64_t resolve(const struct sim_pki *pki, const struct sim_time *time, int64_t otherwise)
{
	if (!time->is_set)
		return otherwise;
	return time->relative ? pki->now + time->s : time->s;
}

/* A day ago: clocks differ. */
int64_t sim_from(const struct sim_pki *pki, enum sim_object object)
{
	return resolve(pki, &pki->from[object], pki->now - SIM_DAY_S);
}

int64_t sim_until(const struct sim_pki *pki, enum sim_object object)
{
	int64_t days = object < SIM_CERTS ? SIM_CERT_DAYS : pki->days;

	return resolve(pki, &pki->until[object], pki->now + days * SIM_DAY_S);
}

/* One item: OBJECT IDENTIFIER, then what the caller appends until item_close(). */
static size_t item_open(struct builder *out, int item, int part)
{
	size_t mark = der_open(out, DER_SEQUENCE);
	size_t oid = der_open(out, DER_OID);

	builder_add(out, span_of(oid_sgx, sizeof oid_sgx));
	builder_byte(out, (unsigned char)item);
	if (part > 0)
		builder_byte(out, (unsigned char)part);
	der_close(out, oid);
	return mark;
}

static void item_bytes(struct builder *out, int item, int part, uint8_t tag, struct span value)
{
	size_t mark = item_open(out, item, part);

	der_write(out, tag, value);
	der_close(out, mark);
}

static void item_number(struct builder *out, int part, uint32_t number)
{
	unsigned char bytes[2] = { (unsigned char)(number >> 8), (unsigned char)number };
	size_t mark = item_open(out, ITEM_TCB, part);

	der_write_unsigned(out, span_of(bytes, sizeof bytes));
	der_close(out, mark);
}

static void item_boolean(struct builder *out, int part, bool yes)
{
	unsigned char value = yes ? 0xff : 0;

	item_bytes(out, ITEM_CONFIGURATION, part, DER_BOOLEAN, span_of(&value, 1));
}

static void write_tcb(const struct sim_made *made, struct builder *out)
{
	size_t item = item_open(out, ITEM_TCB, 0), list = der_open(out, DER_SEQUENCE);

	for (int i = 0; i < SIM_SVNS; i++)
		item_number(out, i + 1, made->cpu_svn[i]);
	item_number(out, TCB_PCE_SVN, made->pki->pce_svn);
	item_bytes(out, ITEM_TCB, TCB_CPU_SVN, DER_OCTET_STRING, span_of(made->cpu_svn, SIM_SVNS));
	der_close(out, list);
	der_close(out, item);
}

/* What the Processor CA's certificates do not have. */
static void write_platform(const struct sim_made *made, struct builder *out)
{
	size_t item, list;

	item_bytes(out, ITEM_INSTANCE, 0, DER_OCTET_STRING, span_of(made->instance, SIM_SVNS));
	item = item_open(out, ITEM_CONFIGURATION, 0);
	list = der_open(out, DER_SEQUENCE);
	item_boolean(out, CONFIGURATION_DYNAMIC, made->pki->dynamic);
	item_boolean(out, CONFIGURATION_CACHED, made->pki->cached_keys);
	item_boolean(out, CONFIGURATION_SMT, made->pki->smt);
	der_close(out, list);
	der_close(out, item);
}

static void write_sgx(const struct sim_made *made, struct builder *out)
{
	unsigned char storage[SGX_MAX], type = (unsigned char)made->pki->sgx_type;
	struct builder b;
	size_t list;

	builder_init(&b, storage, sizeof storage);
	list = der_open(&b, DER_SEQUENCE);
	item_bytes(&b, ITEM_PPID, 0, DER_OCTET_STRING, span_of(made->ppid, SIM_SVNS));
	write_tcb(made, &b);
	item_bytes(&b, ITEM_PCE_ID, 0, DER_OCTET_STRING, span_of(made->pce_id, SIM_PCE_ID_LEN));
	item_bytes(&b, ITEM_FMSPC, 0, DER_OCTET_STRING, span_of(made->fmspc, SIM_FMSPC_LEN));
	item_bytes(&b, ITEM_TYPE, 0, DER_ENUMERATED, span_of(&type, 1));
	if (!made->pki->is_processor)
		write_platform(made, &b);
	der_close(&b, list);
	out->overflow |= b.overflow;
	issue_extension(out, span_of(oid_sgx, sizeof oid_sgx), false, builder_span(&b));
}

/* cRLDistributionPoints (RFC 5280, 4.2.1.13): a place that there is not. */
static void write_crl_place(struct builder *out)
{
	unsigned char storage[128];
	size_t list, place, name, full;
	struct builder b;

	builder_init(&b, storage, sizeof storage);
	list = der_open(&b, DER_SEQUENCE);
	place = der_open(&b, DER_SEQUENCE);
	name = der_open(&b, DER_CONTEXT_CONSTRUCTED | 0);
	full = der_open(&b, DER_CONTEXT_CONSTRUCTED | 0);
	der_write(&b, DER_CONTEXT | 6, span_str(crl_place));
	der_close(&b, full);
	der_close(&b, name);
	der_close(&b, place);
	der_close(&b, list);
	issue_extension(out, span_of(oid_crl_places, sizeof oid_crl_places), false, builder_span(&b));
}

static struct span spki(const struct sim_made *made, enum sim_object object)
{
	const struct key *key = &made->certs[object].key;

	return span_of(key->spki, key->spki_len);
}

static enum sim_object issuer_of(const struct sim_pki *pki, enum sim_object object)
{
	return object == SIM_PCK ? sim_pck_ca(pki) : SIM_ROOT;
}

static void write_extensions(const struct sim_made *made, enum sim_object object,
                             struct builder *out)
{
	bool is_ca = object == SIM_PLATFORM_CA || object == SIM_PROCESSOR_CA;

	issue_authority_key_id(out, spki(made, issuer_of(made->pki, object)));
	write_crl_place(out);
	issue_key_id(out, spki(made, object));
	if (object == SIM_ROOT || (is_ca && !(made->pki->faults & SIM_CA_IS_NONE))) {
		issue_ca_marks(out, object == SIM_ROOT ? 1 : 0);
	} else {
		issue_extension(out, span_of(oid_key_usage, sizeof oid_key_usage), true,
		                span_of(leaf_usage, sizeof leaf_usage));
		issue_extension(out, span_of(oid_basic_constraints, sizeof oid_basic_constraints), true,
		                span_of(no_constraints, sizeof no_constraints));
	}
	if (object == SIM_PCK)
		write_sgx(made, out);
}

static bool name_write(struct sim_made *made, enum sim_object object)
{
	const struct issue_attribute name[] = {
		{ ISSUE_COMMON_NAME, made->pki->names[object] },
		{ ISSUE_ORGANIZATION, span_str("TEST - not Intel Corporation") },
		{ ISSUE_LOCALITY, span_str("TEST") },
		{ ISSUE_STATE, span_str("TEST") },
		{ ISSUE_COUNTRY, span_str("XX") },
	};
	struct builder b;

	builder_init(&b, made->certs[object].name, SIM_NAME_MAX);
	issue_name(&b, name, sizeof name / sizeof *name);
	made->certs[object].name_len = b.len;
	return builder_ok(&b);
}

bool sim_cert_make(struct sim_made *made, enum sim_object object)
{
	static const struct {
		const char *key, *serial;
	} purposes[SIM_CERTS] = {
		[SIM_ROOT] = { "root", "root serial" },
		[SIM_PLATFORM_CA] = { "platform ca", "platform ca serial" },
		[SIM_PROCESSOR_CA] = { "processor ca", "processor ca serial" },
		[SIM_PCK] = { "pck", "pck serial" },
		[SIM_SIGNER] = { "tcb signing", "tcb signing serial" },
	};
	enum sim_object issuer = issuer_of(made->pki, object);
	unsigned char storage[EXTENSIONS_MAX], *serial = made->certs[object].serial;
	struct builder extensions, der;

	if (!sim_random_key(&made->seed, purposes[object].key, &made->certs[object].key) ||
	    !name_write(made, object))
		return false;
	/* Positive, of full length. */
	sim_random(&made->seed, purposes[object].serial, serial, ISSUE_SERIAL_MAX);
	serial[0] = (serial[0] & 0x7f) | 0x40;
	builder_init(&extensions, storage, sizeof storage);
	write_extensions(made, object, &extensions);
	builder_init(&der, made->certs[object].der, SIM_CERT_MAX);
	if (!builder_ok(&extensions) ||
	    !issue_certificate(&der,
	                       &(struct issue_certificate){
	                               .serial = span_of(serial, ISSUE_SERIAL_MAX),
	                               .issuer = span_of(made->certs[issuer].name,
	                                                 made->certs[issuer].name_len),
	                               .subject = span_of(made->certs[object].name,
	                                                  made->certs[object].name_len),
	                               .not_before = sim_from(made->pki, object),
	                               .not_after = sim_until(made->pki, object),
	                               .spki = spki(made, object),
	                               .extensions = builder_span(&extensions),
	                       },
	                       &made->certs[issuer].key))
		return false;
	made->certs[object].der_len = der.len;
	return true;
}

bool sim_crl_write(const struct sim_made *made, enum sim_object issuer, struct builder *out)
{
	enum sim_object list = issuer == SIM_ROOT ? SIM_ROOT_CRL : SIM_PCK_CRL;
	const struct sim_pki *pki = made->pki;
	struct issue_revoked revoked[SIM_CERTS];
	unsigned char storage[128];
	struct builder extensions;
	size_t n = 0;

	for (enum sim_object i = SIM_ROOT; i < SIM_CERTS; i++)
		if (pki->revoked[i] && issuer_of(pki, i) == issuer)
			revoked[n++] = (struct issue_revoked){
				span_of(made->certs[i].serial, ISSUE_SERIAL_MAX), sim_from(pki, list)
			};
	builder_init(&extensions, storage, sizeof storage);
	if (!(pki->faults & SIM_NO_CRL_NUMBER))
		issue_crl_number(&extensions, 1);
	if (!(pki->faults & SIM_NO_CRL_AKI))
		issue_authority_key_id(&extensions, spki(made, issuer));
	return builder_ok(&extensions) &&
	       issue_crl(out,
	                 &(struct issue_crl){
	                         .issuer = span_of(made->certs[issuer].name, made->certs[issuer].name_len),
	                         .this_update = sim_from(pki, list),
	                         .next_update = sim_until(pki, list),
	                         .revoked = revoked,
	                         .n_revoked = n,
	                         .extensions = builder_span(&extensions),
	                 },
	                 &made->certs[issuer].key);
}
