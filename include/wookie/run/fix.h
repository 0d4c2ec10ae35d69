#ifndef WOOKIE_RUN_FIX_H
#define WOOKIE_RUN_FIX_H

#include "wookie/model/suite.h"
#include "wookie/model/topology.h"

/* The fix of a cause for where it was seen: the scope of a check ("cluster-b>cluster-a", "cluster-a", "" or
 * NULL). What no cluster of the topology has stays, as "<server.helloworld.name>". The caller frees. */
char *wk_fix_text(
	const struct wk_cause *cause, const struct wk_topology *topology, const char *scope);
/* The fix as wk_expand() takes it, behind a blank. The caller frees. */
char *wk_fix_json(const struct wk_cause *cause);

#endif
