/*
 * utc: moments as people and protocols write them, in the Gregorian calendar
 * and UTC, without the C library's tables and locales. Years 0 to 9999.
 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/builder.h"
#include "base/span.h"

struct utc {
	int year, month, day; /* 1 to 12, 1 to 31 */
	int hour, minute, second;
};

/* Seconds since 1970 taken apart; false for a year out of range. */
bool utc_split(struct utc *when, int64_t unix_s);

/* The reverse; false for a date that there is not, hour 24 or second 60. */
bool utc_join(const struct utc *when, int64_t *unix_s);

/*
 * Appends "2026-11-21T09:30:00Z" (RFC 3339). A year out of range overflows
 * `out`.
 */
void utc_print(struct builder *out, int64_t unix_s);

/* Reads exactly that form: no fraction, no other zone, no other letters. */
bool utc_parse(struct span text, int64_t *unix_s);

#endif
