/*
 * The system calls behind each promise, as musl and glibc make them on x86-64
 * and aarch64. The older calls that only x86-64 has stand behind #ifdef.
 */
#include "base/jail_calls.h"

#if JAIL
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/jail.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

const uint16_t jail_hot[] = {
	SYS_read,
	SYS_write,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
	SYS_epoll_pwait, /* musl's epoll_wait() */
	SYS_accept4,
	SYS_recvfrom,
	SYS_sendto,
	SYS_close,
	SYS_epoll_ctl,
};
const size_t jail_hot_n = LENGTH(jail_hot);

static const uint16_t stdio[] = {
	/* descriptors */
	SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_close,
	SYS_lseek, SYS_fstat, SYS_fcntl, SYS_dup, SYS_dup3, SYS_pipe2,
	/* waiting */
	SYS_ppoll, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_signalfd4,
	SYS_timerfd_create, SYS_timerfd_settime,
	/* connected sockets */
	SYS_recvfrom, SYS_shutdown, SYS_getsockname, SYS_getpeername, SYS_getsockopt,
	/* memory */
	SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise,
	/* time */
	SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
	SYS_setitimer, SYS_getitimer,
	/* signals, locks */
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack,
	SYS_restart_syscall, SYS_futex, SYS_sched_yield,
	/* itself */
	SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
	SYS_getrandom, SYS_exit, SYS_exit_group,
#ifdef SYS_poll
	SYS_poll, SYS_epoll_wait, SYS_dup2, SYS_pipe, SYS_alarm, SYS_pause, SYS_time,
#endif
};

static const uint16_t accepting[] = { SYS_accept, SYS_accept4, SYS_setsockopt };

static const uint16_t sockets[] = {
	SYS_connect, SYS_bind, SYS_sendto, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg,
	SYS_setsockopt,
};

static const uint16_t reading[] = {
	SYS_openat2, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
	SYS_getdents64, SYS_fchdir, SYS_fadvise64,
#ifdef SYS_open
	SYS_stat, SYS_lstat, SYS_access, SYS_readlink,
#endif
};

static const uint16_t writing[] = {
	SYS_openat, SYS_openat2, SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_linkat,
	SYS_symlinkat, SYS_fchmod, SYS_fchmodat, SYS_ftruncate, SYS_fallocate, SYS_fsync,
	SYS_fdatasync, SYS_flock, SYS_utimensat, SYS_umask, SYS_newfstatat,
#ifdef SYS_open
	SYS_open, SYS_rename, SYS_unlink, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_chmod,
	SYS_stat, SYS_lstat,
#endif
};

static const uint16_t forking[] = {
	SYS_wait4, SYS_waitid, SYS_kill, SYS_tgkill, SYS_tkill, SYS_setpgid, SYS_getpgid, SYS_setsid,
	SYS_set_robust_list, SYS_set_tid_address, SYS_pidfd_open,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
};

static const uint16_t splicing[] = { SYS_splice };

static const uint16_t waiting[] = { SYS_wait4, SYS_waitid, SYS_pidfd_open };

/* With what the start of a program needs. */
static const uint16_t executing[] = {
	SYS_execve, SYS_execveat, SYS_mmap, SYS_mprotect, SYS_set_robust_list, SYS_set_tid_address,
	SYS_close_range,
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
};

static const uint16_t passing[] = { SYS_sendmsg };

const struct jail_calls jail_calls[] = {
	{ JAIL_STDIO, stdio, LENGTH(stdio) },
	{ JAIL_ACCEPT, accepting, LENGTH(accepting) },
	{ JAIL_NET, sockets, LENGTH(sockets) },
	{ JAIL_UNIX, sockets, LENGTH(sockets) },
	{ JAIL_READ, reading, LENGTH(reading) },
	{ JAIL_WRITE, writing, LENGTH(writing) },
	{ JAIL_FORK, forking, LENGTH(forking) },
	{ JAIL_EXEC, executing, LENGTH(executing) },
	{ JAIL_PASS, passing, LENGTH(passing) },
	{ JAIL_SPLICE, splicing, LENGTH(splicing) },
	{ JAIL_WAIT, waiting, LENGTH(waiting) },
};
const size_t jail_calls_n = LENGTH(jail_calls);

enum {
	OPEN_CHANGES = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND,
	NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
	             CLONE_NEWPID | CLONE_NEWNET
};

const struct jail_check jail_checks[] = {
	{ JAIL_STDIO, SYS_mmap, 2, JAIL_TEST_CLEAR, PROT_EXEC },
	{ JAIL_STDIO, SYS_mprotect, 2, JAIL_TEST_CLEAR, PROT_EXEC },
	{ JAIL_STDIO, SYS_sendto, 4, JAIL_TEST_NULL, 0 },
	{ JAIL_STDIO, SYS_prlimit64, 2, JAIL_TEST_NULL, 0 },
	/* What isatty() and stdio ask, and a socket's state. */
	{ JAIL_STDIO, SYS_ioctl, 1, JAIL_TEST_EQUAL, TCGETS },
	{ JAIL_STDIO, SYS_ioctl, 1, JAIL_TEST_EQUAL, TIOCGWINSZ },
	{ JAIL_STDIO, SYS_ioctl, 1, JAIL_TEST_EQUAL, FIONBIO },
	{ JAIL_STDIO, SYS_ioctl, 1, JAIL_TEST_EQUAL, FIONREAD },
	/* glibc's fstat(). */
	{ JAIL_STDIO, SYS_newfstatat, 3, JAIL_TEST_SET, AT_EMPTY_PATH },
	{ JAIL_NET, SYS_socket, 0, JAIL_TEST_EQUAL, AF_INET },
	{ JAIL_NET, SYS_socket, 0, JAIL_TEST_EQUAL, AF_INET6 },
	{ JAIL_UNIX, SYS_socket, 0, JAIL_TEST_EQUAL, AF_UNIX },
	{ JAIL_UNIX, SYS_socketpair, 0, JAIL_TEST_EQUAL, AF_UNIX },
	{ JAIL_READ, SYS_openat, 2, JAIL_TEST_CLEAR, OPEN_CHANGES },
#ifdef SYS_open
	{ JAIL_READ, SYS_open, 1, JAIL_TEST_CLEAR, OPEN_CHANGES },
#endif
	{ JAIL_FORK, SYS_clone, 0, JAIL_TEST_CLEAR, NAMESPACES },
	/* To die with its parent. */
	{ JAIL_FORK, SYS_prctl, 0, JAIL_TEST_EQUAL, PR_SET_PDEATHSIG },
	/* Its flags are behind a pointer, out of a filter's sight. */
	{ JAIL_FORK, SYS_clone3, 0, JAIL_TEST_NEVER, 0 },
};
const size_t jail_checks_n = LENGTH(jail_checks);
#endif
