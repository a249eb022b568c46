/* jail_filter: promises as a system call filter. For jail alone. */
#ifndef BASE_JAIL_FILTER_H
#define BASE_JAIL_FILTER_H

#include <stdbool.h>

/*
 * Loads the filter for promises of base/jail.h; no_new_privs must be set.
 * False with errno when the kernel does not take it.
 */
bool jail_filter_load(unsigned int promises);

#endif
