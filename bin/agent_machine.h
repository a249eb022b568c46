/*
 * agent_machine: what agent-cgi has of the machine it runs on, beside its quotes. None of it has to
 * be there, but for the register of an event that is to be measured.
 */
#ifndef BIN_AGENT_MACHINE_H
#define BIN_AGENT_MACHINE_H

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/prog.h"
#include "tee/agent.h"
#include "tee/rtmr.h"

#define AGENT_CCEL "/sys/firmware/acpi/tables/data/CCEL"

enum { AGENT_DMI_MAX = 128 };

/* A file's bytes, empty when it cannot be read. */
static struct span agent_machine_file(const char *path, unsigned char *room, size_t cap)
{
	size_t len = 0;

	return span_of(room, file_read(AT_FDCWD, path, room, cap, &len) == FILE_OK ? len : 0);
}

/* A line of what the firmware says of the machine. */
static struct span agent_machine_dmi(const char *path, unsigned char room[AGENT_DMI_MAX])
{
	struct span text = agent_machine_file(path, room, AGENT_DMI_MAX);

	while (text.len > 0 && (text.p[text.len - 1] == '\n' || text.p[text.len - 1] == ' '))
		text.len--;
	return text;
}

static void agent_machine_logs(struct agent_evidence *e, const char *lines)
{
	static unsigned char ccel_room[EVENTLOG_MAX];
	static struct agent_lines runtime;
	struct stat st;

	e->ccel = agent_machine_file(AGENT_CCEL, ccel_room, sizeof ccel_room);
	runtime.fd = open(lines, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (runtime.fd >= 0 && fstat(runtime.fd, &st) == 0 && S_ISREG(st.st_mode))
		e->lines = &runtime;
}

/* What EmitEvent extends, and where it writes that down. */
static void agent_machine_register(struct agent *a, const char *registers, const char *lines)
{
	int dir = open(registers, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	a->rtmr = dir < 0 ? -1 : rtmr_open(dir, RTMR_LAST);
	if (a->rtmr < 0)
		prog_temp("%s: RTMR3: %s", prog_text(span_str(registers)), strerror(errno));
	a->log = open(lines, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (a->log < 0)
		prog_temp("%s: %s", prog_text(span_str(lines)), strerror(errno));
	close(dir);
}

#endif
