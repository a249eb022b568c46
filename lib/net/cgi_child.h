/*
 * cgi_child: CGI programs, found beneath a directory and executed. What is here runs
 * in the process that keeps them (net/cgi_keeper.h).
 */
#ifndef NET_CGI_CHILD_H
#define NET_CGI_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"

enum { CGI_GIVEN_MAX = 64 };

/* Where programs are and what each of them has. */
struct cgi_place {
	int dir;             /* the directory */
	const char *path;    /* its absolute path, for SCRIPT_FILENAME */
	const char *given[CGI_GIVEN_MAX]; /* variables for all of them, "NAME=value" */
	size_t n_given;
	uint64_t cpu_s;      /* of CPU time; 0: no limit of ours */
	uint64_t memory;     /* of address space, in bytes; 0: as it is */
	uint64_t file_size;  /* of a file that is written, in bytes; 0: as it is */
	uint64_t files;      /* descriptors; 0: as it was when we started */
};

/*
 * Finds the program of a decoded path (net/cgi.h): the first of its prefixes, by segments, that is no
 * directory and executable; for one that ends in '/' at a directory, `index` in that
 * directory; where there is none, `default` in the place's directory, with the whole path as
 * PATH_INFO. No segment that begins with a dot is looked at; links are followed as long as
 * they stay beneath the directory. Then executes it with SCRIPT_NAME, SCRIPT_FILENAME and
 * PATH_INFO beside `environment` (variables that end in a NUL each, held
 * against cgi_variable_ok()) and those given to all, `fd` as descriptors 0 to 2, in
 * its own directory and a process group of its own; it gets SIGKILL when this process dies.
 *
 * Returns 200 with `*pid`; 404 no such program; 403 it may not be executed; 503 the
 * system has no process or memory to spare; 500 anything else.
 */
int cgi_child_start(const struct cgi_place *place, struct span path, struct span environment,
                    const int fd[3], pid_t *pid);

#endif
