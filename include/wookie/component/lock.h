#ifndef WOOKIE_COMPONENT_LOCK_H
#define WOOKIE_COMPONENT_LOCK_H

#include "wookie/base/err.h"
#include "wookie/base/progress.h"

/* Only one set-up works on a cache at a time. Waits for the one that holds the lock, and says which
 * process that is; gives up only when interrupted. Returns a descriptor to close, or -1. The kernel
 * releases the lock with the process, however it ends. */
int wk_lock_take(
	const char *path, const struct wk_progress *progress, wk_nsec deadline, struct wk_err *err);

#endif
