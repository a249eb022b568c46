/* Connections to web servers: found, opened, read, written, closed. */
#include "tls/fetch_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/deadline.h"
#include "base/io.h"
#include "net/host.h"
#include "net/sock.h"

enum { CONNECT_MS = 20000, GOODBYE_MS = 500 };

/* Keeps the reason beside the result. */
static enum fetch_result fail(struct fetch_conn *c, enum fetch_result result, const char *what,
                              const char *why)
{
	builder_str(&c->reason, what);
	builder_str(&c->reason, why);
	return result;
}

static enum fetch_result fail_system(struct fetch_conn *c)
{
	return fail(c, FETCH_SYSTEM, strerror(errno), "");
}

static enum fetch_result of_pump(struct fetch_conn *c, enum pump_result r)
{
	int error;

	switch (r) {
	case PUMP_OK:
		return FETCH_OK;
	case PUMP_END:
		return FETCH_CLOSED;
	case PUMP_SHORT:
		return fail(c, FETCH_CLOSED, "the connection was cut", "");
	case PUMP_TIMEOUT:
		return FETCH_TIMEOUT;
	case PUMP_REFUSED:
		error = pump_error(&c->pump);
		pump_print_error(&c->reason, error);
		return pump_error_is_trust(error) ? FETCH_UNTRUSTED : FETCH_TLS;
	case PUMP_SYSTEM:
		break;
	}
	return fail_system(c);
}

static enum fetch_result of_io(struct fetch_conn *c, enum io_result r)
{
	switch (r) {
	case IO_OK:
		return FETCH_OK;
	case IO_TIMEOUT:
		return FETCH_TIMEOUT;
	case IO_ERROR:
		return errno == EPIPE || errno == ECONNRESET ? FETCH_CLOSED : fail_system(c);
	case IO_END:
	case IO_TOO_LONG:
		break;
	}
	return FETCH_CLOSED;
}

static bool is_host(const struct fetch_conn *c, struct span host)
{
	if (host.len != c->host_len)
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (ascii_lower(host.p[i]) != c->host[i])
			return false;
	return true;
}

bool fetch_conn_fits(const struct fetch_conn *c, const struct url *url)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return c->fd >= 0 && c->https == url->https && c->port == url->port &&
	       is_host(c, url->host) && (!c->https || pump_data(&c->pump).len == 0) &&
	       poll(&p, 1, 0) == 0;
}

static enum fetch_result find(struct fetch_conn *c, const struct fetch_setting *setting,
                              const struct url *url, struct host_list *list, int64_t deadline)
{
	enum dns_status status;

	if (setting->via) {
		*list = (struct host_list){ .n = 1, .addr = { *setting->via } };
		return FETCH_OK;
	}
	status = host_lookup(list, url->host, url->port, setting->hosts_path, setting->servers,
	                     deadline);
	if (status == DNS_FOUND)
		return FETCH_OK;
	if (status == DNS_FAILED && deadline_now() >= deadline)
		return fail(c, FETCH_TIMEOUT, "timed out while its address was looked up", "");
	return fail(c, status == DNS_SYSTEM ? FETCH_SYSTEM : FETCH_NO_ADDRESS,
	            "no address: ", dns_strerror(status));
}

static enum fetch_result connect_one(struct fetch_conn *c, const struct host_list *list,
                                     int64_t deadline)
{
	enum sock_result r = sock_connect(list->addr, list->n, 0, deadline, &c->fd);
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	int on = 1;

	if (r != SOCK_DONE) {
		c->peer = list->addr[0];
		c->has_peer = true;
		return r == SOCK_TIMEOUT ? fail(c, FETCH_TIMEOUT, "timed out while connecting", "")
		                         : fail(c, FETCH_CONNECT, "cannot connect: ", sock_strerror(r));
	}
	if (getpeername(c->fd, (struct sockaddr *)&peer, &len) == 0) {
		addr_set(&c->peer, (struct sockaddr *)&peer, len);
		c->has_peer = true;
	}
	/* A request is written at once: waiting for more of it only costs time. */
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return FETCH_OK;
}

static enum fetch_result secure(struct fetch_conn *c, const struct fetch_setting *setting,
                                const struct url *url, int64_t deadline)
{
	struct client_peer peer = { .anchors = setting->anchors, .host = url->host,
		                    .is_address = url->host_is_address,
		                    .pins = setting->pins, .n_pins = setting->n_pins,
		                    .unix_now = setting->unix_now ? setting->unix_now : time(NULL) };
	enum pump_result r;

	switch (client_start(&c->tls, &peer, &c->pump)) {
	case CLIENT_OK:
		break;
	case CLIENT_BAD_HOST:
		return fail(c, FETCH_BAD_URL, "no name that a certificate can have", "");
	case CLIENT_SYSTEM:
		return fail_system(c);
	}
	r = pump_handshake(&c->pump, c->fd, deadline);
	if (r == PUMP_REFUSED && c->tls.check.unpinned)
		return fail(c, FETCH_UNTRUSTED, "certificate has another key than the pinned ones", "");
	if (r == PUMP_TIMEOUT)
		return fail(c, FETCH_TIMEOUT, "timed out in the TLS handshake", "");
	if (r == PUMP_END || r == PUMP_SHORT)
		return fail(c, FETCH_TLS, "the connection ended in the TLS handshake", "");
	return of_pump(c, r);
}

enum fetch_result fetch_conn_open(struct fetch_conn *c, const struct fetch_setting *setting,
                                  const struct url *url, int64_t deadline)
{
	struct host_list list;
	enum fetch_result r;

	deadline = deadline_first(deadline,
	                          deadline_in(setting->connect_ms > 0 ? setting->connect_ms : CONNECT_MS));
	c->has_peer = false;
	c->https = url->https;
	c->port = url->port;
	c->host_len = url->host.len;
	for (size_t i = 0; i < url->host.len; i++)
		c->host[i] = ascii_lower(url->host.p[i]);
	r = find(c, setting, url, &list, deadline);
	if (r == FETCH_OK)
		r = connect_one(c, &list, deadline);
	if (r == FETCH_OK && c->https)
		r = secure(c, setting, url, deadline);
	return r;
}

enum fetch_result fetch_conn_write(struct fetch_conn *c, struct span bytes, bool flush,
                                   int64_t deadline)
{
	if (c->https)
		return of_pump(c, pump_write_all(&c->pump, c->fd, bytes, flush, deadline));
	return of_io(c, io_write_all(c->fd, bytes, deadline));
}

enum fetch_result fetch_conn_read(struct fetch_conn *c, void *buf, size_t cap, size_t *len,
                                  int64_t deadline)
{
	*len = 0;
	/* Bytes that are always there already would never let the clock be looked at. */
	if (deadline_now() >= deadline)
		return FETCH_TIMEOUT;
	if (c->https) {
		enum pump_result r = pump_read(&c->pump, c->fd, buf, cap, len, deadline);

		return r == PUMP_END ? FETCH_OK : of_pump(c, r);
	}
	switch (io_read(c->fd, buf, cap, len, deadline)) {
	case IO_OK:
	case IO_END:
		return FETCH_OK;
	case IO_TIMEOUT:
		return FETCH_TIMEOUT;
	case IO_ERROR:
	case IO_TOO_LONG:
		break;
	}
	return of_io(c, IO_ERROR);
}

void fetch_conn_close(struct fetch_conn *c, bool failed)
{
	if (c->fd < 0)
		return;
	if (c->https && !failed)
		pump_end(&c->pump, c->fd, deadline_in(GOODBYE_MS));
	close(c->fd);
	c->fd = -1;
}
