/*
 * workers: several processes behind one listening socket.
 */
#ifndef NET_WORKERS_H
#define NET_WORKERS_H

#include <stdbool.h>

enum { WORKERS_MAX = 64 };

/*
 * Forks `n` workers (1 to WORKERS_MAX) and watches over them. Returns true in
 * each worker, which has the caller's signal mask, no state of the parent's,
 * and gets SIGTERM when the parent dies.
 *
 * The parent starts a worker that ended again, a second later when it had not
 * lived that long. On SIGTERM or SIGINT it closes descriptor 0, sends all of
 * them SIGTERM and waits. It returns false when none is left, with `*code`
 * the first exit code of a worker that ended badly after that (111 for one
 * that a signal killed), or 0. A fork that fails is tried again.
 */
bool workers_run(unsigned int n, int *code);

#endif
