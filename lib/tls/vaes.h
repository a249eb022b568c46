/*
 * vaes: AES in counter mode and GHASH, as GCM has them, by instructions that work on two blocks at once.
 *
 * For records of 16 kB BearSSL's code, which takes four blocks at a time one by one, is a third of all that a
 * megabyte costs. Here are two functions behind the interfaces it has for these, which do the long
 * middle of what they get; keys, the rest and short pieces are BearSSL's. Time and memory accesses depend on
 * lengths alone.
 */
#ifndef TLS_VAES_H
#define TLS_VAES_H

#include <bearssl.h>

/* In the place of br_aes_x86ni_ctr_vtable and of br_ghash_pclmul(); NULL where the instructions are missing. */
const br_block_ctr_class *vaes_ctr(void);
br_ghash vaes_ghash(void);

#endif
