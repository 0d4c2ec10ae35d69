/*
 * Interrupts
 *
 * Nothing is torn down inside a signal handler. The handler counts and writes one byte to a pipe;
 * whoever waits polls that pipe or looks at the count, and winds up in order. Signals belong to the
 * whole process, so this is the one place besides the log level that keeps state of its own.
 * SA_RESTART is left out on purpose: a pause or a poll ends when a signal comes.
 */
#include "wookie/proc/interrupt.h"

#include "wookie/base/file.h"
#include "wookie/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static int pipe_ends[2] = {-1, -1};
static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(int signo)
{
	int saved = errno;

	(void)signo;
	count = count + 1;
	/* A full pipe is as readable as one byte makes it. */
	if (write(pipe_ends[1], "", 1) <= 0)
		errno = saved;
}

static void set_all(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < WK_COUNT(caught); i++)
		(void)sigaction(caught[i], &action, NULL);
}

void wk_interrupt_catch(void)
{
	if (pipe_ends[0] >= 0)
		return;
	if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		pipe_ends[0] = -1;
		pipe_ends[1] = -1;
	}
	set_all(on_signal);
	(void)signal(SIGPIPE, SIG_IGN);
}

int wk_interrupt_count(void)
{
	return (int)count;
}

int wk_interrupt_fd(void)
{
	return pipe_ends[0];
}

bool wk_interrupted(struct wk_err *err)
{
	if (count == 0)
		return false;
	(void)wk_err_set(err, WK_ERR_INTERRUPTED, "interrupted");
	return true;
}

void wk_interrupt_release(void)
{
	set_all(SIG_DFL);
	wk_close(pipe_ends[0]);
	wk_close(pipe_ends[1]);
	pipe_ends[0] = -1;
	pipe_ends[1] = -1;
	count = 0;
}
