/*
 * Access to a mesh
 *
 * Clients are made on first use and not before: a connection that a parent opened must never be
 * used by its forked child (two ends of one TLS stream), and most workers talk to one cluster only.
 */
#include "wookie/mesh/access.h"

#include "wookie/proc/process.h"

#include <string.h>

struct wk_kube *wk_access_kube(struct wk_access *access, size_t cluster)
{
	if (!access->kube[cluster])
		access->kube[cluster] = wk_kube_new(&access->config[cluster], access->netns);
	return access->kube[cluster];
}

int wk_access_find(const struct wk_access *access, const char *cluster)
{
	for (size_t i = 0; i < access->topology->n_clusters; i++)
		if (strcmp(access->topology->clusters[i].name, cluster) == 0)
			return (int)i;
	return -1;
}

int wk_access_node(const struct wk_access *access, size_t cluster, struct wk_err *err)
{
	struct wk_process process = {access->node[cluster], access->node_start[cluster]};
	int netns = wk_process_netns(&process, err);

	if (netns < 0)
		(void)wk_err_context(err, "the network of the node of '%s'",
			access->topology->clusters[cluster].name);
	return netns;
}

void wk_access_finish(struct wk_access *access)
{
	if (!access)
		return;
	for (size_t i = 0; i < WK_MAX_CLUSTERS; i++) {
		wk_kube_free(WK_TAKE(access->kube[i]));
		wk_kubeconfig_finish(&access->config[i]);
	}
}
