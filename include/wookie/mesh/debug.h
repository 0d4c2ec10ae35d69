#ifndef WOOKIE_MESH_DEBUG_H
#define WOOKIE_MESH_DEBUG_H

#include "wookie/kube/client.h"

/* The debug interfaces of istiod and Envoy, reached by an exec in their own pods: both answer only
 * callers from their own loopback address (istio pilot/pkg/xds/debug.go). */

/* A pod of istiod, or one with a proxy. */
struct wk_mesh_pod {
	const char *namespace;
	const char *name;
};

/* Names of the ready istiod pods that proxies may be sent to: those that the Service selects. At least
 * one; WK_ERR_MISSING means that none is ready. The caller deletes the array. */
bool wk_mesh_istiods(struct wk_kube *kube, const char *system_namespace, wk_nsec deadline,
	struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* GET of an istiod debug page ("/debug/clusterz") as JSON. An answer that is no JSON is an error that
 * quotes its beginning. */
bool wk_mesh_istiod_ask(struct wk_kube *kube, const struct wk_mesh_pod *istiod, const char *path,
	wk_nsec deadline, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* The same from the first of them, where one is enough. */
bool wk_mesh_istiod_get(struct wk_kube *kube, const char *system_namespace, const char *path,
	wk_nsec deadline, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

/* GET of an Envoy admin page ("clusters?format=json", "config_dump?include_eds") of a pod's proxy,
 * as it came; `ret` is initialised by the callee and the caller's to finish when true comes back.
 */
bool wk_mesh_envoy_get(struct wk_kube *kube, const struct wk_mesh_pod *pod, const char *path,
	wk_nsec deadline, struct wk_buf *ret, struct wk_err *err) WK_MUST_CHECK;

/* The same from the agent beside Envoy, port 15020 ("/debug/ndsz", "/stats/prometheus"). */
bool wk_mesh_agent_get(struct wk_kube *kube, const struct wk_mesh_pod *pod, const char *path,
	wk_nsec deadline, struct wk_buf *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
