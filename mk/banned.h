/*
 * Included before every file of ours: calls with no place here become errors.
 * The headers that declare them come first, so only our own uses are caught.
 */
#ifndef MK_BANNED_H
#define MK_BANNED_H

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(call, instead) _Static_assert(0, call " is banned: use " instead)

/* Unbounded or silently cutting copies. */
#undef strcpy
#define strcpy(...) BANNED("strcpy", "builder_str")
#undef strcat
#define strcat(...) BANNED("strcat", "builder_str")
#undef strncpy
#define strncpy(...) BANNED("strncpy", "builder_add")
#undef strncat
#define strncat(...) BANNED("strncat", "builder_add")
#undef stpcpy
#define stpcpy(...) BANNED("stpcpy", "builder_str")
#undef sprintf
#define sprintf(...) BANNED("sprintf", "builder or snprintf")
#undef vsprintf
#define vsprintf(...) BANNED("vsprintf", "vsnprintf")
#undef gets
#define gets(...) BANNED("gets", "io_line")

/* Parsers that cannot say no. */
#undef atoi
#define atoi(...) BANNED("atoi", "span_number")
#undef atol
#define atol(...) BANNED("atol", "span_number")
#undef atoll
#define atoll(...) BANNED("atoll", "span_number")
#undef atof
#define atof(...) BANNED("atof", "span_number")
#undef strtol
#define strtol(...) BANNED("strtol", "span_number")
#undef strtoul
#define strtoul(...) BANNED("strtoul", "span_number")
#undef strtoll
#define strtoll(...) BANNED("strtoll", "span_number")
#undef strtoull
#define strtoull(...) BANNED("strtoull", "span_number")
#undef sscanf
#define sscanf(...) BANNED("sscanf", "span_split and span_number")
#undef scanf
#define scanf(...) BANNED("scanf", "io_line and span_split")
#undef strtok
#define strtok(...) BANNED("strtok", "span_split")

/* Hidden shells, hidden state, weak randomness, races. */
#undef system
#define system(...) BANNED("system", "prog_exec")
#undef popen
#define popen(...) BANNED("popen", "pipe, fork and prog_exec")
#undef alloca
#define alloca(...) BANNED("alloca", "fixed storage")
#undef rand
#define rand(...) BANNED("rand", "getrandom")
#undef random
#define random(...) BANNED("random", "getrandom")
#undef mktemp
#define mktemp(...) BANNED("mktemp", "mkstemp")
#undef tmpnam
#define tmpnam(...) BANNED("tmpnam", "mkstemp")
#undef localtime
#define localtime(...) BANNED("localtime", "gmtime_r")
#undef gmtime
#define gmtime(...) BANNED("gmtime", "gmtime_r")
#undef ctime
#define ctime(...) BANNED("ctime", "gmtime_r")
#undef asctime
#define asctime(...) BANNED("asctime", "gmtime_r")
#undef gethostbyname
#define gethostbyname(...) BANNED("gethostbyname", "host_lookup")

#endif
