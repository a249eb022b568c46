/*
 * prog: what every main() begins and ends with.
 *
 * The one room of lib/ that prints and exits. Exit codes are API:
 *
 *   0    done; yes
 *   1    worked, and the answer is no
 *   100  the caller must change something (usage, configuration, bad input)
 *   111  the world may change: try again later
 *   101  a bug in this program
 *   126  the program to run could not be executed; 127: was not found
 *
 * A message is one line, "program: fatal: what: why". Bytes from outside do
 * not go into a message as they are: prog_text() makes them fit first.
 */
#ifndef BASE_PROG_H
#define BASE_PROG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum prog_exit {
	PROG_OK = 0,
	PROG_NO = 1,
	PROG_PERM = 100,
	PROG_BUG = 101,
	PROG_TEMP = 111,
	PROG_CANNOT_EXECUTE = 126,
	PROG_NOT_FOUND = 127
};

/*
 * To be called first. Opens /dev/null on any of descriptors 0 to 2 that is
 * closed, so that no file of ours lands there; ignores SIGPIPE. `usage` is
 * the synopsis after the program's name. Both strings are kept.
 */
void prog_init(const char *name, const char *usage);

/* The name given to prog_init(). */
const char *prog_name(void);

/* "usage: name synopsis": on stdout with exit 0 for -h; on stderr with exit 100. */
_Noreturn void prog_help(void);
_Noreturn void prog_usage(void);

/* One line on stderr, printf's format, nothing added but the newline. */
__attribute__((format(printf, 1, 2))) void prog_warn(const char *format, ...);

/* The same, as "program: fatal: ...", and exit 100, 111 or 101. */
__attribute__((format(printf, 1, 2))) _Noreturn void prog_perm(const char *format, ...);
__attribute__((format(printf, 1, 2))) _Noreturn void prog_temp(const char *format, ...);
__attribute__((format(printf, 1, 2))) _Noreturn void prog_bug(const char *format, ...);

/*
 * Hostile bytes escaped and cut for a message (base/log.h). The text stands
 * in static storage: four calls can be used in one message.
 */
const char *prog_text(struct span bytes);

/*
 * A decimal option or variable between `min` and `max`; anything else is
 * prog_perm() with `what` (for instance "-t" or "RELAY_PORT") in the message.
 */
uint64_t prog_number(const char *what, const char *text, uint64_t min, uint64_t max);

/*
 * A duration in seconds with an optional fraction ("5", "0.25") as
 * milliseconds, between 1 ms and `max_s`; anything else is prog_perm().
 */
int64_t prog_seconds_ms(const char *what, const char *text, int64_t max_s);

/* The environment variable's value, or NULL when it is unset or empty. */
const char *prog_env(const char *name);

/*
 * Puts variables ("NAME=value", ended by NULL) into the environment, for what is executed next.
 * The strings are kept. False: errno.
 */
bool prog_env_add(const char *const variables[]);

/* Ends the whole process by SIGALRM in `ms`: a last backstop for one-shot programs. */
void prog_alarm(int64_t ms);

/*
 * Writes to descriptor 1 with no deadline; a failure is prog_temp(), without a word when the
 * reader has gone away.
 */
void prog_write(struct span bytes);

/*
 * Executes `argv` along PATH with no alarm and SIGPIPE as by default. Only
 * returns by exiting, 127 when there is no such program, else 126.
 */
_Noreturn void prog_exec(char *const argv[]);

#endif
