/*
 * tls-connect: the client's end of TLS. A program gets the plaintext on descriptors 6 and
 * 7, as UCSPI clients do, or the standard input and output are it.
 */
#include "connect_open.h"
#include "connect_options.h"
#include "connect_program.h"
#include "connect_secure.h"
#include "connect_trust.h"
#include "tls/carry.h"

enum { GRACE_MS = 5000 };

static struct attest attest;
static struct connect_options options = { .attest = &attest, .handshake_ms = CONNECT_HANDSHAKE_MS };
static struct connect_program program;
static struct connection connection;

static void enter_jail(void)
{
	struct jail jail = { .promises = JAIL_WAIT };

	if (!options.program)
		key_file_jail();
	else if (jail_enter(&jail) == JAIL_FAILED)
		prog_temp("jail: %s", strerror(errno));
}

static void tell_program(void)
{
	static unsigned char text[CONNECT_ENV_MAX];
	struct span name = options.name_is_address ? span_of(NULL, 0) : options.name;
	struct builder variables;

	builder_init(&variables, text, sizeof text);
	connect_variables(&variables, &connection.tls, connection.fd, &connection.server, name);
	if (!builder_ok(&variables))
		prog_bug("no room for the environment");
	connect_program_go(&program, builder_span(&variables));
}

/* What went wrong, in words; NULL for nothing. */
static const char *why(enum carry_end end)
{
	static unsigned char text[128];
	struct builder b;

	switch (end) {
	case CARRY_DONE:
		return NULL;
	case CARRY_CUT:
		return "the connection was cut: what came may not be all";
	case CARRY_TLS:
		builder_init(&b, text, sizeof text);
		pump_print_error(&b, pump_error(&connection.pump));
		return builder_cstr(&b);
	case CARRY_IDLE:
		return "nothing was said for too long (-i)";
	case CARRY_TOTAL:
		return "the connection lasted too long (-T)";
	case CARRY_IN:
	case CARRY_OUT:
	case CARRY_SYSTEM:
		break;
	}
	return strerror(errno);
}

/* Bytes both ways, to the end of the connection and the program's. */
static int relay(void)
{
	static struct carry carry;
	const char *reason;
	int status = 0;

	carry.pump = &connection.pump;
	carry.fd = connection.fd;
	carry.in = options.program ? program.from : 0;
	carry.out = options.program ? program.to : 1;
	carry.deaf_to_end = options.deaf_to_end;
	carry.idle_ms = options.idle_ms;
	carry.deadline = options.total_ms > 0 ? deadline_in(options.total_ms) : DEADLINE_NEVER;
	reason = why(carry_run(&carry));
	close(connection.fd);
	if (reason)
		prog_warn("fatal: %s: %s", prog_text(options.host), reason);
	if (options.program)
		status = connect_program_end(&program);
	return status == 0 && reason ? PROG_TEMP : status;
}

int main(int argc, char **argv)
{
	int64_t deadline;

	prog_init("tls-connect", CONNECT_USAGE);
	attest_init(&attest);
	connect_options_read(&options, argc, argv);
	if (options.program)
		connect_program_start(&program, options.program);
	connect_read_trust(&connection.peer, &options);
	if (options.certificate)
		connect_read_identity(&connection.peer, &connection.key, &options);
	prog_alarm(options.handshake_ms + GRACE_MS);
	deadline = deadline_in(options.handshake_ms);
	connection.fd = connect_open(&options, deadline, &connection.server);
	enter_jail();
	connect_secure(&connection, &options, deadline);
	prog_alarm(0);
	if (options.program)
		tell_program();
	return relay();
}
