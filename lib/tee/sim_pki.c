/* A test root and everything under it, file by file. */
#include "tee/sim_pki.h"

#include <string.h>

#include "tee/sim_parts.h"
#include "tls/pem.h"

enum { ROOM = 1 << 16 }; /* of the largest file */

static struct sim_made made;
static unsigned char room[ROOM];

void sim_pki_init(struct sim_pki *pki)
{
	*pki = (struct sim_pki){
		.pce_svn = 13,
		.qe_svn = 4,
		.sgx_type = 1,
		.dynamic = true,
		.smt = true,
		.evaluation = 20,
		.days = SIM_DAYS,
		.names = {
			[SIM_ROOT] = span_str("TEST SGX Root CA"),
			[SIM_PLATFORM_CA] = span_str("TEST SGX PCK Platform CA"),
			[SIM_PROCESSOR_CA] = span_str("TEST SGX PCK Processor CA"),
			[SIM_PCK] = span_str("TEST SGX PCK Certificate"),
			[SIM_SIGNER] = span_str("TEST SGX TCB Signing"),
		},
	};
	for (size_t i = 0; i < SIM_KINDS; i++)
		pki->status[i] = span_str("UpToDate");
}

static void fill(unsigned char *to, size_t len, const struct sim_bytes *set,
                 const unsigned char *otherwise)
{
	memcpy(to, set->is_set ? set->bytes : otherwise, len);
}

/* What was not set. */
static void machine(const struct sim_pki *pki)
{
	static const unsigned char fmspc[SIM_FMSPC_LEN] = { 0xb0, 0xc0, 0x6f }, none[SIM_SVNS];
	static const unsigned char cpu_svn[SIM_SVNS] = { 3, 3, 2, 2, 4, 1, 0, 3 };
	static const unsigned char tee_tcb_svn[SIM_SVNS] = { 5, 1, 6 };
	unsigned char random[SIM_SVNS];

	fill(made.fmspc, SIM_FMSPC_LEN, &pki->fmspc, fmspc);
	fill(made.pce_id, SIM_PCE_ID_LEN, &pki->pce_id, none);
	fill(made.cpu_svn, SIM_SVNS, &pki->cpu_svn, cpu_svn);
	fill(made.tee_tcb_svn, SIM_SVNS, &pki->tee_tcb_svn, tee_tcb_svn);
	fill(made.tee_tcb_svn_2, SIM_SVNS, &pki->tee_tcb_svn_2, made.tee_tcb_svn);
	sim_random(&made.seed, "ppid", random, sizeof random);
	fill(made.ppid, SIM_SVNS, &pki->ppid, random);
	sim_random(&made.seed, "platform instance", random, sizeof random);
	fill(made.instance, SIM_SVNS, &pki->instance, random);
	key_hash(KEY_SHA256, span_str("TEST quoting enclave signer"), made.qe_signer);
}

struct sink {
	sim_file_fn file;
	void *context;
};

/* Hands over what stands in `b`. */
static enum sim_result hand(const struct sink *to, const char *name, mode_t mode,
                            const struct builder *b)
{
	if (!builder_ok(b))
		return SIM_TOO_LARGE;
	return to->file(to->context, name, mode, builder_span(b)) ? SIM_OK : SIM_STOPPED;
}

static enum sim_result hand_key(const struct sink *to, const char *name, const struct key *key)
{
	enum sim_result r;
	struct builder b;

	builder_init(&b, room, sizeof room);
	key_write(key, &b);
	r = hand(to, name, 0600, &b);
	explicit_bzero(room, b.len);
	return r;
}

/* Certificates in PEM, one after the other; SIM_CERTS ends the list. */
static enum sim_result hand_chain(const struct sink *to, const char *name, enum sim_object first,
                                  enum sim_object second, enum sim_object third)
{
	const enum sim_object list[] = { first, second, third };
	struct builder b;

	builder_init(&b, room, sizeof room);
	for (size_t i = 0; i < sizeof list / sizeof *list && list[i] != SIM_CERTS; i++)
		pem_write(&b, "CERTIFICATE", span_of(made.certs[list[i]].der, made.certs[list[i]].der_len));
	return hand(to, name, 0644, &b);
}

static enum sim_result hand_crl(const struct sink *to, const char *name, enum sim_object issuer)
{
	struct builder b;

	builder_init(&b, room, sizeof room);
	return sim_crl_write(&made, issuer, &b) ? hand(to, name, 0644, &b) : SIM_TOO_LARGE;
}

