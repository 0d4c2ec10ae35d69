/*
 * Workers
 *
 * A blocking function that must not outstay its welcome runs in a forked child: whatever it does
 * (hang, crash, spew, start children of its own), the parent keeps a descriptor to poll, a deadline
 * and a process group to kill. The child asks the kernel to be told when its parent dies
 * (PR_SET_PDEATHSIG) and then takes its whole group along, so that kill -9 of the parent leaves
 * nothing behind.
 */
#include "wookie/proc/worker.h"

#include "wookie/base/file.h"
#include "wookie/proc/interrupt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void end_group(int signo)
{
	(void)signo;
	(void)kill(0, SIGKILL);
}

static _Noreturn void child(pid_t parent, int (*fn)(void *arg, int pipe), void *arg, int pipe)
{
	struct sigaction action = {.sa_handler = end_group};

	(void)setpgid(0, 0);
	wk_interrupt_release();
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* The parent may have died before the line above. */
	if (getppid() != parent)
		_exit(1);
	_exit(fn(arg, pipe));
}

bool wk_worker_start(struct wk_worker *worker, int (*fn)(void *arg, int pipe), void *arg,
	wk_nsec deadline, size_t max_output, struct wk_err *err)
{
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	assert(max_output > 0);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return wk_err_sys(err, errno, "make a pipe for a worker");
	pid = fork();
	if (pid < 0) {
		(void)wk_err_sys(err, errno, "start a worker");
		wk_close(ends[0]);
		wk_close(ends[1]);
		return false;
	}
	if (pid == 0) {
		wk_close(ends[0]);
		child(parent, fn, arg, ends[1]);
	}
	/* Both sides do this: whoever is first, the group is there before it may be killed. */
	(void)setpgid(pid, pid);
	wk_close(ends[1]);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*worker = (struct wk_worker){
		.pid = pid,
		.pipe = ends[0],
		.deadline = deadline,
		.out = WK_BUF_INIT(max_output),
	};
	return true;
}

/* What does not fit is read all the same, so that the child is never stuck on a full pipe. */
static void keep(struct wk_buf *out, const char *data, size_t len)
{
	size_t room = out->max - out->len;

	(void)wk_buf_add(out, data, len < room ? len : room);
	if (len > room)
		out->full = true;
}

/* True at the end of its output. */
static bool drain(struct wk_worker *worker)
{
	char chunk[16384];
	ssize_t n = read(worker->pipe, chunk, sizeof(chunk));

	while (n > 0) {
		keep(&worker->out, chunk, (size_t)n);
		n = read(worker->pipe, chunk, sizeof(chunk));
	}
	return n == 0;
}

static void reap(struct wk_worker *worker, int *ret_wait)
{
	/* While its leader is not reaped, no other process can take the group's number. */
	(void)kill(-worker->pid, SIGKILL);
	while (waitpid(worker->pid, ret_wait, 0) < 0 && errno == EINTR)
		;
	(void)drain(worker);
	wk_close(worker->pipe);
	worker->pipe = -1;
	worker->pid = 0;
}

enum wk_worker_end wk_worker_look(struct wk_worker *worker, int *ret_status)
{
	siginfo_t info = {0};
	int status = 0;
	bool over;

	assert(worker->pid > 0);
	if (drain(worker)) {
		/* About to end: the same field now tells when it has, not end-of-file for ever. */
		wk_close(worker->pipe);
		worker->pipe = pidfd_open(worker->pid, 0);
	}
	over = waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid != 0;
	if (!over && wk_now() < worker->deadline)
		return WK_WORKER_RUNNING;
	reap(worker, &status);
	if (!over) {
		*ret_status = SIGKILL;
		return WK_WORKER_LATE;
	}
	*ret_status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	return WIFSIGNALED(status) ? WK_WORKER_KILLED : WK_WORKER_EXITED;
}

void wk_worker_finish(struct wk_worker *worker)
{
	int status = 0;

	if (!worker)
		return;
	if (worker->pid > 0)
		reap(worker, &status);
	wk_buf_finish(&worker->out);
	*worker = (struct wk_worker){.pipe = -1};
}
