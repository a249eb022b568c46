/* jail_calls: which system calls a promise of base/jail.h stands for. For jail alone. */
#ifndef BASE_JAIL_CALLS_H
#define BASE_JAIL_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* Allowed whatever the arguments are. */
struct jail_calls {
	unsigned int promise;
	const uint16_t *call;
	size_t n;
};

enum jail_test {
	JAIL_TEST_CLEAR, /* no bit of `value` is set in the argument's low word */
	JAIL_TEST_SET,   /* at least one is */
	JAIL_TEST_EQUAL, /* the argument's low word is `value` */
	JAIL_TEST_NULL,  /* the argument is a null pointer */
	JAIL_TEST_NEVER  /* not carried out, ENOSYS: the C library has another way */
};

/* Allowed when one of its checks passes. */
struct jail_check {
	unsigned int promise;
	uint16_t call;
	uint8_t argument;
	uint8_t test; /* enum jail_test */
	uint32_t value;
};

/* Those a serving process spends its life with. */
extern const uint16_t jail_hot[];
extern const size_t jail_hot_n;

extern const struct jail_calls jail_calls[];
extern const size_t jail_calls_n;

/* The checks of one call stand together. */
extern const struct jail_check jail_checks[];
extern const size_t jail_checks_n;

#endif
