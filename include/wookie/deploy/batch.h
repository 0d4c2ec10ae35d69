#ifndef WOOKIE_DEPLOY_BATCH_H
#define WOOKIE_DEPLOY_BATCH_H

#include "wookie/base/progress.h"
#include "wookie/model/topology.h"

/* Batches as a person sees them, gathered over all clusters: one begins with the first cluster that
 * begins it and is done when the last has finished it. */
enum wk_batch {
	WK_BATCH_NAMESPACES,
	WK_BATCH_CRDS,
	WK_BATCH_OPERATORS,
	WK_BATCH_SERVICES,
};

#define WK_N_BATCHES 4

const char *wk_batch_name(enum wk_batch batch);

struct wk_batches {
	const struct wk_progress *progress;
	size_t n_clusters;
	wk_nsec begun[WK_N_BATCHES]; /* 0: not yet */
	bool done[WK_N_BATCHES][WK_MAX_CLUSTERS];
};

/* What one cluster says about one batch. */
void wk_batches_tell(struct wk_batches *batches, size_t cluster, enum wk_batch batch,
	enum wk_step_state state, const char *detail);
/* Every batch that was begun and is not done has failed. */
void wk_batches_fail(struct wk_batches *batches, const char *detail);

/* The line that carries it from a cluster's worker to the parent; `detail` loses its line ends.
 * The reader takes one whole line without its end and refuses anything else. */
bool wk_batch_send(int pipe, enum wk_batch batch, enum wk_step_state state, const char *detail,
	struct wk_err *err) WK_MUST_CHECK;
bool wk_batch_read(const char *line, enum wk_batch *ret_batch, enum wk_step_state *ret_state,
	const char **ret_detail);

#endif
