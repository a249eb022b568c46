/* Stream sockets that listen. */
#include "net/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/sock_result.h"

const char *sock_strerror(enum sock_result result)
{
	switch (result) {
	case SOCK_DONE:
		return "success";
	case SOCK_TIMEOUT:
		return "timed out";
	case SOCK_IN_USE:
	case SOCK_DENIED:
	case SOCK_NO_ADDRESS:
	case SOCK_REFUSED:
	case SOCK_UNREACHABLE:
	case SOCK_SYSTEM:
		return strerror(errno);
	}
	return "unknown";
}

enum sock_result sock_result_of(int error)
{
	switch (error) {
	case 0:
		return SOCK_DONE;
	case EADDRINUSE:
		return SOCK_IN_USE;
	case EACCES:
	case EPERM:
		return SOCK_DENIED;
	case EADDRNOTAVAIL:
	case ENOENT:
	case ENOTDIR:
		return SOCK_NO_ADDRESS;
	case ECONNREFUSED:
		return SOCK_REFUSED;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EAFNOSUPPORT:
		return SOCK_UNREACHABLE;
	case ETIMEDOUT:
		return SOCK_TIMEOUT;
	default:
		return SOCK_SYSTEM;
	}
}

/* Closes a socket that is of no use, and gives the reason in errno as a result. */
static enum sock_result give_up(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return sock_result_of(error);
}

static int stream_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static bool set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static enum sock_result listen_ip(const struct addr *a, int backlog, int *fd)
{
	int s = stream_socket(addr_family(a));

	if (s < 0 || !set_option(s, SOL_SOCKET, SO_REUSEADDR, 1) ||
	    (addr_family(a) == AF_INET6 && !set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, !a->dual)) ||
	    bind(s, &a->u.any, a->len) < 0 || listen(s, backlog) < 0)
		return give_up(s);
	*fd = s;
	return SOCK_DONE;
}

/* `:port`, where the kernel has no IPv6 or it was switched off. */
static enum sock_result listen_dual(const struct addr *a, int backlog, int *fd)
{
	enum sock_result r = listen_ip(a, backlog, fd);
	struct addr v4;

	if (r == SOCK_DONE || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) ||
	    !addr_parse_ip(&v4, span_str("0.0.0.0"), addr_port(a)))
		return r;
	return listen_ip(&v4, backlog, fd);
}

/*
 * Nobody answers on the socket file at `a`. A full backlog is somebody; so is
 * whoever we may not ask.
 */
static bool is_dead(const struct addr *a)
{
	struct stat st;
	bool dead;
	int s;

	if (lstat(a->u.local.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return false;
	dead = connect(s, &a->u.any, a->len) < 0 && errno == ECONNREFUSED;
	close(s);
	return dead;
}

/* The file appears with its mode: what the umask takes away was never there. */
static int bind_unix(int s, const struct addr *a)
{
	mode_t before;
	int result, error;

	if (a->mode < 0)
		return bind(s, &a->u.any, a->len);
	before = umask(0777 & ~(mode_t)a->mode);
	result = bind(s, &a->u.any, a->len);
	error = errno;
	umask(before);
	errno = error;
	return result;
}

static enum sock_result listen_unix(const struct addr *a, int backlog, int *fd)
{
	int s = stream_socket(AF_UNIX);

	if (s < 0)
		return give_up(s);
	if (bind_unix(s, a) < 0) {
		int error = errno;

		if (error != EADDRINUSE || !is_dead(a)) {
			errno = error;
			return give_up(s);
		}
		if (unlink(a->u.local.sun_path) < 0 || bind_unix(s, a) < 0)
			return give_up(s);
	}
	if (listen(s, backlog) < 0)
		return give_up(s);
	*fd = s;
	return SOCK_DONE;
}

enum sock_result sock_listen(const struct addr *a, int backlog, int *fd)
{
	*fd = -1;
	if (addr_family(a) == AF_UNIX)
		return listen_unix(a, backlog, fd);
	return a->dual ? listen_dual(a, backlog, fd) : listen_ip(a, backlog, fd);
}
