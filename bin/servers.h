/*
 * servers: which resolvers a program asks: DNSCACHEIP, else resolv.conf. What
 * is wrong with either ends the program with a message.
 */
#ifndef BIN_SERVERS_H
#define BIN_SERVERS_H

#include <errno.h>
#include <string.h>

#include "base/prog.h"
#include "net/dns.h"

static void servers_open(struct dns_servers *servers)
{
	static const char path[] = "/etc/resolv.conf";
	const char *text = prog_env("DNSCACHEIP");

	if (text && !dns_servers_parse(servers, span_str(text)))
		prog_perm("DNSCACHEIP: not a list of addresses: %s", prog_text(span_str(text)));
	if (!text && !dns_servers_read(servers, path))
		prog_temp("%s: %s", path, strerror(errno));
}

#endif
