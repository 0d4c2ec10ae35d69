#ifndef WOOKIE_PROC_NS_H
#define WOOKIE_PROC_NS_H

#include "wookie/base/err.h"

/* A socket that lives in another network namespace: enter, socket(2), leave. -1 with errno. */
int wk_ns_socket(int netns, int domain, int type, int protocol);
/* Moves this process into a network namespace for good. */
bool wk_ns_enter(int netns, struct wk_err *err) WK_MUST_CHECK;

#endif
