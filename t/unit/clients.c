/* Connections counted by client. */
#include "net/clients.h"

#include <stdlib.h>

#include "tap.h"

static struct clients clients;

static struct addr at(const char *ip)
{
	struct addr a;

	if (!addr_parse_ip(&a, span_str(ip), 1234))
		check(false, "%s is an address", ip);
	return a;
}

static bool enter(const char *ip, size_t max, struct client **client)
{
	struct addr a = at(ip);

	return clients_enter(&clients, &a, max, client);
}

static bool nobody(void)
{
	for (size_t i = 0; i < CLIENTS_BUCKETS; i++)
		if (clients.bucket[i])
			return false;
	return true;
}

static void cap(void)
{
	struct client *c[3], *other, *again;

	check(enter("192.0.2.1", 3, &c[0]) && enter("192.0.2.1", 3, &c[1]) && enter("192.0.2.1", 3, &c[2]),
	      "up to the cap");
	check(!enter("192.0.2.1", 3, &again) && !again, "not one more");
	check(enter("192.0.2.2", 3, &other), "another client has its own");
	clients_leave(&clients, c[1]);
	check(enter("192.0.2.1", 3, &c[1]), "one left: another may come");
	check(!enter("192.0.2.1", 3, &again), "but not two");
	for (int i = 0; i < 3; i++)
		clients_leave(&clients, c[i]);
	clients_leave(&clients, other);
	check(nobody(), "nothing is kept of clients without connections");
}

static void same(const char *a, const char *b, bool wanted, const char *what)
{
	struct client *one, *two;
	bool first = enter(a, 1, &one), second = enter(b, 1, &two);

	check(first && second != wanted, "%s", what);
	clients_leave(&clients, first ? one : NULL);
	clients_leave(&clients, second ? two : NULL);
}

static void who_is_one(void)
{
	same("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true, "an IPv6 /64 is one client");
	same("2001:db8::1", "2001:db8:0:1::1", false, "the next /64 is another");
	same("::ffff:192.0.2.1", "192.0.2.1", true, "an IPv4-mapped address is the IPv4 one");
	same("::ffff:192.0.2.1", "::ffff:192.0.2.2", false, "two of them are two");
	same("192.0.2.1", "192.0.2.2", false, "IPv4 addresses are told apart");
	same("::192.0.2.1", "::192.0.2.2", true, "IPv4-compatible ones are IPv6");
	same("::1", "::ffff:127.0.0.1", false, "::/64 is not IPv4");
}

static void without_address(void)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct addr a;
	struct client *c = (struct client *)&local;

	addr_set(&a, (struct sockaddr *)&local, sizeof local.sun_family);
	check(clients_enter(&clients, &a, 0, &c) && !c, "clients of a Unix socket are not counted");
	clients_leave(&clients, NULL);
}

/* Far more clients than buckets. */
static void many(void)
{
	enum { MANY = 20000 };
	static struct client *c[MANY];
	bool good = true;

	for (unsigned int i = 0; i < MANY; i++) {
		char ip[32];
		struct client *again;

		snprintf(ip, sizeof ip, "10.0.%u.%u", i / 250, i % 250 + 1);
		good = good && enter(ip, 1, &c[i]) && !enter(ip, 1, &again);
	}
	check(good, "%d clients, each with its own count", MANY);
	for (int i = 0; i < MANY; i++)
		clients_leave(&clients, c[(i * 7919) % MANY]);
	check(nobody(), "and all of them forgotten");
}

static void keys(void)
{
	static const unsigned char large[CLIENTS_KEY_MAX + 1];
	struct client *a, *b, *c;

	check(clients_enter_key(&clients, span_str("a.test"), 1, &a) &&
	              !clients_enter_key(&clients, span_str("a.test"), 1, &c) && !c, "a name has its count");
	check(clients_enter_key(&clients, span_str("a.tes"), 1, &b), "another its own");
	check(clients_enter_key(&clients, span_of(NULL, 0), 1, &c) &&
	              !clients_enter_key(&clients, span_str(""), 1, &(struct client *){ NULL }),
	      "no name is a name, too");
	clients_leave(&clients, a);
	clients_leave(&clients, b);
	clients_leave(&clients, c);
	check(!clients_enter_key(&clients, span_of(large, sizeof large), 1, &a) && !a, "one that is too long is refused");
	check(clients_enter_key(&clients, span_of(large, CLIENTS_KEY_MAX), 1, &a), "the longest is not");
	clients_leave(&clients, a);
	check(nobody(), "nothing is kept");
}

int main(void)
{
	check(clients_init(&clients), "a table");
	cap();
	who_is_one();
	without_address();
	keys();
	many();
	return tap_end();
}
