#ifndef WOOKIE_MESH_DISCOVER_H
#define WOOKIE_MESH_DISCOVER_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"
#include "wookie/kube/client.h"

/* One cluster that is there. */
struct wk_discovered {
	const char *context;
	const char *name; /* that its istiod has to give it; NULL: whichever it gives */
	struct wk_kube *kube;
};

/* Writes what the clusters say of themselves as the text of a topology, each value with a comment that says
 * where it was read. Reads only. Clusters that are not of one mesh, and an istiod that calls its cluster
 * something else, are WK_ERR_INPUT; one without Istio, or that says nothing of what has to be known, is
 * WK_ERR_MISSING. */
bool wk_discover(const struct wk_discovered clusters[], size_t n, wk_nsec deadline,
	struct wk_buf *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
