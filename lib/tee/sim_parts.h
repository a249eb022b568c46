/*
 * sim_parts: what sim_pki's files have in common. For them alone.
 */
#ifndef TEE_SIM_PARTS_H
#define TEE_SIM_PARTS_H

#include "base/builder.h"
#include "tee/sim_pki.h"
#include "tee/sim_random.h"
#include "tls/issue.h"
#include "tls/key.h"

enum {
	SIM_FMSPC_LEN = 6,
	SIM_PCE_ID_LEN = 2,
	SIM_NAME_MAX = 256,
	SIM_CERT_MAX = 2048,
	SIM_CRL_MAX = 2048,
	SIM_HASH_LEN = 32,
	SIM_DAY_S = 86400
};

/* Everything that was made so far: secrets among it. */
struct sim_made {
	const struct sim_pki *pki;
	struct sim_seed seed;
	struct {
		struct key key;
		unsigned char serial[ISSUE_SERIAL_MAX];
		unsigned char name[SIM_NAME_MAX], der[SIM_CERT_MAX];
		size_t name_len, der_len;
	} certs[SIM_CERTS];
	struct key attestation;

	/* The machine, with the defaults filled in. */
	unsigned char fmspc[SIM_FMSPC_LEN], pce_id[SIM_PCE_ID_LEN], ppid[SIM_SVNS], instance[SIM_SVNS];
	unsigned char cpu_svn[SIM_SVNS], tee_tcb_svn[SIM_SVNS], tee_tcb_svn_2[SIM_SVNS];
	unsigned char qe_signer[SIM_HASH_LEN]; /* the quoting enclave's MRSIGNER */
};

/* Who has issued the PCK. */
enum sim_object sim_pck_ca(const struct sim_pki *pki);

/* From when and until when something is valid. */
int64_t sim_from(const struct sim_pki *pki, enum sim_object object);
int64_t sim_until(const struct sim_pki *pki, enum sim_object object);

/* A certificate, its key and name made; the issuer's must be there. False: see sim_pki_make(). */
bool sim_cert_make(struct sim_made *made, enum sim_object object);

/* Appends the CRL of the root (SIM_ROOT) or of a CA. */
bool sim_crl_write(const struct sim_made *made, enum sim_object issuer, struct builder *out);

/* Appends the JSON documents, signed. */
bool sim_tcb_info_write(const struct sim_made *made, struct builder *out);
bool sim_qe_identity_write(const struct sim_made *made, struct builder *out);

/* Appends the file `platform`, the event log, and the document its compose-hash is of. */
void sim_platform_write(const struct sim_made *made, struct builder *out);
void sim_log_write(const struct sim_made *made, struct builder *out);
struct span sim_compose(void);

#endif
