/* cpu: the CPU time of a process, for what loads it. */
#ifndef BENCH_CPU_H
#define BENCH_CPU_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "base/prog.h"

/* What the process and its children that ended have spent: fields 14 to 17 of proc(5)'s stat. */
static uint64_t cpu_us(int pid)
{
	char path[64], text[1024];
	struct span rest, field;
	uint64_t ticks, sum = 0;
	size_t len = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_end(fd, text, sizeof text, &len, DEADLINE_NEVER) != IO_OK)
		prog_temp("%s: %s", path, strerror(errno));
	close(fd);
	/* The name, field 2, stands in parentheses and can hold anything. */
	rest = span_of(text, len);
	while (span_find(rest, ')') < rest.len)
		rest = span_from(rest, span_find(rest, ')') + 1);
	for (int i = 2; i <= 17 && span_split(&rest, ' ', &field); i++) {
		ticks = 0;
		if (i >= 14 && !span_number(field, UINT64_MAX, &ticks))
			prog_temp("%s: not understood", path);
		sum += ticks;
	}
	return sum * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

#endif
