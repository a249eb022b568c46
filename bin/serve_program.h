/*
 * serve_program: the program behind tls-serve, with the variables of its connection.
 */
#ifndef BIN_SERVE_PROGRAM_H
#define BIN_SERVE_PROGRAM_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/prog.h"
#include "net/starter.h"

/* What was true of another connection. */
static const char *const serve_stale[] = {
	"PROTO", "TCPLOCALHOST", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEHOST", "TCPREMOTEINFO",
	"TCPREMOTEIP", "TCPREMOTEPORT", "SSL_ALPN", "SSL_CIPHER", "SSL_PEER_CERT_HASH", "SSL_PEER_PIN",
	"SSL_PROTOCOL", "SSL_TLS_SNI_SERVERNAME",
};

static bool serve_is_variable(const char *variable)
{
	struct span name = span_head(span_str(variable), span_find(span_str(variable), '='));

	for (size_t i = 0; i < sizeof serve_stale / sizeof *serve_stale; i++)
		if (name.len < strlen(variable) && span_is(name, serve_stale[i]))
			return true;
	return false;
}

static bool serve_environment(const char *text, size_t len)
{
	/* A connection whose addresses nobody knows has those that came with it. */
	bool all = false;

	if (len == 0 || text[len - 1] != 0)
		return false;
	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		all = all || span_starts(span_str(text + at), "PROTO=");
	for (size_t i = 0; i < sizeof serve_stale / sizeof *serve_stale; i++)
		if (all || span_starts(span_str(serve_stale[i]), "SSL_"))
			unsetenv(serve_stale[i]);
	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		if (!serve_is_variable(text + at) || !prog_env_add((const char *const[]){ text + at, NULL }))
			return false;
	return true;
}

/* A server raises its limit of descriptors; programs that close all there can be, or select(2), do not thank for it. */
static struct rlimit serve_files;

static void serve_note_files(void)
{
	if (getrlimit(RLIMIT_NOFILE, &serve_files) < 0)
		prog_temp("RLIMIT_NOFILE: %s", strerror(errno));
}

static int serve_become(void *with, struct span variables, int fd)
{
	char *const *argv = with;

	if (!serve_environment((const char *)variables.p, variables.len))
		prog_bug("malformed environment");
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
		prog_temp("descriptors 0 and 1: %s", strerror(errno));
	if (setrlimit(RLIMIT_NOFILE, &serve_files) < 0)
		prog_temp("RLIMIT_NOFILE: %s", strerror(errno));
	prog_exec(argv);
}

#endif
