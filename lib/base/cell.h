/*
 * cell: work on bytes that are not to be trusted, in a process that can do
 * nothing else, and the frames such a process talks in.
 *
 * A parser that is led astray by what it reads can then give a wrong answer,
 * and no more than that: it has no files, no network, no keys, and what it says
 * is held against the size of the caller's storage.
 */
#ifndef BASE_CELL_H
#define BASE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/io.h"
#include "base/jail.h"
#include "base/span.h"

/*
 * Closes every descriptor above 2 but these (which may be -1), for a process that was forked
 * off and must not have what its parent had open.
 */
void cell_keep(const int *keep, size_t n);

/*
 * A frame: a byte for its kind, its length in 32 bits in network order, that
 * many bytes. Reading: IO_TOO_LONG when it is longer than `cap`.
 */
enum io_result cell_send(int fd, unsigned char kind, struct span bytes, int64_t deadline);
enum io_result cell_receive(int fd, unsigned char *kind, void *buf, size_t cap, size_t *len,
                            int64_t deadline);

/* How a process ends what it has to say: what came out, why it failed, its verdict. */
enum cell_kind { CELL_RESULT = 'r', CELL_WHY = 'w', CELL_VERDICT = 'v' };

/* Sends all three; those that are empty, or NULL, are left out. */
enum io_result cell_report(int fd, unsigned char verdict, const struct builder *result,
                           const struct builder *why, int64_t deadline);

/*
 * Takes a frame of the three into its place, appended. What is not printable ASCII or a
 * newline in an explanation becomes a question mark. `*verdict` becomes 0 to
 * 255 with the last one. False for another kind, a verdict that is not one
 * byte, and what does not fit.
 */
bool cell_take(unsigned char kind, struct span bytes, struct builder *result, struct builder *why,
               int *verdict);

/*
 * Runs `work(context, result, why)` in a process of its own, which has the
 * memory of this one, descriptors 0 to 2 and `keep`, and is in `jail` (NULL:
 * JAIL_STDIO alone). `result` and `why` are there as large as the caller's,
 * and empty. Its verdict, 0 to 127, is returned. A negative one: it was
 * ended by a signal, was too slow or could not be started; `why` says which.
 */
struct cell {
	const struct jail *jail;
	const int *keep;
	size_t n_keep;
	int64_t deadline;
};
int cell_run(const struct cell *cell,
             int (*work)(void *context, struct builder *result, struct builder *why),
             void *context, struct builder *result, struct builder *why);

/*
 * What became of a child that did not report: appends "ended by signal 9" or
 * "ended with status 1".
 */
struct child;
void cell_epitaph(struct child *child, struct builder *why);

#endif
