#ifndef WOOKIE_KUBE_EXEC_H
#define WOOKIE_KUBE_EXEC_H

#include "wookie/kube/client.h"

struct wk_exec {
	const char *namespace;
	const char *pod;
	const char *container;
	const char *const *argv; /* ends with NULL; no shell */
	const char *input;       /* standard input, or NULL */
	size_t max_output;       /* of each stream; 0: 4 MiB. More is cut off, and `full` set */
	wk_nsec deadline;
};

struct wk_exec_result {
	int exit_code;
	struct wk_buf out;
	struct wk_buf err;
};

/* Runs a program in a container over WebSocket (v5.channel.k8s.io, RFC 6455). False when there is
 * no exit code to be had: connection lost or truncated, no such container, program not found. The
 * process goes on when the connection drops, so give the command a bound of its own. The result is
 * the caller's to finish when true comes back. */
bool wk_kube_exec(struct wk_kube *kube, const struct wk_exec *exec, struct wk_exec_result *ret,
	struct wk_err *err) WK_MUST_CHECK;
void wk_exec_result_finish(struct wk_exec_result *result);
static inline void wk_exec_result_finish_cleanup(struct wk_exec_result *result)
{
	wk_exec_result_finish(result);
}

#endif
