/* Worker processes, started and watched over. */
#include "net/workers.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"

enum { SHORT_LIFE_MS = 1000 };

struct worker {
	pid_t pid;     /* 0: not running */
	int64_t start; /* when it was started, or is to be started again */
};

struct crew {
	struct worker worker[WORKERS_MAX];
	unsigned int n, alive;
	bool ending;
	int code;
	pid_t parent;
	sigset_t before, waited;
};

/* True in the worker. */
static bool start(struct crew *crew, struct worker *w)
{
	w->start = deadline_now();
	w->pid = fork();
	if (w->pid > 0)
		crew->alive++;
	if (w->pid < 0) {
		w->pid = 0;
		w->start += SHORT_LIFE_MS;
	} else if (w->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != crew->parent)
			_exit(0);
		sigprocmask(SIG_SETMASK, &crew->before, NULL);
		return true;
	}
	return false;
}

static void reap(struct crew *crew)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (unsigned int i = 0; i < crew->n; i++) {
			struct worker *w = &crew->worker[i];
			int64_t now = deadline_now();

			if (w->pid != pid)
				continue;
			w->pid = 0;
			w->start = now - w->start < SHORT_LIFE_MS ? now + SHORT_LIFE_MS : now;
			crew->alive--;
			if (crew->ending && crew->code == 0 && status != 0)
				crew->code = WIFEXITED(status) ? WEXITSTATUS(status) : 111;
		}
	}
}

static void end(struct crew *crew)
{
	if (crew->ending)
		return;
	crew->ending = true;
	close(0);
	for (unsigned int i = 0; i < crew->n; i++)
		if (crew->worker[i].pid > 1)
			kill(crew->worker[i].pid, SIGTERM);
}

/* Starts who is not running and due. True in a worker. */
static bool start_due(struct crew *crew, int64_t *next)
{
	*next = DEADLINE_NEVER;
	for (unsigned int i = 0; i < crew->n && !crew->ending; i++) {
		struct worker *w = &crew->worker[i];

		if (w->pid == 0 && w->start <= deadline_now() && start(crew, w))
			return true;
		if (w->pid == 0)
			*next = deadline_first(*next, w->start);
	}
	return false;
}

static void wait_for_signal(struct crew *crew, int64_t next)
{
	int ms = deadline_wait(next, deadline_now());
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000 };
	int signal = ms < 0 ? sigwaitinfo(&crew->waited, NULL)
	                    : sigtimedwait(&crew->waited, NULL, &limit);

	if (signal == SIGTERM || signal == SIGINT)
		end(crew);
}

bool workers_run(unsigned int n, int *code)
{
	struct crew crew = { .n = n, .parent = getpid() };
	int64_t next;

	sigemptyset(&crew.waited);
	sigaddset(&crew.waited, SIGTERM);
	sigaddset(&crew.waited, SIGINT);
	sigaddset(&crew.waited, SIGCHLD);
	sigprocmask(SIG_BLOCK, &crew.waited, &crew.before);
	do {
		if (start_due(&crew, &next))
			return true;
		wait_for_signal(&crew, next);
		reap(&crew);
	} while (!crew.ending || crew.alive > 0);
	*code = crew.code;
	return false;
}
