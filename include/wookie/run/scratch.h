#ifndef WOOKIE_RUN_SCRATCH_H
#define WOOKIE_RUN_SCRATCH_H

#include "wookie/mesh/access.h"
#include "wookie/run/plan.h"

struct cJSON;

/* Whether a check names an object of it, in its probe, its control or what it
 * expects of them: only those that do need it. */
bool wk_scratch_is_used(const struct wk_scratch *scratch, const struct wk_check *check);

/* The scratch workloads that the planned checks use, each once, in the order in which they
 * need them, expanded for every cluster, link or pair they are for:
 * [{"scratch": id, "cluster": index, "object": {..}, "wait"?: condition}]. Each object carries the
 * label wookie-conform/scratch. */
bool wk_scratch_expand(const struct wk_plan *plan, const struct cJSON *facts, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;

/* Whether any of these objects is of that scratch workload: the topology may hold nothing that it is
 * for. */
bool wk_scratch_is_listed(const struct cJSON *list, const char *id);

struct wk_scratch_job {
	struct wk_access *access;
	const struct cJSON *objects;
	wk_nsec deadline;
};

/* For wk_worker_start(). Applies everything, then waits for each condition, and sends a line as soon
 * as a scratch workload is there ("id") or cannot be ("id<tab>why"). */
int wk_scratch_apply(void *context, int pipe);
/* Why an object does not come to meet its condition, as its pods, their events and the last line of
 * their logs tell it: *ret_why. */
void wk_scratch_obstacle(struct wk_kube *kube, const struct cJSON *object, const char *condition,
	struct wk_err *ret_why);
/* Deletes in reverse order; what it sends is why something could not be. */
int wk_scratch_remove(void *job, int pipe);

enum wk_scratch_state {
	WK_SCRATCH_COMING,
	WK_SCRATCH_THERE,
	WK_SCRATCH_FAILED, /* *ret_why is why; the caller frees */
};

/* What the lines that were sent so far say of one scratch workload. */
enum wk_scratch_state wk_scratch_heard(const char *lines, const char *id, char **ret_why);

#endif
