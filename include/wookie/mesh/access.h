#ifndef WOOKIE_MESH_ACCESS_H
#define WOOKIE_MESH_ACCESS_H

#include "wookie/kube/client.h"
#include "wookie/model/topology.h"

#include <sys/types.h>

/* A mesh that is up, as everything above the provider sees it: the declared topology, the network
 * namespace in which the wire is reachable, and a kubeconfig for each cluster (same order). */
struct wk_access {
	const struct wk_topology *topology;
	int netns; /* -1: this one */
	struct wk_kubeconfig config[WK_MAX_CLUSTERS];
	pid_t node[WK_MAX_CLUSTERS]; /* a process in the node's network namespace; 0: none */
	uint64_t node_start[WK_MAX_CLUSTERS];  /* when it started: see wookie/proc/process.h */
	struct wk_kube *kube[WK_MAX_CLUSTERS]; /* made on first use by wk_access_kube() */
};

/* The client of the cluster with this index; made on first use, so that a forked worker gets its
 * own as long as its parent never asked. */
struct wk_kube *wk_access_kube(struct wk_access *access, size_t cluster);
/* Index of a cluster by name; -1 when there is none. */
int wk_access_find(const struct wk_access *access, const char *cluster);
/* The network namespace of a cluster's node, from which its istiod reaches the other clusters; the
 * caller closes it. -1 with an error. */
int wk_access_node(const struct wk_access *access, size_t cluster, struct wk_err *err);
void wk_access_finish(struct wk_access *access);

#endif
