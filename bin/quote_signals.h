/* quote_signals: how programs that ask for a quote end when they are told to, or their time is over. */
#ifndef BIN_QUOTE_SIGNALS_H
#define BIN_QUOTE_SIGNALS_H

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "tee/configfs.h"

static const char *quote_late; /* what is said when time is over, a line */

/* What blocks in the kernel ends here; the entry in its directory goes with the process. */
static void quote_end(int signal_number)
{
	configfs_abandon();
	if (signal_number == SIGALRM) {
		ssize_t n = write(2, quote_late, strlen(quote_late));

		(void)n;
		_exit(PROG_TEMP);
	}
	_exit(128 + signal_number);
}

static void quote_signals(const char *late)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM };
	struct sigaction action = { .sa_handler = quote_end };

	quote_late = late;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
}

#endif
