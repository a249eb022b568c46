/*
 * sim_quote: quotes of a simulated machine: every signature real, under a test root of one's own.
 *
 * The machine is a directory that sim-pki made (lib/tee/sim_pki.h). From it are read:
 *
 *   platform         what the hardware says of itself: lines of name=hex, the fields below; '#'
 *                    begins a comment
 *   pck.key, pck_chain.pem   the key that certifies the quoting enclave's; PCK, its CA, root
 *   attestation.key  the quoting enclave's own
 *   eventlog.json    what the VM measured; without it the RTMRs are those of `platform`, or zero
 *
 * A quote depends on the machine, its fields and the report data, and on nothing
 * else: signatures have the nonces of RFC 6979, so the same request gives the same bytes.
 *
 * Usage: sim_quote_open(), any of sim_quote_field(), sim_quote_log(), sim_quote_seed(), then
 * sim_quote_write() as often as one likes; sim_quote_wipe(). Some 0.2 ms a quote.
 *
 * Nothing that this makes proves anything about hardware. Names in its certificates begin with
 * TEST.
 */
#ifndef TEE_SIM_QUOTE_H
#define TEE_SIM_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/json.h"
#include "base/span.h"
#include "tee/eventlog.h"
#include "tee/quote.h"
#include "tls/key.h"

enum {
	SIM_CHAIN_MAX = 8192,   /* bytes of pck_chain.pem */
	SIM_AUTH_MAX = 1024,    /* of QE authentication data */
	SIM_QUOTE_MAX = 12288,  /* of a quote */
	SIM_PLATFORM_MAX = 8192, /* of the file `platform` */
	SIM_LOG_MAX = 1 << 20,  /* of eventlog.json */
	SIM_LOG_TOKENS = 65536  /* its JSON values and names */
};

enum sim_result {
	SIM_OK,
	SIM_MISSING,     /* a file of the directory is not there */
	SIM_UNREADABLE,  /* or cannot be read: errno */
	SIM_MALFORMED,   /* or is not what it should be */
	SIM_FIELD,       /* no such field or setting */
	SIM_FIELD_VALUE, /* not a value of it: for a field, not hexadecimal of its length */
	SIM_VERSION,     /* this version has no such body, or the machine is of the other kind */
	SIM_LOG,         /* the event log is malformed, or contradicts itself */
	SIM_TOO_LARGE,   /* it does not fit (tee/sim_pki.h) */
	SIM_STOPPED      /* the one who asked had enough (tee/sim_pki.h) */
};
const char *sim_strerror(enum sim_result result);

/* A machine, not to be copied. It holds private keys from sim_quote_open() on. About 16 kB. */
struct sim_quote {
	uint16_t version;          /* 3, 4, 5 */
	enum quote_body body;
	bool has_log;              /* eventlog.json was there, and the RTMRs are its replay */
	unsigned char header[QUOTE_HEADER_LEN];
	unsigned char td[QUOTE_TD15EX_LEN]; /* its head is a body of any TDX version */
	unsigned char sgx[QUOTE_SGX_LEN];
	unsigned char qe[QUOTE_SGX_LEN];    /* the quoting enclave's report */
	unsigned char auth[SIM_AUTH_MAX];
	size_t auth_len;
	unsigned char chain[SIM_CHAIN_MAX + 1]; /* PEM, ended by a NUL as in Intel's quotes */
	size_t chain_len;                       /* with the NUL */
	bool is_tdx;
	struct key pck, attestation;
};

/*
 * Reads the machine in the directory `dir` (a descriptor). Version 4 and a body of TDX 1.0 then,
 * or version 3 and SGX when the machine has no TDX. `*file` is the file that a result other than
 * SIM_OK is about. On failure there is no machine, and no key.
 */
enum sim_result sim_quote_open(struct sim_quote *sim, int dir, const char **file);

/* Another version, and another body (0: TDX 1.0 for version 4, TDX 1.5 for 5, SGX for 3). */
enum sim_result sim_quote_version(struct sim_quote *sim, unsigned int version, unsigned int body);

/*
 * A field, by the name that lib/tee/quote.h has for it, from hexadecimal of exactly its length
 * (either case). `setting` is "name=hex":
 *
 *   header   qe_svn 2, pce_svn 2 (version 3), user_data 20
 *   TD       tee_tcb_svn 16, mr_seam 48, mr_signer_seam 48, seam_attributes 8, td_attributes 8,
 *            xfam 8, mr_td (or mrtd) 48, mr_config_id 48, mr_owner 48, mr_owner_config 48,
 *            rtmr0 to rtmr3 48, tee_tcb_svn_2 16, mr_service_td 48
 *   SGX      cpu_svn 16, misc_select 4, attributes 16, mr_enclave 32, mr_signer 32,
 *            isv_prod_id 2, isv_svn 2
 *   QE       the same with qe_ before them; qe_report_data_2 32 (the half that should be
 *            zero); qe_auth, any length to SIM_AUTH_MAX
 *
 * Bytes go into the quote as they stand there: numbers are little endian (isv_svn=0400 is 4).
 */
enum sim_result sim_quote_field(struct sim_quote *sim, struct span setting);

/* RTMR0 to 3 from a JSON event log; `*at` as for eventlog_json(). */
enum sim_result sim_quote_log(struct sim_quote *sim, struct json_value log, size_t *at);

/* Another attestation key, made from a seed: the same one for the same seed. */
bool sim_quote_seed(struct sim_quote *sim, struct span seed);

/*
 * Appends a quote over `report_data`, QUOTE_REPORT_DATA_LEN bytes at most, filled up with zeros.
 * False when that is too long or `out` overflowed.
 */
bool sim_quote_write(const struct sim_quote *sim, struct span report_data, struct builder *out);

void sim_quote_wipe(struct sim_quote *sim);

#endif
