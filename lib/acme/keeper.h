/*
 * keeper: the process that alone holds a new private key: it makes it, writes
 * it to its file, and writes the certificate's request with it. Its caller sees the
 * request and never the key.
 */
#ifndef ACME_KEEPER_H
#define ACME_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "tls/key.h"
#include "tls/names.h"

enum keeper_result {
	KEEPER_OK,
	KEEPER_PERM, /* a key that is no key, or of no use */
	KEEPER_TEMP  /* the file, the system */
};

struct keeper {
	int dir;               /* where the key's file is, or is to be */
	const char *file;
	struct key_kind kind;  /* of a key to be made */
	int from_dir;          /* a directory whose file of that name is taken instead; -1: none */
	const struct name_set *names; /* for a request, or NULL */
	bool must_staple;      /* which then asks for OCSP must-staple */
	int64_t deadline;
};

/*
 * Takes the key in the file, which is copied from `from_dir` or made, 0600 and on the disk, when it is
 * missing. With `names`, appends a request for them (DER). On failure `why` says what: one line.
 */
enum keeper_result keeper_run(const struct keeper *keeper, struct builder *request,
                              struct builder *why);

#endif
