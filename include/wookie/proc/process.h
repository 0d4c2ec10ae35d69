#ifndef WOOKIE_PROC_PROCESS_H
#define WOOKIE_PROC_PROCESS_H

#include "wookie/base/err.h"

#include <stdint.h>
#include <sys/types.h>

/* One very process: a number alone names nothing, the kernel hands it out again. `start` is in clock ticks
 * since boot (proc(5), /proc/PID/stat field 22). */
struct wk_process {
	pid_t pid;
	uint64_t start;
};

/* What the kernel says of it. */
struct wk_process_look {
	uint64_t start;
	pid_t parent;
	char state; /* 'R', 'S', 'T': stopped, 'Z' ... */
};

/* Of whatever has that number now. */
bool wk_process_look(pid_t pid, struct wk_process_look *ret, struct wk_err *err) WK_MUST_CHECK;
bool wk_process_find(pid_t pid, struct wk_process *ret, struct wk_err *err) WK_MUST_CHECK;
/* That very process lives (a zombie does not). */
bool wk_process_lives(const struct wk_process *process);
/* A pidfd of that very process, or -1 when it is gone. */
int wk_process_open(const struct wk_process *process);
/* A signal to that very process and no other. */
bool wk_process_send(
	const struct wk_process *process, int number, struct wk_err *err) WK_MUST_CHECK;
/* Its network namespace; the caller closes it. -1 with an error. */
int wk_process_netns(const struct wk_process *process, struct wk_err *err);

#endif
