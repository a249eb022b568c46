/*
 * report_data: the 64 bytes that a quote is made over, from what a caller has.
 *
 * Either up to 64 bytes as they are, zeros behind them; or a digest, as the
 * guest agent's older service (Tappd.TdxQuote) makes it: the hash of prefix, a
 * colon and data, zeros behind it, so that what was signed for one purpose says so. The hash
 * `raw` is none: data of exactly 64 bytes, and the prefix is not looked at.
 */
#ifndef TEE_REPORT_DATA_H
#define TEE_REPORT_DATA_H

#include <stdbool.h>

#include "base/span.h"
#include "tee/quote.h"

#define REPORT_DATA_PREFIX "app-data" /* where none is said */

enum report_hash {
	REPORT_SHA512, /* where none is said */
	REPORT_SHA256,
	REPORT_SHA384,
	REPORT_SHA3_256,
	REPORT_SHA3_384,
	REPORT_SHA3_512,
	REPORT_KECCAK256,
	REPORT_KECCAK384,
	REPORT_KECCAK512,
	REPORT_RAW
};

/*
 * A hash by its name ("sha256", "sha3-256", "keccak256", "raw" ..., lower case); the empty name
 * is that of the default. False: there is none of this name.
 */
bool report_hash_find(struct span name, enum report_hash *hash);

const char *report_hash_name(enum report_hash hash);

/* Data as they are: false when there are more than 64 bytes. */
bool report_data_pad(struct span data, unsigned char report_data[QUOTE_REPORT_DATA_LEN]);

/*
 * Data as the service does it; an empty prefix is the default one. False for REPORT_RAW
 * and other than 64 bytes.
 */
bool report_data_hash(enum report_hash hash, struct span prefix, struct span data,
                      unsigned char report_data[QUOTE_REPORT_DATA_LEN]);

#endif
