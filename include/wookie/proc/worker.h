#ifndef WOOKIE_PROC_WORKER_H
#define WOOKIE_PROC_WORKER_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"

#include <sys/types.h>

/* A forked child that runs one function and sends text back through a pipe. It has its own process
 * group, which is killed whole at the deadline and when the parent dies. No threads: this is the
 * only form of concurrency. */
struct wk_worker {
	pid_t pid;
	int pipe; /* the parent's end; poll it for POLLIN: output, or the end */
	wk_nsec deadline;
	struct wk_buf out; /* what it sent so far; `full` where more came than it may hold */
};

enum wk_worker_end {
	WK_WORKER_RUNNING,
	WK_WORKER_EXITED, /* `status` is its exit code */
	WK_WORKER_KILLED, /* by signal `status`: a crash */
	WK_WORKER_LATE,   /* killed at its deadline */
};

/* fn runs in the child with the pipe's writing end; its result is the exit code. The worker must be
 * zeroed or finished before, and is finished after, also when it could not be started. */
bool wk_worker_start(struct wk_worker *worker, int (*fn)(void *arg, int pipe), void *arg,
	wk_nsec deadline, size_t max_output, struct wk_err *err) WK_MUST_CHECK;
/* Takes what there is to read, enforces the deadline and reaps. Never blocks. Not to be called
 * again once the worker has ended. */
enum wk_worker_end wk_worker_look(struct wk_worker *worker, int *ret_status);
/* Kills the group if it still runs, reaps, releases. */
void wk_worker_finish(struct wk_worker *worker);

#endif
