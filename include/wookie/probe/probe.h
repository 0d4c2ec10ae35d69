#ifndef WOOKIE_PROBE_PROBE_H
#define WOOKIE_PROBE_PROBE_H

#include "wookie/mesh/access.h"
#include "wookie/model/suite.h"

/* A probe takes evidence from one source. It is a plain blocking function in a worker of its own;
 * args are complete (no "$" left) and fit its table. False: could not be had (the verdict is
 * error); everything else, refusals and timeouts of what is probed among them, is evidence. */
struct wk_probe_env {
	struct wk_access *access;
	wk_nsec deadline;
};

typedef bool wk_probe_fn(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err);

/* NULL when there is no such kind. */
wk_probe_fn *wk_probe_find(const char *kind);
/* All kinds, sorted by name, for conf and the schema; ends with a NULL name. */
const struct wk_kind_spec *wk_probe_specs(void);
/* Whether what it looks at is a change that it makes itself. */
bool wk_probe_acts(const char *kind);
/* Whether these arguments, or those of a probe within them, have it look from inside of a node or of the
 * wire between them, which not every mesh lets one enter. */
bool wk_probe_looks_inside(const char *kind, const struct cJSON *args);
/* What a kind of probe may find: "answers[].status"; [] stands for each of a list, {} for each of a map
 * whose keys are found. What stands below a path that ends in ".*" is another program's. */
struct wk_evidence_about {
	const char *path;
	const char *doc;
};

/* Ends with a NULL path; NULL when there is no such kind. */
const struct wk_evidence_about *wk_probe_evidence(const char *kind);
/* A command a person can paste to see the same by hand, or NULL; the caller frees. Where several are
 * asked it asks `whose`; the first where that is NULL. */
char *wk_probe_reproduce(const char *kind, const struct cJSON *args, const char *whose);

#endif
