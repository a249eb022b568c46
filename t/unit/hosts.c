/* Hosts looked up by the event loop: once at a time, kept, given up. */
#include "net/hosts.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/deadline.h"
#include "host_server.h"
#include "tap.h"

enum { TOTAL_MS = 8000, MANY = 1200, AT_A_TIME = 40 };

struct asker {
	struct hosts_waiter waiter;
	unsigned int told;
	enum dns_status status;
	char text[512];
};

static struct loop loop;
static struct hosts hosts;
static unsigned int n_told, wanted;

static void show(char *text, size_t cap, const struct host_list *list)
{
	struct builder b;

	builder_init(&b, text, cap);
	for (size_t i = 0; list && i < list->n; i++) {
		if (i > 0)
			builder_byte(&b, ' ');
		addr_print_ip(&b, &list->addr[i]);
	}
	builder_cstr(&b);
}

static void found(struct hosts_waiter *w, enum dns_status status, const struct host_list *list)
{
	struct asker *a = loop_owner(w, struct asker, waiter);

	a->told++;
	a->status = status;
	show(a->text, sizeof a->text, status == DNS_FOUND ? list : NULL);
	if (++n_told >= wanted)
		loop.stop = true;
}

static void give_up(struct loop_timer *t)
{
	(void)t;
	loop.stop = true;
}

/* Until `n` were told in all. */
static void run(unsigned int n)
{
	static struct loop_timer limit = { .expired = give_up };

	wanted = n;
	loop.stop = n_told >= n;
	loop_timer_set(&loop, &limit, deadline_in(TOTAL_MS));
	loop_run(&loop);
	loop_timer_clear(&loop, &limit);
}

static bool ask(struct asker *a, const char *name)
{
	memset(a, 0, sizeof *a);
	a->waiter.found = found;
	loop.now = deadline_now();
	return hosts_ask(&hosts, span_str(name), &a->waiter);
}

static bool knows(const char *name, enum dns_status wanted_status, const char *all)
{
	const struct host_list *list = NULL;
	enum dns_status status = DNS_FAILED;
	char text[512];

	loop.now = deadline_now();
	if (!hosts_known(&hosts, span_str(name), &status, &list) || status != wanted_status)
		return false;
	show(text, sizeof text, status == DNS_FOUND ? list : NULL);
	return strcmp(text, all) == 0;
}

static void without_dns(void)
{
	check(knows("192.0.2.1", DNS_FOUND, "192.0.2.1"), "an address is known");
	check(knows("localhost", DNS_FOUND, "::1 127.0.0.1"), "localhost is known");
	check(knows("no good", DNS_BAD_NAME, ""), "what is no name is known to be none");
	check(!knows("46.test", DNS_FOUND, ""), "a name is not known");
}

static void gives(const char *name, enum dns_status status, const char *all)
{
	struct asker a = { .told = 0 };

	n_told = 0;
	check(ask(&a, name) && a.told == 0, "%s is asked for, and nobody told at once", name);
	run(1);
	check(a.told == 1 && a.status == status && strcmp(a.text, all) == 0, "%s is %s", name, a.text);
	check(knows(name, status, all), "%s is kept", name);
}

static void together(void)
{
	struct asker a = { .told = 0 }, b = a, c = a;
	unsigned int before = *questions;

	n_told = 0;
	check(ask(&a, "644.test") && ask(&b, "644.test") && ask(&c, "644.test"), "three ask for one name");
	hosts_leave(&b.waiter);
	run(2);
	check(a.told == 1 && b.told == 0 && c.told == 1 && strcmp(c.text, "2001:db8::1 192.0.2.1 192.0.2.2") == 0,
	      "two are told, who left is not");
	check(*questions - before == 2, "two questions went out (%u)", *questions - before);
	hosts_leave(&a.waiter);
}

static void half_silent(void)
{
	int64_t since = deadline_now();

	gives("s4.test", DNS_FOUND, "192.0.2.1");
	check(deadline_now() - since < TOTAL_MS / 4, "the silent half is not waited for");
}

static void many(void)
{
	static struct asker a[MANY];
	unsigned int asked = 0, told = 0;
	char name[32];

	n_told = 0;
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "t.s%u.test", i);
		asked += ask(&a[i], name);
	}
	check(asked == HOSTS_LOOKUPS, "no more at once than there may be (%u)", asked);
	for (unsigned int i = 0; i < MANY; i++)
		hosts_leave(&a[i].waiter);
	hosts_free(&hosts);
	if (!hosts_init(&hosts, &loop, &servers, NULL))
		check(false, "made again");
	/* No more at a time than the server's socket holds: half an answer is not kept. */
	for (unsigned int i = 0; i < MANY; i += AT_A_TIME) {
		n_told = asked = 0;
		for (unsigned int k = i; k < i + AT_A_TIME; k++) {
			snprintf(name, sizeof name, "4.%u.test", k);
			asked += ask(&a[k], name);
		}
		run(asked);
		told += n_told;
	}
	check(told == MANY, "%u names, a part at a time", told);
	check(hosts.n_known == HOSTS_NAMES && hosts.n_asking == 0, "of which as many are kept as there may be");
	check(knows("4.1199.test", DNS_FOUND, "192.0.2.1") && !knows("4.0.test", DNS_FOUND, "192.0.2.1"),
	      "the newest ones");
}

static void no_server(void)
{
	static struct dns_servers nobody;
	struct asker a = { .told = 0 };

	hosts_free(&hosts);
	if (!hosts_init(&hosts, &loop, &nobody, NULL))
		check(false, "made again");
	n_told = 0;
	check(ask(&a, "4.test") && a.told == 0, "without a server nobody is told at once, either");
	run(1);
	check(a.told == 1 && a.status != DNS_FOUND, "but told");
}

int main(void)
{
	pid_t server = start_server();

	if (!loop_init(&loop, NULL) || !hosts_init(&hosts, &loop, &servers, NULL))
		return 1;
	without_dns();
	gives("46.test", DNS_FOUND, "2001:db8::1 192.0.2.1");
	gives("44.test", DNS_FOUND, "192.0.2.1 192.0.2.2");
	gives("none.test", DNS_NONE, "");
	gives("f.test", DNS_FAILED, "");
	gives("f6.test", DNS_FOUND, "2001:db8::1");
	together();
	half_silent();
	many();
	no_server();
	hosts_free(&hosts);
	loop_free(&loop);
	if (server > 1) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	return tap_end();
}
