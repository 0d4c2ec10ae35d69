#ifndef WOOKIE_MESH_REMOTE_SECRET_H
#define WOOKIE_MESH_REMOTE_SECRET_H

#include "wookie/mesh/access.h"

/* The Secret by which another cluster's istiod reads this one, in the form that `istioctl
 * create-remote-secret` writes (istio/istioctl/pkg/multicluster/remote_secret.go): makes or reuses
 * the reader service account's long-lived token Secret and waits for its token. */
bool wk_remote_secret_make(struct wk_access *access, size_t cluster, wk_nsec deadline,
	struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

/* A remote secret taken apart, for the `secret` probe. Never holds the token itself in JSON. */
struct wk_remote_secret {
	char *name;
	bool labelled; /* istio/multiCluster: "true" */
	char *key;     /* the data key: the cluster id that istiod will use */
	size_t n_keys;
	bool readable; /* the kubeconfig under the key could be read */
	char *problem; /* why not */
	struct wk_kubeconfig config;
};

bool wk_remote_secret_parse(
	const struct cJSON *secret, struct wk_remote_secret *ret, struct wk_err *err) WK_MUST_CHECK;
void wk_remote_secret_finish(struct wk_remote_secret *secret);

#endif
