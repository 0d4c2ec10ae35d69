#ifndef WOOKIE_PROVIDER_EXISTING_H
#define WOOKIE_PROVIDER_EXISTING_H

#include "wookie/kube/kubeconfig.h"

#include <stddef.h>

/* Clusters that somebody else made, reached through the contexts of a kubeconfig and in no other way:
 * nothing is brought up, no node is entered, nothing is taken down. Needs no root. */
struct wk_existing {
	const char *name; /* as messages call it; NULL: by its context alone */
	const char *context;
};

/* How each cluster is reached, in that order; the caller finishes each that was filled in, also after an
 * error. Asks every API server who it is: one that does not answer or lets nobody in is WK_ERR_REMOTE, two
 * contexts that lead to the same cluster are WK_ERR_INPUT. */
bool wk_existing_reach(const struct wk_kubeconfig_source *source,
	const struct wk_existing clusters[], size_t n, wk_nsec deadline, struct wk_kubeconfig ret[],
	struct wk_err *err) WK_MUST_CHECK;

#endif
