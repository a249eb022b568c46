/*
 * sim_pki: a test root and all that Intel has under its own, for verifiers to be tested with and
 * simulated machines (tee/sim_quote.h) to be certified by.
 *
 * What is made, each a file of one directory, laid out as collateral is kept elsewhere here:
 *
 *   test_root.pem                       the trust anchor
 *   tcb_info.json, qe_identity.json     signed by TCB Signing
 *   tcb_info_issuer_chain.pem, qe_identity_issuer_chain.pem     TCB Signing, root
 *   root_ca_crl.der                     by the root
 *   pck_crl.der, pck_crl_issuer_chain.pem     by the CA that the PCK has; CA, root
 *   pck_chain.pem                       PCK, its CA, root: what a quote carries
 *   platform_ca.pem, processor_ca.pem, platform_crl.der, processor_crl.der     both CAs
 *   *.key                               private keys, mode 0600: root, platform_ca, processor_ca,
 *                                       pck, tcb_signing, attestation
 *   platform, eventlog.json             for sim_quote
 *   app-compose.json                    what the log's compose-hash is of
 *
 * Names. A common name is Intel's with "Intel" replaced by "TEST": "TEST SGX Root CA", "TEST SGX
 * PCK Platform CA", "TEST SGX PCK Processor CA", "TEST SGX PCK Certificate", "TEST SGX TCB
 * Signing"; the organization says so too. No setting makes a name that does not begin with TEST.
 *
 * As it comes out without settings, a strict verifier that is given test_root.pem answers
 * UpToDate. Settings are "name=value" (sim_pki_set()); sim-pki(1) lists them.
 */
#ifndef TEE_SIM_PKI_H
#define TEE_SIM_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"
#include "tee/sim_quote.h"

enum {
	SIM_SVNS = 16,
	SIM_LEVELS = 12,        /* TCB levels of a kind that can be given */
	SIM_TEXT_MAX = 64,      /* bytes of a status, an id, a common name */
	SIM_ADVISORIES_MAX = 256,
	SIM_FIXED_TIME = 1767225600, /* 2026-01-01T00:00:00Z: now, for what shall always be the same */
	SIM_DAYS = 3650,        /* how long what Intel signs anew every month is valid here */
	SIM_CERT_DAYS = 7300
};

/* What has dates; the first ones are certificates. */
enum sim_object {
	SIM_ROOT,
	SIM_PLATFORM_CA,
	SIM_PROCESSOR_CA,
	SIM_PCK,
	SIM_SIGNER,
	SIM_CERTS,
	SIM_ROOT_CRL = SIM_CERTS,
	SIM_PCK_CRL,
	SIM_TCB_INFO,
	SIM_QE_IDENTITY,
	SIM_OBJECTS
};

/* A moment: absolute, or counted from `now`. */
struct sim_time {
	bool is_set, relative;
	int64_t s;
};

/* Bytes that have a default until they are set. */
struct sim_bytes {
	bool is_set;
	unsigned char bytes[SIM_SVNS];
};

/* One TCB level of the platform, of a TDX module or of the quoting enclave. */
struct sim_level {
	unsigned char sgx[SIM_SVNS], tdx[SIM_SVNS]; /* platform */
	uint32_t pce_svn;                           /* platform */
	uint32_t version;                           /* module */
	uint32_t isv_svn;                           /* module, quoting enclave */
	struct span status, advisories;             /* advisories with commas between them */
};

enum sim_kind { SIM_PLATFORM, SIM_MODULE, SIM_QE, SIM_KINDS };

/* Structural faults that need the keys to be made. */
enum sim_fault {
	SIM_NO_CRL_NUMBER = 1, /* CRLs without CRLNumber */
	SIM_NO_CRL_AKI = 2,    /* CRLs without authorityKeyIdentifier */
	SIM_CA_IS_NONE = 4,    /* the CAs' basicConstraints say that they are none */
	SIM_TCB_BY_PCK = 8,    /* tcbInfo is signed by the PCK, with its chain */
	SIM_QE_BY_PCK = 16     /* and so is the QE identity */
};

struct sim_pki {
	struct span seed; /* empty: random */
	int64_t now;

	/* The machine. */
	bool is_sgx, is_processor;
	struct sim_bytes fmspc, pce_id, ppid, instance, cpu_svn, tee_tcb_svn, tee_tcb_svn_2;
	uint32_t pce_svn, qe_svn, sgx_type;
	bool dynamic, cached_keys, smt;

	/* The collateral. */
	struct sim_bytes tcb_fmspc, tcb_pce_id;
	struct span tcb_id, qe_id;
	uint32_t evaluation, days;
	struct span status[SIM_KINDS], advisories[SIM_KINDS]; /* of the level the machine has */
	struct sim_level levels[SIM_KINDS][SIM_LEVELS];       /* given ones replace all others */
	size_t n_levels[SIM_KINDS];
	struct span names[SIM_CERTS]; /* common names */
	struct sim_time from[SIM_OBJECTS], until[SIM_OBJECTS];
	bool revoked[SIM_CERTS];
	unsigned int faults; /* enum sim_fault, added together */
};

/* Settings as they are without any. */
void sim_pki_init(struct sim_pki *pki);

/*
 * One setting, "name=value". Text is kept: it must outlive `pki`. SIM_FIELD: no setting has this
 * name; SIM_FIELD_VALUE: it cannot have this value.
 */
enum sim_result sim_pki_set(struct sim_pki *pki, struct span setting);

/* "2026-01-01T00:00:00Z", seconds since 1970, or days from now: "+30d", "-1d". */
bool sim_time_parse(struct sim_time *time, struct span text);

/*
 * Makes it all, and hands over file after file; `platform` is the last. The bytes are valid during
 * the call alone. False from `file` ends it: SIM_STOPPED. SIM_TOO_LARGE: what was set does not fit;
 * SIM_UNREADABLE: no random bytes (errno).
 */
typedef bool (*sim_file_fn)(void *context, const char *name, mode_t mode, struct span bytes);
enum sim_result sim_pki_make(const struct sim_pki *pki, sim_file_fn file, void *context);

#endif
