#ifndef WOOKIE_DEPLOY_DEPLOY_H
#define WOOKIE_DEPLOY_DEPLOY_H

#include "wookie/base/progress.h"
#include "wookie/component/component.h"
#include "wookie/mesh/access.h"
#include "wookie/proc/worker.h"

/* Renders in the background what deploy will need and the cache does not hold; start it before the
 * nodes, so that a first run does not pay for it where it waits. Nothing runs when all is cached.
 * Hand it to wk_deploy_run(), and finish it afterwards in any case. */
struct wk_prepare {
	struct wk_worker workers[WK_MAX_CLUSTERS];
};

bool wk_prepare_start(struct wk_prepare *prepare, const struct wk_topology *topology,
	const struct wk_components *components, wk_nsec deadline, struct wk_err *err) WK_MUST_CHECK;
/* Whether any of it still runs. */
bool wk_prepare_is_busy(struct wk_prepare *prepare);
void wk_prepare_finish(struct wk_prepare *prepare);

/* Brings every cluster from empty to the declared state in batches: namespaces, crds, operators,
 * services. Returns when all workloads are Ready, every gateway's address is published and istiod
 * of each cluster is synced with the others. A failure names the object and the pod's own reason,
 * and comes early where waiting cannot help. */
struct wk_deploy {
	struct wk_access *access; /* no client of it may have been used by this process yet */
	const struct wk_components *components;
	const struct wk_progress *progress;
	struct wk_prepare *prepare; /* waited for; may be NULL */
	/* What died underneath, in words that are the caller's to free, or NULL; asked while
	 * waiting. May be NULL. */
	char *(*casualty)(void *context);
	void *context;
	wk_nsec deadline;
};

bool wk_deploy_run(const struct wk_deploy *deploy, struct wk_err *err) WK_MUST_CHECK;

#endif
