#ifndef WOOKIE_DEPLOY_DEPLOY_H
#define WOOKIE_DEPLOY_DEPLOY_H

#include "wookie/base/progress.h"
#include "wookie/component/component.h"
#include "wookie/mesh/access.h"

/* Brings every cluster from empty to the declared state in batches: namespaces, crds, operators,
 * services. Returns when all workloads are Ready and istiod of each cluster is synced with the
 * others. A failure names the object and the pod's own reason. */
struct wk_deploy {
	struct wk_access *access;
	const struct wk_components *components;
	const struct wk_progress *progress;
	wk_nsec deadline;
};

bool wk_deploy_run(const struct wk_deploy *deploy, struct wk_err *err) WK_MUST_CHECK;

#endif
