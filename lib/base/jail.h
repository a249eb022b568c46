/*
 * jail: after this, the process can do only what it still needs.
 *
 * To be called once by main(), in a process of one thread, after files and
 * secrets are opened and before the first hostile byte. Three things of the
 * kernel stand behind it, and cannot be undone by the process, its children
 * or what they execute: no_new_privs, a system call filter (seccomp) made
 * from the promises below, and Landlock for what the arguments of a system
 * call point to.
 *
 * A system call that was not promised, one of another architecture (i386 or
 * x32 on x86-64) or one whose checked argument is another than promised kills
 * the process with SIGSYS. A path that was not named, or a TCP port, gives
 * EACCES.
 *
 * Descriptors that are open stay what they are: a jail is about getting new
 * ones. stat(2) and its like are not held to the places.
 */
#ifndef BASE_JAIL_H
#define BASE_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a process may still do. Each adds to JAIL_STDIO, which is always in. */
enum jail_promise {
	/*
	 * Use and close the descriptors it has: read, write, seek, poll, epoll,
	 * pipes, timers, fcntl; send, receive and shut down on connected sockets;
	 * memory that is not executable; clocks, sleep, signal handlers, random
	 * bytes, its own ids, exit.
	 */
	JAIL_STDIO = 0,
	JAIL_ACCEPT = 1,  /* accept connections from listening sockets it has, set their options */
	JAIL_NET = 2,     /* IPv4 and IPv6 sockets: make, bind, connect, use, set options */
	JAIL_UNIX = 4,    /* the same for Unix sockets, and pairs of them */
	JAIL_READ = 8,    /* open files and directories for reading, look at their metadata */
	JAIL_WRITE = 16,  /* open for writing, create, rename, link, remove, sync, lock, chmod */
	JAIL_FORK = 32,   /* make processes, signal them and wait for them; no namespaces */
	JAIL_EXEC = 64,   /* execute programs; a dynamic one needs JAIL_READ for its libraries */
	JAIL_SPLICE = 128, /* move bytes between the descriptors it has inside the kernel */
	JAIL_PASS = 256,  /* send descriptors over Unix sockets it has */
	JAIL_WAIT = 512   /* wait for the end of processes it made before; JAIL_FORK has it too */
};

/*
 * A file, or a directory with all that is beneath it, that may be opened.
 * Without places a process that promised JAIL_READ can open nothing. Looked
 * up when the jail is entered: what later takes the same name elsewhere is
 * not meant.
 */
struct jail_place {
	const char *path;    /* from `dir`; NULL: `dir` itself */
	int dir;             /* an open file or directory, or AT_FDCWD */
	unsigned int access; /* JAIL_READ, JAIL_WRITE, JAIL_EXEC: what may be done there */
};

struct jail {
	unsigned int promises; /* enum jail_promise, added together */
	const struct jail_place *places;
	size_t n_places;
	const uint16_t *ports; /* the TCP ports JAIL_NET may connect to; none: all of them */
	size_t n_ports;

	/*
	 * Without the filter: for a process that lives for one connection. The
	 * kernel compiles every filter it is given and frees it by a worker. That
	 * costs such a process a third of its life, and Linux 6.18 was seen to come
	 * to a stop when filters were freed by the thousand a second: 1024
	 * workers, all there can be, waited for one that waited for a further one
	 * to begin. What Landlock knows still holds: no files but the places, no
	 * signals, no abstract sockets of others. A super-server that wants
	 * the filter too enters it once and its children inherit it.
	 */
	bool unfiltered;
};

enum jail_result {
	JAIL_OK, /* all of it holds */

	/*
	 * The filter holds (when wanted), but this kernel's Landlock is missing or too old for
	 * a part of the rest: for places before Linux 6.2 (without any Landlock,
	 * JAIL_READ is then everything readable), for ports before 6.7, and for
	 * signals to strangers, with JAIL_FORK or without the filter, before 6.12.
	 */
	JAIL_PARTIAL,
	JAIL_LEFT_OUT, /* built with JAIL=0: only no_new_privs holds */
	JAIL_FAILED    /* errno says why: a place that is not there, no seccomp. Not to go on. */
};

/*
 * Enters the jail. Landlock is left out where the filter leaves it nothing to
 * do: without JAIL_READ, JAIL_WRITE, JAIL_EXEC, JAIL_FORK and ports. TCP sockets
 * cannot be bound when `ports` are given.
 */
enum jail_result jail_enter(const struct jail *jail);

/* What a result means, for a message. */
const char *jail_strerror(enum jail_result result);

#endif
