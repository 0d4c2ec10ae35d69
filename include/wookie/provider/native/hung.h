#ifndef WOOKIE_PROVIDER_NATIVE_HUNG_H
#define WOOKIE_PROVIDER_NATIVE_HUNG_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"
#include "wookie/proc/process.h"

/* What of a node lives and does nothing, in words behind "; ": "etcd is stopped", "kubelet does not
 * answer". `node` is its first process. Nothing is added where all is well; `hung` gets the name of the
 * first that is, or "". */
void wk_hung_look(
	const struct wk_process *node, wk_nsec deadline, struct wk_buf *words, char hung[64]);

#endif
