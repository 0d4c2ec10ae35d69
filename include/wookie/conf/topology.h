#ifndef WOOKIE_CONF_TOPOLOGY_H
#define WOOKIE_CONF_TOPOLOGY_H

#include "wookie/model/topology.h"

/* Reads a topology file, applies --set overrides
 * ("clusters.cluster-a.workloads.helloworld.replicas=5": list elements are named by their name or
 * kind) typed like the file, and refuses what no mesh can be made of: overlapping subnets, two
 * clusters of one name or address, an address outside the wire, unknown role, workload kind or
 * provider, zero replicas, a single cluster. Both places are named. */
bool wk_topology_load(struct wk_arena *arena, const char *file, const char *const sets[],
	size_t n_sets, struct wk_topology *ret, struct wk_err *err) WK_MUST_CHECK;
/* A text, and overrides of it; `name` stands for the file in messages. */
struct wk_topology_text {
	const char *name;
	const char *text;
	size_t len;
	const char *const *sets;
	size_t n_sets;
};

/* The same of a text. */
bool wk_topology_parse(struct wk_arena *arena, const struct wk_topology_text *from,
	struct wk_topology *ret, struct wk_err *err) WK_MUST_CHECK;
/* The same of a file alone, and tells all that is wrong with it. */
bool wk_topology_lint(struct wk_arena *arena, const char *file, struct wk_errors *errors,
	struct wk_topology *ret) WK_MUST_CHECK;

#endif