/* A JSON document, and the chain of who signed it. */
static enum sim_result hand_json(const struct sink *to, const char *name, const char *chain,
                                 bool (*write)(const struct sim_made *, struct builder *),
                                 bool by_pck)
{
	enum sim_result r;
	struct builder b;

	builder_init(&b, room, sizeof room);
	r = write(&made, &b) ? hand(to, name, 0644, &b) : SIM_TOO_LARGE;
	if (r != SIM_OK)
		return r;
	return by_pck ? hand_chain(to, chain, SIM_PCK, sim_pck_ca(made.pki), SIM_ROOT) :
	                hand_chain(to, chain, SIM_SIGNER, SIM_ROOT, SIM_CERTS);
}

static enum sim_result hand_text(const struct sink *to, const char *name,
                                 void (*write)(const struct sim_made *, struct builder *))
{
	struct builder b;

	builder_init(&b, room, sizeof room);
	write(&made, &b);
	return hand(to, name, 0644, &b);
}

static enum sim_result hand_keys(const struct sink *to)
{
	static const char *const names[SIM_CERTS] = {
		[SIM_ROOT] = "root.key",
		[SIM_PLATFORM_CA] = "platform_ca.key",
		[SIM_PROCESSOR_CA] = "processor_ca.key",
		[SIM_PCK] = "pck.key",
		[SIM_SIGNER] = "tcb_signing.key",
	};
	enum sim_result r = hand_key(to, "attestation.key", &made.attestation);

	for (size_t i = 0; i < SIM_CERTS && r == SIM_OK; i++)
		r = hand_key(to, names[i], &made.certs[i].key);
	return r;
}

static enum sim_result hand_certs(const struct sink *to, enum sim_object ca)
{
	enum sim_result r = hand_chain(to, "test_root.pem", SIM_ROOT, SIM_CERTS, SIM_CERTS);

	if (r == SIM_OK)
		r = hand_chain(to, "pck_chain.pem", SIM_PCK, ca, SIM_ROOT);
	if (r == SIM_OK)
		r = hand_chain(to, "platform_ca.pem", SIM_PLATFORM_CA, SIM_CERTS, SIM_CERTS);
	if (r == SIM_OK)
		r = hand_chain(to, "processor_ca.pem", SIM_PROCESSOR_CA, SIM_CERTS, SIM_CERTS);
	if (r == SIM_OK)
		r = hand_chain(to, "pck_crl_issuer_chain.pem", ca, SIM_ROOT, SIM_CERTS);
	if (r == SIM_OK)
		r = hand_crl(to, "root_ca_crl.der", SIM_ROOT);
	if (r == SIM_OK)
		r = hand_crl(to, "pck_crl.der", ca);
	if (r == SIM_OK)
		r = hand_crl(to, "platform_crl.der", SIM_PLATFORM_CA);
	if (r == SIM_OK)
		r = hand_crl(to, "processor_crl.der", SIM_PROCESSOR_CA);
	return r;
}

static enum sim_result hand_all(const struct sink *to)
{
	enum sim_result r = hand_keys(to);
	struct builder compose = { .len = 0 };

	if (r == SIM_OK)
		r = hand_certs(to, sim_pck_ca(made.pki));
	if (r == SIM_OK)
		r = hand_json(to, "tcb_info.json", "tcb_info_issuer_chain.pem", sim_tcb_info_write,
		              made.pki->faults & SIM_TCB_BY_PCK);
	if (r == SIM_OK)
		r = hand_json(to, "qe_identity.json", "qe_identity_issuer_chain.pem",
		              sim_qe_identity_write, made.pki->faults & SIM_QE_BY_PCK);
	if (r == SIM_OK && !made.pki->is_sgx)
		r = hand_text(to, "eventlog.json", sim_log_write);
	if (r == SIM_OK && !made.pki->is_sgx) {
		builder_init(&compose, room, sizeof room);
		builder_add(&compose, sim_compose());
		r = hand(to, "app-compose.json", 0644, &compose);
	}
	return r == SIM_OK ? hand_text(to, "platform", sim_platform_write) : r;
}

enum sim_result sim_pki_make(const struct sim_pki *pki, sim_file_fn file, void *context)
{
	const struct sink to = { file, context };
	enum sim_result r = SIM_OK;

	made.pki = pki;
	if (!sim_seed_make(&made.seed, pki->seed))
		return SIM_UNREADABLE;
	machine(pki);
	if (!sim_random_key(&made.seed, "attestation", &made.attestation))
		r = SIM_UNREADABLE;
	/* In this order: each is issued by one before it. */
	for (enum sim_object i = SIM_ROOT; i < SIM_CERTS && r == SIM_OK; i++)
		if (!sim_cert_make(&made, i))
			r = SIM_TOO_LARGE;
	if (r == SIM_OK)
		r = hand_all(&to);
	explicit_bzero(&made, sizeof made);
	return r;
}
