#ifndef WOOKIE_MESH_WORKLOAD_H
#define WOOKIE_MESH_WORKLOAD_H

#include "wookie/model/topology.h"

struct cJSON;

/* The declared workloads as Kubernetes objects. Every workload runs under a ServiceAccount of its
 * own name, so that the identity in a certificate says which one it is. */

/* The namespaces of a cluster's workloads, labelled for injection, each once. */
bool wk_workload_namespaces(
	const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* What can be made before the injector answers: ServiceAccounts and Services. */
bool wk_workload_services(
	const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* What makes pods. */
bool wk_workload_pods(
	const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* Name of a helloworld's Deployment ("helloworld-v1"); the caller frees. */
char *wk_workload_deployment(const struct wk_workload *workload);

#endif
