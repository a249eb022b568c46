/* rtmr-extend: measure an event into RTMR 2 or 3, and log it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/io.h"
#include "base/jail.h"
#include "rtmr_event.h"

enum { LIMIT_MS = 30000 }; /* for all but waiting for input */

static void read_payload(struct event *e)
{
	size_t len;
	enum io_result r = io_read_end(0, rtmr_payload, sizeof rtmr_payload, &len, DEADLINE_NEVER);

	if (r == IO_TOO_LONG)
		prog_perm("standard input: longer than %d bytes", EVENTLOG_PAYLOAD_MAX);
	if (r != IO_OK)
		prog_temp("standard input: %s", io_strerror(r));
	e->payload = span_of(rtmr_payload, len);
}

static int open_register(const char *path, uint32_t n)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = dir < 0 ? -1 : rtmr_open(dir, n);

	if (fd < 0)
		prog_perm("%s: RTMR%u: %s", prog_text(span_str(path)), (unsigned int)n, strerror(errno));
	close(dir);
	return fd;
}

/* The agent's log has runtime events of RTMR3 and would be spoilt by others. */
static int open_log(const struct rtmr_options *o, const struct event *e)
{
	const char *path = o->log ? o->log : RTMR_LOG_PATH;
	struct stat st;
	int fd;

	if (o->no_log)
		return -1;
	if (!o->log && (!e->runtime || e->imr != RTMR_LAST))
		prog_perm("-l or -n is needed: the agent's log has no place for this event");
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		prog_perm("%s: %s", prog_text(span_str(path)), strerror(errno));
	if (!S_ISREG(st.st_mode))
		prog_perm("%s: not a regular file", prog_text(span_str(path)));
	return fd;
}

static void print_digest(const struct event *e)
{
	unsigned char text[2 * QUOTE_MEASUREMENT_LEN + 1];
	struct builder b;

	builder_init(&b, text, sizeof text);
	hex_encode(&b, span_of(e->digest, sizeof e->digest));
	builder_byte(&b, '\n');
	prog_write(builder_span(&b));
}

int main(int argc, char **argv)
{
	struct rtmr_options o = { .directory = RTMR_DIRECTORY, .version = 1 };
	struct event e = { .imr = 0 };
	enum rtmr_result r;
	int fd, log;

	prog_init("rtmr-extend", "[-2] [-D directory] [-l log | -n] [-x payload] register event\n"
	                         "       rtmr-extend [-D directory] -l log | -n -d digest register");
	rtmr_read_options(&o, argc, argv);
	rtmr_read_event(&o, &e, argv + optind);
	fd = open_register(o.directory, e.imr);
	log = open_log(&o, &e);
	if (jail_enter(&(struct jail){ .promises = JAIL_WRITE }) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
	if (e.runtime && !o.payload)
		read_payload(&e);
	prog_alarm(LIMIT_MS);
	if (e.runtime)
		runtime_event_digest(e.version, e.name, e.payload, e.digest);
	r = rtmr_measure(fd, log, &e, deadline_in(LIMIT_MS / 2));
	if (r == RTMR_BUSY)
		prog_temp("%s", rtmr_strerror(r));
	if (r != RTMR_OK)
		prog_temp("%s: %s", rtmr_strerror(r), strerror(errno));
	print_digest(&e);
	return PROG_OK;
}
