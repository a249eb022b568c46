/*
 * tap: the few lines a unit test needs to speak the Test Anything Protocol.
 * A test is a file with a main() that calls check() and ends with
 * `return tap_end();`.
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdbool.h>
#include <stdio.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include "base/span.h"

static int tap_count, tap_failed;

#define check(truth, ...) tap_check((truth), __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5)))
static inline bool tap_check(bool truth, const char *file, int line, const char *format, ...)
{
	__builtin_va_list args;

	printf("%sok %d - ", truth ? "" : "not ", ++tap_count);
	__builtin_va_start(args, format);
	vprintf(format, args);
	__builtin_va_end(args);
	printf("\n");
	if (!truth) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	/* A child that is forked has nothing to say twice, and a crash nothing to lose. */
	fflush(stdout);
	return truth;
}

/* Turns of a long loop: fewer under valgrind, where each takes fifty times as long. */
static inline int tap_turns(int n)
{
	return !RUNNING_ON_VALGRIND ? n : n < 100 ? 1 : n / 100;
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif
