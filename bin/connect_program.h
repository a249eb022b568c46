/*
 * connect_program: the program behind tls-connect. It is forked off before there is a
 * secret in memory, a byte from the network or a jail, waits for the variables of its
 * environment, and becomes the program with descriptors 6 and 7. When it gets none, it just
 * ends. When tls-connect is gone, it gets SIGTERM, for the end of its input would be a lie.
 */
#ifndef BIN_CONNECT_PROGRAM_H
#define BIN_CONNECT_PROGRAM_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cell.h"
#include "base/child.h"
#include "base/deadline.h"
#include "base/prog.h"

enum {
	CONNECT_READ_FD = 6, /* what UCSPI clients read from, and write to */
	CONNECT_WRITE_FD = 7,
	CONNECT_HIGH_FD = 10,
	CONNECT_ENV_MAX = 4096,
	CONNECT_PIPE = 262144 /* bytes in a pipe, where the system allows it */
};

struct connect_program {
	char **argv;
	struct child child;
	int to, from; /* non-blocking: what it reads, what it writes */
	int its_read, its_write;
};

/* What was true of another connection. */
static const char *const connect_stale[] = {
	"TCPLOCALHOST", "TCPREMOTEHOST", "TCPREMOTEINFO", "SSL_ALPN", "SSL_CIPHER",
	"SSL_PEER_CERT_HASH", "SSL_PEER_PIN", "SSL_PROTOCOL", "SSL_TLS_SNI_SERVERNAME",
};

/* "NAME=value" texts, each with a NUL behind it. */
static bool connect_environment(const char *text, size_t len)
{
	if (len == 0 || text[len - 1] != 0)
		return false;
	for (size_t i = 0; i < sizeof connect_stale / sizeof *connect_stale; i++)
		unsetenv(connect_stale[i]);
	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		if (!prog_env_add((const char *const[]){ text + at, NULL }))
			return false;
	return true;
}

static int connect_become(void *context, int fd)
{
	static unsigned char text[CONNECT_ENV_MAX];
	struct connect_program *p = context;
	unsigned char kind;
	size_t len;

	close(p->to);
	close(p->from);
	if (cell_receive(fd, &kind, text, sizeof text, &len, DEADLINE_NEVER) != IO_OK)
		return PROG_TEMP;
	if (!connect_environment((const char *)text, len))
		prog_bug("malformed environment");
	if (dup2(p->its_read, CONNECT_READ_FD) < 0 || dup2(p->its_write, CONNECT_WRITE_FD) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		prog_temp("descriptors %d and %d: %s", CONNECT_READ_FD, CONNECT_WRITE_FD, strerror(errno));
	prog_exec(p->argv);
}

/* Out of the way of what they become in the child. */
static int connect_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, CONNECT_HIGH_FD);

	if (high < 0)
		prog_temp("pipe: %s", strerror(errno));
	close(fd);
	return high;
}

/* Our end waits for nobody. */
static void connect_pipe(int *reads, int *writes, bool we_read)
{
	int ends[2], ours;

	if (pipe2(ends, O_CLOEXEC) < 0)
		prog_temp("pipe: %s", strerror(errno));
	*reads = connect_high(ends[0]);
	*writes = connect_high(ends[1]);
	ours = we_read ? *reads : *writes;
	fcntl(ours, F_SETPIPE_SZ, CONNECT_PIPE);
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		prog_temp("pipe: %s", strerror(errno));
}

static void connect_program_start(struct connect_program *p, char **argv)
{
	p->argv = argv;
	connect_pipe(&p->its_read, &p->to, false);
	connect_pipe(&p->from, &p->its_write, true);
	if (!child_start(&p->child, connect_become, p))
		prog_temp("fork: %s", strerror(errno));
	close(p->its_read);
	close(p->its_write);
}

static void connect_program_go(struct connect_program *p, struct span environment)
{
	if (cell_send(p->child.fd, 'e', environment, DEADLINE_NEVER) != IO_OK)
		prog_temp("the program's environment: %s", strerror(errno));
}

/* Waits for its end, however long it takes; a signal is 128 and its number, as in a shell. */
static int connect_program_end(struct connect_program *p)
{
	int status;

	switch (child_end(&p->child, DEADLINE_NEVER, &status)) {
	case CHILD_EXITED:
		return status;
	case CHILD_KILLED:
		prog_warn("%s: killed by signal %d", prog_text(span_str(p->argv[0])), status);
		return 128 + status;
	case CHILD_TIMEOUT:
	case CHILD_ERROR:
		break;
	}
	prog_temp("wait: %s", strerror(errno));
}

#endif
