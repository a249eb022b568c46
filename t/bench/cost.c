/*
 * cost: what one run of a command costs.
 *
 *   cost command [argument...]
 *
 * Runs it and writes a line to descriptor 3: exit status, microseconds of wall
 * clock, of user time and of system time, KiB of the largest process at its
 * peak; of the command and all its children that it waited for. A peak begins
 * with the process that executes the command, so this one is small.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t time_us(const struct timeval *t)
{
	return (int64_t)t->tv_sec * 1000000 + t->tv_usec;
}

int main(int argc, char **argv)
{
	int64_t began = now_us(), wall;
	struct rusage spent;
	int status;
	pid_t pid = argc > 1 ? fork() : -1;

	if (pid == 0) {
		close(3);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &spent) != pid)
		return 111;
	wall = now_us() - began;
	dprintf(3, "%d %lld %lld %lld %ld\n",
	        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), (long long)wall,
	        (long long)time_us(&spent.ru_utime), (long long)time_us(&spent.ru_stime),
	        spent.ru_maxrss);
	return 0;
}
