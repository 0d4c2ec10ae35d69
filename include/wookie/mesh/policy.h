#ifndef WOOKIE_MESH_POLICY_H
#define WOOKIE_MESH_POLICY_H

#include "wookie/model/topology.h"

struct cJSON;

/* The PeerAuthentications of a cluster: one for the mesh where it is STRICT (Istio's own default is
 * PERMISSIVE), and one for each namespace and workload of which the topology says something. */
bool wk_policy_objects(const struct wk_topology *topology, const struct wk_cluster *cluster,
	struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

#endif
