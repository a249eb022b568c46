/*
 * sock: stream sockets that listen or connect. All of them are close-on-exec.
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <stddef.h>
#include <stdint.h>

#include "net/addr.h"

/* Except for SOCK_DONE and SOCK_TIMEOUT, errno holds the system's reason. */
enum sock_result {
	SOCK_DONE,
	SOCK_IN_USE,      /* somebody listens there already, or the path is a file of another kind */
	SOCK_DENIED,      /* no permission for the port, the path or the address */
	SOCK_NO_ADDRESS,  /* the address is not on this machine, the path's directory is missing */
	SOCK_REFUSED,     /* nobody listens there */
	SOCK_UNREACHABLE, /* no way there */
	SOCK_TIMEOUT,     /* the deadline passed */
	SOCK_SYSTEM       /* anything else */
};

/* What a result means, for a message. */
const char *sock_strerror(enum sock_result result);

/*
 * A blocking socket that listens at `a`, in `*fd`.
 *
 * `:port` takes IPv4 too; without IPv6 in the kernel it is IPv4 alone.
 * [::]:port is IPv6 alone. TCP ports may be taken again at once after a
 * restart (SO_REUSEADDR).
 *
 * A Unix socket's file gets the mode asked for, or what the umask leaves; there
 * is no moment at which it has more. A socket file on which nobody
 * answers is replaced; any other file stays. Two processes that find the
 * same dead socket at the same instant may both believe that it was theirs to replace.
 * The file is not removed when the socket is closed. The umask of the
 * process is changed for a moment: not for use in several threads.
 */
enum sock_result sock_listen(const struct addr *a, int backlog, int *fd);

/*
 * Connects to the first of `n` addresses that answers (Happy Eyeballs, RFC
 * 8305): families alternate, beginning with the first address's; the next
 * attempt starts 250 ms after the one before, or at once when that failed,
 * while the earlier ones go on; all under one deadline. Of more than
 * SOCK_TRIES_MAX addresses the first are tried. `flags` is 0 or
 * SOCK_NONBLOCK, for the result in `*fd`. On failure the result is that of the
 * attempt that failed first, SOCK_TIMEOUT when the deadline passed,
 * SOCK_NO_ADDRESS when `n` is 0.
 */
enum { SOCK_TRIES_MAX = 16, SOCK_DELAY_MS = 250 };
enum sock_result sock_connect(const struct addr *list, size_t n, int flags, int64_t deadline,
                              int *fd);

#endif
