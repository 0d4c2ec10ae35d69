#ifndef WOOKIE_PROBE_SERVED_H
#define WOOKIE_PROBE_SERVED_H

#include "wookie/kube/client.h"
#include "wookie/mesh/names.h"

/* The pods of istiod of every revision, whether the Service leads to them or not. */
#define WK_ISTIODS_PATH "/api/v1/namespaces/" WK_SYSTEM_NAMESPACE "/pods?labelSelector=app%3Distiod"

/* Adds what every ready istiod of a cluster, of whichever revision, says of the proxies that it serves
 * (istio pilot/pkg/xds/debug.go, SyncStatus): {"proxy": "POD.NAMESPACE", "istiod", "resources":
 * {"Cluster": {"sent", "acked", "sentTime"}, ..}, ..}; and to `istiods`, where that is not NULL, their
 * names. */
bool wk_proxies_served(struct wk_kube *kube, wk_nsec deadline, struct cJSON *list,
	struct cJSON *istiods, struct wk_err *err) WK_MUST_CHECK;

#endif
