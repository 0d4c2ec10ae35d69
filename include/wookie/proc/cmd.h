#ifndef WOOKIE_PROC_CMD_H
#define WOOKIE_PROC_CMD_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"

#include <sys/types.h>

struct wk_cmd_result;

/* A child program: own process group, killed whole at the deadline or when the caller dies, output
 * captured up to a maximum (more is cut, and said). */
struct wk_cmd {
	const char *const *argv; /* ends with NULL; argv[0] is looked up in PATH */
	const char *const *env;  /* "K=V" added to the environment, ends with NULL; may be NULL */
	const char *cwd;         /* NULL: the caller's */
	int netns;               /* descriptor of a network namespace to enter; -1: the caller's */
	const char *input;       /* for its standard input; NULL: /dev/null */
	size_t max_output;       /* of each stream; 0: 1 MiB */
	wk_nsec deadline;
	int patience; /* how many interrupts it outlives: 0, or 1 for what tears down */
	/* Called several times a second while it runs, with what it wrote so far; may be NULL. For
	 * progress, not for decisions. */
	void (*look)(void *context, const struct wk_cmd_result *so_far);
	void *context;
};

struct wk_cmd_result {
	int exit_code; /* -1 when a signal ended it */
	int signal;
	bool timed_out;
	struct wk_buf out; /* `full` where it was cut */
	struct wk_buf err;
};

/* False only when it could not be run at all (WK_ERR_MISSING: no such program) or was interrupted
 * (WK_ERR_INTERRUPTED). A non-zero exit is in the result. Release the result in either case. */
bool wk_cmd_run(
	const struct wk_cmd *cmd, struct wk_cmd_result *ret, struct wk_err *err) WK_MUST_CHECK;
void wk_cmd_result_finish(struct wk_cmd_result *result);
static inline void wk_cmd_result_finish_cleanup(struct wk_cmd_result *result)
{
	wk_cmd_result_finish(result);
}

#endif
