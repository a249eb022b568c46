/*
 * quote: the layout of an Intel DCAP quote: SGX (version 3), TDX and SGX (4 and
 * 5), as Intel's "DCAP ECDSA Quote Library API", appendix A, has it.
 *
 * Reading says what stands where and nothing about whether it is true. All
 * lengths that are nested in the signature data must fit exactly; what follows
 * it is passed over (hosts pad quotes with zeros, and worse). Nothing is copied:
 * spans point into the quote. Integers in a quote are little endian, those of
 * signatures and keys are big endian.
 */
#ifndef TEE_QUOTE_H
#define TEE_QUOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

enum {
	QUOTE_MAX = 65536,          /* bytes of a quote that are looked at, padding included */
	QUOTE_HEADER_LEN = 48,
	QUOTE_SGX_LEN = 384,        /* bytes of a body: an SGX report */
	QUOTE_TD10_LEN = 584,       /* TD report of TDX 1.0 */
	QUOTE_TD15_LEN = 648,       /* of TDX 1.5 */
	QUOTE_TD15EX_LEN = 885,     /* of TDX 1.5, extended */
	QUOTE_MEASUREMENT_LEN = 48, /* MRTD, an RTMR ...: SHA-384 */
	QUOTE_REPORT_DATA_LEN = 64,
	QUOTE_RTMRS = 4,
	QUOTE_KEY_LEN = 64,         /* x || y on P-256 */
	QUOTE_SIGNATURE_LEN = 64,   /* r || s on P-256 */
	QUOTE_TEE_SGX = 0,
	QUOTE_TEE_TDX = 0x81,
	QUOTE_KEY_P256 = 2          /* attestation key type */
};

/* What the body is; the numbers are those of version 5's body type. */
enum quote_body { QUOTE_SGX = 1, QUOTE_TD10, QUOTE_TD15, QUOTE_TD15EX };

/* An SGX report (as body of version 3, and of the quoting enclave). */
struct quote_sgx {
	struct span cpu_svn;    /* 16 */
	uint32_t misc_select;
	struct span attributes; /* 16 */
	struct span mr_enclave, mr_signer; /* 32 */
	uint16_t isv_prod_id, isv_svn;
	struct span report_data; /* 64 */
};

/* A TD report. */
struct quote_td {
	struct span tee_tcb_svn;       /* 16 */
	struct span mr_seam, mr_signer_seam; /* 48 */
	struct span seam_attributes;   /* 8 */
	struct span td_attributes;     /* 8 */
	struct span xfam;              /* 8 */
	struct span mr_td, mr_config_id, mr_owner, mr_owner_config; /* 48 */
	struct span rtmr[QUOTE_RTMRS]; /* 48 */
	struct span report_data;       /* 64 */
	struct span tee_tcb_svn_2;     /* 16; empty before TDX 1.5 */
	struct span mr_service_td;     /* 48; empty before TDX 1.5 */
};

/* Types of certification data. */
enum {
	QUOTE_CERT_PPID = 1,
	QUOTE_CERT_PPID_RSA2048 = 2,
	QUOTE_CERT_PPID_RSA3072 = 3,
	QUOTE_CERT_LEAF = 4,
	QUOTE_CERT_CHAIN = 5,  /* PEM: leaf, intermediate, root */
	QUOTE_CERT_QE_REPORT = 6
};

struct quote {
	struct span all;         /* what was read, without what follows the signature data */
	size_t trailing;         /* bytes that follow */
	uint16_t version;        /* 3, 4, 5 */
	uint16_t key_type;       /* as it stands there; QUOTE_KEY_P256 is the only one there is */
	uint32_t tee;            /* QUOTE_TEE_* */
	uint16_t qe_svn, pce_svn; /* version 3; else 0 */
	struct span vendor_id;   /* 16 */
	struct span user_data;   /* 20 */
	enum quote_body body_type;
	struct span body;
	struct quote_sgx sgx;    /* QUOTE_SGX alone */
	struct quote_td td;      /* the others */
	struct span report_data; /* of either, 64 */
	struct span signed_part; /* header, descriptor of version 5, body: what the attestation key signed */
	struct span signature;   /* 64 */
	struct span key;         /* attestation key, 64 */
	struct span qe_report;   /* 384, and what it says: */
	struct quote_sgx qe;
	struct span qe_signature; /* 64, by the PCK, over qe_report */
	struct span qe_auth;     /* QE authentication data, maybe empty */
	uint16_t cert_type;      /* QUOTE_CERT_*, of the innermost certification data */
	struct span cert;        /* its bytes */
};

enum quote_result {
	QUOTE_OK,
	QUOTE_SHORT,      /* it ends within a field, or a length leads beyond its end */
	QUOTE_VERSION,    /* not 3, 4 or 5 */
	QUOTE_TEE,        /* a TEE or body type that does not go with the version, or an unknown one */
	QUOTE_BODY_SIZE,  /* version 5: the size does not go with the type */
	QUOTE_LENGTHS,    /* nested lengths of the signature data do not fit exactly */
	QUOTE_CERT_TYPE   /* version 4 and 5: the outer certification data is not a QE report */
};

/* QUOTE_SGX_LEN and so on. */
size_t quote_body_len(enum quote_body type);

/* What a result means, for a message. */
const char *quote_strerror(enum quote_result result);

/* Reads a quote, raw bytes. Neither key type nor vendor is judged. */
enum quote_result quote_read(struct quote *q, struct span bytes);

/*
 * Header and body alone (`all` is `signed_part`, `trailing` what follows it): for those who
 * have a quote that nobody signed (simulators), or patch one.
 */
enum quote_result quote_read_body(struct quote *q, struct span bytes);

/* Reads an SGX report of QUOTE_SGX_LEN bytes; of a shorter one, spans are empty from its end on. */
void quote_read_sgx(struct quote_sgx *sgx, struct span report);

/*
 * Raw or hexadecimal: what people feed to tools. Hexadecimal is text of nothing but digits (an
 * even number of them, "0x" before them allowed) and white space before, between and behind them;
 * it is decoded in place, and `*bytes` is then shorter. False for text that begins as
 * hexadecimal does but is not (an odd number of digits, other characters), `buf` is then spoilt;
 * raw quotes never do: their first byte is a version below '0'.
 */
bool quote_unhex(unsigned char *buf, size_t len, struct span *bytes);

#endif
