#ifndef WOOKIE_RUN_SCRATCH_H
#define WOOKIE_RUN_SCRATCH_H

#include "wookie/mesh/access.h"
#include "wookie/run/plan.h"

struct cJSON;

/* The scratch workloads that a suite asks for, expanded for every cluster, link or pair they are
 * for: [{"scratch": id, "cluster": index, "object": {..}, "wait"?: condition}]. Each object carries
 * the label wookie-conform/scratch. Those whose id is in `present` already are left out. */
bool wk_scratch_expand(const struct wk_plan *plan, const struct wk_suite *suite,
	const struct cJSON *present, const struct cJSON *facts, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;
/* Moves the objects that `suite` (NULL: none) does not ask for out of `present`. */
struct cJSON *wk_scratch_superfluous(struct cJSON *present, const struct wk_suite *suite);

struct wk_scratch_job {
	struct wk_access *access;
	const struct cJSON *objects;
	wk_nsec deadline;
};

/* For wk_worker_start(): apply in order and wait for each condition; or delete in reverse order.
 * What they send is why it could not be done. */
int wk_scratch_apply(void *job, int pipe);
int wk_scratch_remove(void *job, int pipe);

#endif
