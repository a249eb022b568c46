/* A plain link: what it reads and when, by the loop's word and in doubt. */
#include "net/link.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "tap.h"

static struct loop loop;
static int told;

static void ready(struct link *l)
{
	(void)l;
	told++;
	loop.stop = true;
}

static struct loop_timer backstop;

static void give_up(struct loop_timer *t)
{
	(void)t;
	loop.stop = true;
}

/* Until the link is told something. */
static void run(void)
{
	int before = told;

	while (told == before && deadline_now() < backstop.at) {
		loop.stop = false;
		loop_run(&loop);
	}
}

static enum link_result read_byte(struct link *l, unsigned char *byte)
{
	size_t len;

	return l->kind->read(l, byte, 1, &len);
}

int main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), theirs;
	struct link_goal goal = { .loop = &loop, .n = 1, .deadline = deadline_in(10000) };
	struct addr to;
	struct link *l;
	unsigned char byte = 0;
	size_t n;

	if (!loop_init(&loop, NULL) || bind(listener, (struct sockaddr *)&at, len) < 0 ||
	    listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&at, &len) < 0)
		abort();
	backstop.expired = give_up;
	loop_timer_set(&loop, &backstop, deadline_in(10000));
	addr_set(&to, (struct sockaddr *)&at, len);
	goal.list = &to;
	l = link_plain.open(&link_plain, &goal, ready, NULL);
	while (l->state == LINK_OPENING && deadline_now() < backstop.at)
		run();
	theirs = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	check(l->state == LINK_OPEN && addr_eq(&l->to, &to) && theirs >= 0, "it is open");
	check(l->kind->write(l, span_str("hello"), &n) == LINK_OK && n == 5, "it takes what is to be sent");
	check(read_byte(l, &byte) == LINK_LATER, "nothing is there");
	if (send(theirs, "ab", 2, 0) != 2)
		abort();
	check(read_byte(l, &byte) == LINK_LATER, "what the loop has not told is not looked for");
	l->doubt = true;
	check(read_byte(l, &byte) == LINK_OK && byte == 'a' && !l->doubt, "but when there is a doubt");
	check(read_byte(l, &byte) == LINK_OK && byte == 'b', "and then the rest");
	check(read_byte(l, &byte) == LINK_LATER, "up to its end");
	l->doubt = true;
	check(read_byte(l, &byte) == LINK_LATER && !l->doubt, "a doubt may be in vain");
	run();
	if (send(theirs, "c", 1, 0) != 1)
		abort();
	run();
	check(read_byte(l, &byte) == LINK_OK && byte == 'c', "what the loop told of is there");
	l->kind->finish(l);
	check(recv(theirs, &byte, 1, 0) == 1 && byte == 'h', "what was sent comes");
	close(theirs);
	l->doubt = true;
	check(read_byte(l, &byte) != LINK_OK, "an end is one");
	l->kind->close(l);
	loop_timer_clear(&loop, &backstop);
	loop_free(&loop);
	close(listener);
	return tap_end();
}
